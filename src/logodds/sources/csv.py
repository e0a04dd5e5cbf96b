"""A delimited text file with a header row -> :class:`~logodds.table.Table`.

Rows are counted from 1 below the header, as a spreadsheet without its header row would.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.csv import ConvertOptions, ParseOptions, ReadOptions, read_csv

from logodds.errors import UserError
from logodds.problem import Problem
from logodds.schema import character, choice, nearest
from logodds.table import Table

MISSING = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?"]
MOSTLY_NUMBERS = 0.5  # from this share of readable numbers on, a text value is a mistake and not a category
LARGEST_VOCABULARY = 0.5  # distinct values per row from which a text column is an identifier, not a category
SMALLEST_IDENTIFIER = 50
LARGEST = 1e37  # what a float32 feature holds with room for arithmetic


DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}


@dataclass(kw_only=True)
class Delimited(Problem):
    """A ``target`` column in a delimited file. ``drop`` names columns that are not read."""

    source: str = choice("csv")
    delimiter: str = character(*DELIMITERS)
    target: str
    drop: list[str]

    @property
    def separator(self) -> str:
        """The character between two fields."""
        return DELIMITERS.get(self.delimiter, self.delimiter)


def read(problem: Delimited, path: Path) -> Table:
    """Read, type and check a whole file.

    Raises:
        UserError: a missing or empty file, another delimiter, a duplicate or missing column, a row of another length,
            infinity or text among numbers, an identifier among categories, a target that is not binary.
    """
    header = _header(problem, path)
    raw = _parse(problem, path, header)
    whole = raw.drop_columns(list(problem.drop))
    rows, target, classes = _target(problem, whole.column(problem.target), path)
    columns = whole.drop_columns([problem.target])
    if rows is not None:
        columns = columns.take(pa.array(rows))
    numbers = rows if rows is not None else np.arange(len(columns))
    typed = {name: _typed(name, columns.column(name), numbers, path) for name in columns.column_names}
    if not typed:
        raise UserError(f"{path}: no column is left beside the target {problem.target!r}; shorten problem.drop")
    return Table(pa.table(typed), target, problem.target, classes)


def _header(problem: Delimited, path: Path) -> list[str]:
    if path.is_dir():
        raise UserError(f"problem.path={problem.path}: a folder, not a file; name a file in it")
    if not path.is_file():
        folder = path.parent if path.parent.is_dir() else Path()
        files = [item.name for item in folder.iterdir() if item.is_file()]
        raise UserError(f"problem.path={problem.path}: no such file; {nearest(path.name, files)}")
    with path.open("rb") as file:
        first = file.readline().partition(b"\r")[0]
    if not first.removeprefix(b"\xef\xbb\xbf").strip():
        raise UserError(f"{path}: the file is empty; it needs a header row and rows")
    try:
        line = first.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: the header is not UTF-8 (byte {error.start}); convert the file to UTF-8") from error
    header = next(csv.reader(io.StringIO(line), delimiter=problem.separator))
    if len(header) == 1:
        for word, other in DELIMITERS.items():
            if other != problem.separator and other in line:
                raise UserError(
                    f"{path}: one column with delimiter {problem.separator!r}, but the header holds {other!r}; "
                    f"set problem.delimiter={word}"
                )
    if "" in header:
        place = header.index("") + 1
        raise UserError(f"{path}: column {place} has no name in the header; name it")
    for name, count in Counter(header).items():
        if count > 1:
            places = ", ".join(str(index + 1) for index, other in enumerate(header) if other == name)
            raise UserError(f"{path}: duplicate column {name!r} (columns {places}); rename all but one")
    for key, names in (("target", [problem.target]), ("drop", problem.drop)):
        for name in names:
            if name not in header:
                raise UserError(f"problem.{key}={name}: no such column in {path}; {nearest(name, header)}")
    if problem.target in problem.drop:
        raise UserError(f"problem.drop: holds the target {problem.target!r}; take it out")
    return header


def _parse(problem: Delimited, path: Path, header: list[str]) -> pa.Table:
    if not problem.separator.isascii():
        raise UserError(f"problem.delimiter={problem.delimiter}: the delimiter must be an ASCII character")
    parse = ParseOptions(delimiter=problem.separator, newlines_in_values=True)
    convert = ConvertOptions(
        null_values=MISSING,
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
        column_types={problem.target: pa.string()},
    )
    try:
        # One thread: the error of a bad row then knows its number.
        table = read_csv(path, ReadOptions(use_threads=False), parse, convert)
    except pa.ArrowInvalid as error:
        if "Empty CSV file" in str(error):
            raise UserError(f"{path}: a header and no rows; it needs rows") from error
        raise UserError(f"{path}: {_reason(error)}; mend the row") from error
    if table.num_columns != len(header):
        raise UserError(f"{path}: the header is longer than one line; write it in one")
    if len(table) == 0:
        raise UserError(f"{path}: a header and no rows; it needs rows")
    return table.rename_columns(header)


def _reason(error: Exception) -> str:
    """Arrow's words without its prefix and without the row's whole text; its row numbers count the header."""
    text = str(error).splitlines()[0].replace("CSV parse error: ", "")
    head, _, rest = text.partition(": ")
    if head.startswith("Row #") and head[5:].isdigit():
        return (
            f"row {int(head[5:]) - 1} {rest.split(': ')[0][:120].replace('Expected', 'has another length: expected')}"
        )
    return text[:160]


def _target(
    problem: Delimited, column: pa.ChunkedArray, path: Path
) -> tuple[np.ndarray | None, np.ndarray, tuple[str, ...]]:
    """Rows of the problem (None: all), their class indices, and the classes (negative, positive)."""
    values = column.to_numpy()
    missing = np.flatnonzero(column.is_null().to_numpy())
    if len(missing):
        raise UserError(
            f"{path}: target {problem.target!r} is missing in {len(missing)} rows ({_some(missing + 1)}); "
            "fill or remove them"
        )
    counts = dict(sorted(Counter(values.tolist()).items()))
    told = ", ".join(f"{value}: {count}" for value, count in list(counts.items())[:8])
    if problem.classes is None:
        if len(counts) != 2:
            raise UserError(
                f"{path}: target {problem.target!r} has {len(counts)} classes ({told}), a binary problem needs 2; "
                "choose two with problem.classes=[negative,positive]"
            )
        classes = tuple(_sorted(counts))
    else:
        classes = tuple(problem.classes)
        if len(classes) != 2 or classes[0] == classes[1]:
            raise UserError(f"problem.classes={list(classes)}: must be [negative,positive], two different values")
        for name in classes:
            if name not in counts:
                raise UserError(f"problem.classes: no row has {problem.target}={name}; found {told}")
    rows = None if len(counts) == 2 else np.flatnonzero(np.isin(values, classes))
    kept = values if rows is None else values[rows]
    return rows, (kept == classes[1]).astype(np.int64), classes


def _sorted(values: dict[str, int]) -> list[str]:
    """Numbers by size, other words by letters: the last one is positive, as in scikit-learn."""
    try:
        return sorted(values, key=float)
    except ValueError:
        return sorted(values)


def _typed(name: str, column: pa.ChunkedArray, rows: np.ndarray, path: Path) -> pa.ChunkedArray:
    """The column as float64, string or timestamp; ``rows`` are its zero-based rows in the file."""
    kind = column.type
    if pa.types.is_null(kind):
        raise UserError(f"{path}: column {name!r} is empty in every row; leave it out with problem.drop=[{name}]")
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        numbers = (pc.cast(column, pa.int8()) if pa.types.is_boolean(kind) else column).cast(pa.float64(), safe=False)
        values = numbers.to_numpy()
        infinite = np.flatnonzero(np.abs(values) > LARGEST)
        if len(infinite):
            raise UserError(
                f"{path}: column {name!r} row {rows[infinite[0]] + 1} is {values[infinite[0]]} "
                f"({len(infinite)} such rows); a number must be finite and below 1e37, as float32 is: mend or empty it"
            )
        return pc.if_else(pc.is_nan(numbers), pa.scalar(None, pa.float64()), numbers)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return column.cast(pa.timestamp("us"))
    if pa.types.is_string(kind):
        _refuse_text_among_numbers(name, column, rows, path)
        distinct = len(column.unique())
        if distinct >= SMALLEST_IDENTIFIER and distinct > LARGEST_VOCABULARY * len(column):
            raise UserError(
                f"{path}: column {name!r} has {distinct} different texts in {len(column)} rows, which is an identifier "
                f"and not a category; leave it out with problem.drop=[{name}]"
            )
        return column
    if pa.types.is_binary(kind):
        raise UserError(f"{path}: column {name!r} is not UTF-8; convert the file to UTF-8")
    raise UserError(f"{path}: column {name!r} holds {kind} values, which no feature reads; use problem.drop=[{name}]")


def _refuse_text_among_numbers(name: str, column: pa.ChunkedArray, rows: np.ndarray, path: Path) -> None:
    bad: list[int] = []
    good = 0
    for index, value in enumerate(column.to_pylist()):
        if value is None:
            continue
        try:
            float(value)
            good += 1
        except ValueError:
            bad.append(index)
    if bad and good > MOSTLY_NUMBERS * (good + len(bad)):
        raise UserError(
            f"{path}: column {name!r} row {rows[bad[0]] + 1} is {column[bad[0]].as_py()!r} among numbers "
            f"({len(bad)} such rows); write a number or leave the cell empty"
        )


def _some(rows: np.ndarray) -> str:
    told = ", ".join(str(row) for row in rows[:5])
    return f"row {told}" if len(rows) == 1 else f"rows {told}{', …' if len(rows) > 5 else ''}"
