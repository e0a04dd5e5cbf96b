"""Read the one or two files of a problem, and find the columns that the options name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from logodds.data.problem import located
from logodds.data.sources.downloads.public import missing_error
from logodds.data.sources.readers import columnar, delimited, formats
from logodds.data.sources.readers.part import Part
from logodds.options.overrides import as_typed
from logodds.options.suggestion import nearest
from logodds.system.errors import UserError

if TYPE_CHECKING:
    from logodds.data.sources.csv import TableFile

QUOTES = "'\"`\u2018\u2019\u201c\u201d"
TEXTS = (".csv", ".tsv", ".tab", ".txt", ".dat")  # what the names of delimited text end with
USUAL_TARGETS = ("target", "label", "class", "y", "outcome", "survived", "diagnosis")


def read(options: TableFile) -> tuple[TableFile, list[Part], list[str]]:
    """Read the file and, if there is one, the test part, with the same columns.

    Returns:
        The options with the names of the columns that they gave by position, the parts, and notes on such positions.

    Raises:
        UserError: a file cannot be read, lacks a column that the options name, or the test part has other columns.
    """
    train = _part(options, "path", options.path, options.skip_rows)
    options, notes = _by_position(options, train.columns.column_names)
    parts = [_chosen(options, train)]
    if options.test_path is not None:
        test = _part(options, "test_path", options.test_path, options.test_skip_rows)
        parts.append(_alike(parts[0], _chosen(options, test)))
    return options, _alike_types(parts), notes


def likely_targets(options: TableFile) -> list[str]:
    """Return the columns of the file that may be its target, the likeliest first: those of two values, or the last.

    Raises:
        UserError: the file cannot be read.
    """
    part = _part(options, "path", options.path, options.skip_rows)
    columns = part.spelled(part.columns.column_names).columns
    names = [name for name in columns.column_names if pc.count_distinct(columns.column(name)).as_py() == 2]
    return sorted(names, key=lambda name: name.lower() not in USUAL_TARGETS) or columns.column_names[-1:]


def _by_position(options: TableFile, names: list[str]) -> tuple[TableFile, list[str]]:
    """Return the options with column names in the place of positions, which count from 1, and a note on each.

    A position is only meant in a file without a header, and if no column has that name.
    """
    found: dict[str, str] = {}
    for given in (options.target, *options.drop, *(options.kinds or {})):
        if not options.header and given not in names and given.isdecimal() and 1 <= int(given) <= len(names):
            found[given] = names[int(given) - 1]
    kinds = options.kinds and {found.get(name, name): kind for name, kind in options.kinds.items()}
    drop = [found.get(name, name) for name in options.drop]
    notes = [f"column {given} of {len(names)}, counted from 1, is {name}" for given, name in found.items()]
    return replace(options, target=found.get(options.target, options.target), drop=drop, kinds=kinds), notes


def _numbered(word: str, given: str, names: list[str]) -> str:
    """Return a hint if a name that no column has is the position of one, else an empty text."""
    if not given.isdecimal() or not 1 <= int(given) <= len(names):
        return ""
    name = names[int(given) - 1]
    typed = {"target": as_typed("problem.target", name), "drop": as_typed("problem.drop", [name])}.get(word)
    return f"; column {given} of {len(names)}, counted from 1, is {name!r}" + (f": {typed}" if typed else "")


def _part(options: TableFile, key: str, given: str, skip_rows: int) -> Part:
    """Read one file; ``key`` and ``given`` are the configuration key and its value."""
    path = located(given)
    if path.is_dir():
        raise UserError(f"problem.{key}={given}: a folder, not a file; name a file in it")
    if not path.is_file():
        raise missing_error(f"problem.{key}", given, path, "file")
    columnar.check_size(options, path, 0, path.stat().st_size)
    form = formats.of(path)
    if form in columnar.READERS:
        part = columnar.read(options, path, form)
    else:
        part = (delimited.read_workbook if form == "excel" else delimited.read)(options, path, skip_rows)
        columnar.check_size(options, path, len(part.columns), 0)
    if form != "text" and path.suffix.lower() in TEXTS:
        return replace(part, notes=(f"{formats.NAMES[form]} by its content", *part.notes))
    return part


def _alike_types(parts: list[Part]) -> list[Part]:
    """Return the parts with words in columns that were not read as the same kind of number in all of them."""
    names = parts[0].columns.column_names
    alike = len({part.typed for part in parts}) == 1
    unlike = [name for name in names if not alike or len({part.columns[name].type for part in parts}) > 1]
    return [part.spelled(unlike) for part in parts]


def _chosen(options: TableFile, part: Part) -> Part:
    """Return a part without the columns to drop.

    Raises:
        UserError: the part lacks a column that the options name.
    """
    names = part.columns.column_names
    dropped = [*options.drop, *(name for name, kind in (options.kinds or {}).items() if kind == "drop")]
    for word, wanted in (("target", [options.target]), ("drop", options.drop), ("kinds", list(options.kinds or {}))):
        for name in wanted:
            if name not in names:
                near = part.hint or _quoted(name, names) or _numbered(word, name, names) or f"; {nearest(name, names)}"
                raise UserError(f"problem.{word}={name}: no such column in {part.path}{near}")
    return replace(part, columns=part.columns.drop_columns(list(dict.fromkeys(dropped))))


def _quoted(name: str, names: list[str]) -> str:
    """Return a hint if the header has the name between quote characters that are part of it, else an empty text."""
    for other in names:
        if other != name and other.strip(QUOTES) == name:
            return f'; its name there is {other}, with the quotes: write the file with none, or with " alone'
    return ""


def _alike(train: Part, test: Part) -> Part:
    """Return the test part with its columns in the order of the train part."""
    names, others = train.columns.column_names, test.columns.column_names
    for name in sorted(set(names) ^ set(others)):
        one, other = (train, test) if name in names else (test, train)
        raise UserError(
            f"{other.path}: column {name!r} of {one.path.name} is missing; both parts need the same columns"
        )
    return replace(test, columns=test.columns.select(names))


def joined(parts: list[Part]) -> pa.Table:
    """Return the rows of all parts, whose columns are alike.

    Raises:
        UserError: a column has types that do not go together.
    """
    try:
        return pa.concat_tables([part.columns for part in parts], promote_options="permissive")
    except pa.ArrowException as error:
        reason = str(error).splitlines()[0][:80]
        raise UserError(f"{parts[-1].path}: its columns have other types than in the train part ({reason})") from error
