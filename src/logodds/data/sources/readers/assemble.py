"""Read the one or two files of a problem into typed columns and a target."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import pyarrow as pa

from logodds.data.cells import USUAL, Cells, Notation, parse_numbers, trimmed
from logodds.data.neighbours import together
from logodds.data.sources.readers import columns, files, missing_notes, numerals, plain, spellings, target, units
from logodds.data.sources.readers.kind import LeftOut, Typed
from logodds.data.sources.readers.part import Column, ColumnError, Part, RowOrigins
from logodds.data.sources.readers.storage import stored_as
from logodds.data.sources.readers.vocabulary import NO_WORDS, vocabularies
from logodds.data.table import Table
from logodds.options.overrides import as_typed
from logodds.system.errors import UserError, counted
from logodds.system.terminal.text import shortened

if TYPE_CHECKING:
    from logodds.data.sources.csv import TableFile

FAULTS = 5  # columns whose faults an error tells
SHOWN = 6  # columns of a kind that a note names
WIDTH = 40  # characters of a column's name in a line that names several
KIND_WORDS = {
    pa.float64(): "number",
    pa.string(): "category",
    pa.large_string(): "text",
    pa.timestamp("us"): "date",
}


@dataclass(frozen=True)
class _Typed:
    """The typed columns of a table.

    Attributes:
        cells: how the words of the columns are written.
        columns: the columns by name.
        stored_as: how the file holds each of them, see ``storage.py``.
        notes: what a user should know.
    """

    cells: Cells
    columns: dict[str, pa.ChunkedArray]
    stored_as: dict[str, str]
    notes: list[str]


def read(options: TableFile, split_column: str | None = None) -> Table:
    """Read, type and check whole files. The rows of ``test_path`` come last.

    Args:
        options: which files, and how they are read.
        split_column: the column that splits the rows. It is not a feature, so it may be an identifier.

    Raises:
        UserError: something is wrong with the files; the message names the column, row or key, in one line.
    """
    options, parts, notes = files.read(options)
    notes += [f"{part.path.name}: {', '.join(part.notes)}" for part in parts if part.notes]
    counts = tuple(len(part.columns) for part in parts)
    origin = RowOrigins(tuple(part.path for part in parts), counts, np.arange(sum(counts)), options.header)
    cells = Cells(tuple(options.missing), comma=False, stated=parts[0].typed)
    notes += missing_notes.of_file(options, parts)
    for part in parts:
        units.refuse(options, part)
    labels = files.joined([part.select([options.target]) for part in parts]).column(0)
    goal = target.read(options, labels if cells.stated else _filled(cells, labels), labels, counts[0], origin)
    notes += goal.notes
    inputs = [part.select([name for name in part.columns.column_names if name != options.target]) for part in parts]
    typed = _typed(options, split_column, inputs, replace(origin, rows=goal.rows), cells)
    return Table(
        pa.table(typed.columns),
        goal.codes,
        options.target,
        goal.classes,
        test_rows=int((goal.rows >= counts[0]).sum()),
        notes=(*notes, *typed.notes),
        cells=typed.cells,
        stored_as=typed.stored_as,
    )


def _rows(parts: list[Part], origin: RowOrigins) -> pa.Table:
    """Return the rows of the parts that belong to the problem."""
    whole = files.joined(parts)
    return whole if len(origin.rows) == len(whole) else whole.take(pa.array(origin.rows))


def _typed(options: TableFile, split_column: str | None, parts: list[Part], origin: RowOrigins, cells: Cells) -> _Typed:
    """Give each column its Arrow type. Columns from which no model should learn are left out, with a note."""
    kinds = options.kinds or {}
    whole = _rows(parts, origin)
    if not cells.stated and (uncertain := plain.uncertain(whole, parts, sum(origin.counts) - len(origin.rows))):
        parts = [part.spelled(uncertain) for part in parts]
        whole = _rows(parts, origin)
    filled = {name: _filled(cells, column) for name, column in zip(whole.column_names, whole.columns, strict=True)}
    candidates = {
        name: words
        for name, words in filled.items()
        if pa.types.is_string(words.type) and kinds.get(name, "number") == "number"
    }
    numbers = {name: parse_numbers(words, USUAL) for name, words in candidates.items()}
    odd = [name for name, values in numbers.items() if values is None]
    notations = numerals.allowed(options.decimal, options.thousands)
    certain = [] if cells.stated else [column.type for column in filled.values() if not pa.types.is_string(column.type)]
    if certain and any(numerals.fitting({name: candidates[name] for name in odd}, notations)):
        # In the notation of these columns the numbers of all others may be other ones.
        return _typed(options, split_column, [part.spelled(whole.column_names) for part in parts], origin, cells)
    notation = numerals.detect(candidates, odd, notations, origin)
    notes = numerals.notes(notation, candidates, pa.float64() in certain, options, origin)
    if notation != USUAL:
        numbers = {name: parse_numbers(words, notation) for name, words in candidates.items()}
    kept: dict[str, pa.ChunkedArray] = {}
    stored: dict[str, str] = {}
    forms: dict[str, str] = {}
    wrong: dict[str, ColumnError] = {}
    left_out: list[str] = []
    for column in _columns(whole, filled, numbers, cells, notation, origin):
        name = column.name
        try:
            typed = _input_or_split(column, kinds.get(name), name == split_column)
        except LeftOut as reason:
            left_out.append(reason.note(name))
            notes.append(left_out[-1])
            continue
        except ColumnError as error:
            wrong[name] = error
            continue
        notes += [typed.note] if typed.note else []
        kept[name] = typed.values
        stored[name] = stored_as(column, typed.values.type)
        if typed.form:
            forms[name] = typed.form
        if pa.types.is_string(typed.values.type) and pa.types.is_string(column.words.type):
            notes += [*missing_notes.of_category(column), *spellings.notes(column)]
    if wrong:
        _refuse(wrong, options)
    if not kept:
        raise UserError(
            f"{origin.paths[0]}: no column is left besides the target {options.target!r}; "
            + (left_out[-1] if left_out else "shorten problem.drop")
        )
    written = replace(cells, comma=notation.comma, thousands=notation.thousands, dates=forms)
    return _Typed(written, kept, stored, [*notes, _kinds(kept)])


def _columns(
    whole: pa.Table,
    filled: dict[str, pa.ChunkedArray],
    numbers: dict[str, pa.ChunkedArray | None],
    cells: Cells,
    notation: Notation,
    origin: RowOrigins,
) -> Iterator[Column]:
    """Yield the columns as the file holds them, neighbouring ones with a common vocabulary.

    Args:
        whole: the rows of the problem.
        filled: the same, null for words that mean missing; the columns are taken out, so that they do not fill the
            memory.
        numbers: the same of columns of numbers, None for other words.
        cells: which words mean missing, and whether the file states types.
        notation: how numbers are written.
        origin: where the rows lie.
    """
    for names in together(whole.column_names, len(whole)):
        words = [name for name in names if pa.types.is_string(filled[name].type)]
        distinct = dict(zip(words, vocabularies([filled[name] for name in words]), strict=True))
        raw = vocabularies([whole.column(name) for name in words])
        distinct_words = dict(zip(words, raw, strict=True)) if cells.stated else distinct
        for name in names:
            yield Column(
                name,
                filled.pop(name),
                whole.column(name),
                typed=cells.stated,
                origin=origin,
                missing=cells.missing,
                notation=notation,
                numbers=numbers.pop(name, None),
                distinct=distinct.get(name, NO_WORDS),
                distinct_words=distinct_words.get(name, NO_WORDS),
            )


def _input_or_split(column: Column, kind: str | None, splits: bool) -> Typed:
    """Return a column with the type of its kind. One that splits the rows is no input, and never left out."""
    try:
        return columns.typed(column, kind)
    except LeftOut as reason:
        if not splits:
            raise
        return columns.typed(column, reason.splits_as)


def _refuse(wrong: Mapping[str, ColumnError], options: TableFile) -> NoReturn:
    """Raise one error for all columns in which something is wrong, with what to type to go on without them."""
    (first, *others), more = list(wrong.values())[:FAULTS], len(wrong) - FAULTS
    if len(wrong) == 1:
        raise first
    faults = "; ".join(error.fault if error.path == first.path else str(error) for error in (first, *others))
    faults += f"; and {counted(more, 'other column')}" if more > 0 else ""
    without = as_typed("problem.drop", [*options.drop, *wrong])
    raise UserError(f"{first.path}: {len(wrong)} columns are wrong, {without} leaves them out: {faults}") from first


def _filled(cells: Cells, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column with null for words that mean missing.

    Words of a file that states types are trimmed first; those of delimited text are trimmed already.
    """
    if not pa.types.is_string(column.type):
        return column
    return cells.without_missing(trimmed(column) if cells.stated else column)


def _kinds(typed_columns: dict[str, pa.ChunkedArray]) -> str:
    """Return a note such as ``columns: number a, b; category c``: each kind with its first columns."""
    names: dict[str, list[str]] = defaultdict(list)
    for name, values in typed_columns.items():
        names[KIND_WORDS[values.type]].append(shortened(name, WIDTH))
    kinds = [
        f"{kind} {', '.join(some[:SHOWN])}{f', … ({len(some)})' if len(some) > SHOWN else ''}"
        for kind, some in names.items()
    ]
    return f"columns: {'; '.join(kinds)}"
