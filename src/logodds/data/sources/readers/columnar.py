"""Read a file of a format that states the types of its columns."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from logodds.data.sources.readers.part import Part
from logodds.system.errors import UserError

if TYPE_CHECKING:
    from logodds.data.sources.csv import TableFile

BLOCK = 1 << 24  # bytes of JSON lines that Arrow parses at a time
LONG = 2.0**63  # whole numbers from here on Arrow reads from JSON as float64, which does not tell them apart


def read(options: TableFile, path: Path, form: str) -> Part:
    """Read the columns. Dictionaries and large or viewed strings become plain ones.

    Args:
        options: the limits.
        path: the file.
        form: its format, a key of :data:`READERS`.

    Raises:
        UserError: the file is damaged, holds more rows or bytes than the options allow or no rows, or has a duplicate
            column.
    """
    try:
        table = READERS[form](options, path)
        table.validate(full=True)  # Arrow would follow offsets that point outside of the file
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0][:100]
        if form == "jsonl":  # Arrow counts rows from 0, in each block
            whole = path.stat().st_size <= BLOCK
            reason = re.sub(r" in row (\d+)", lambda row: f" in row {int(row[1]) + 1}" if whole else "", reason)
        raise UserError(f"{path}: cannot be read ({reason}); write it again") from error
    names = table.column_names
    for name in names:
        if names.count(name) > 1:
            raise UserError(f"{path}: duplicate column {name!r}; rename all but one")
    if len(table) == 0:
        raise UserError(f"{path}: no rows; it needs rows")
    plain = pa.table([_plain(column) for column in table.columns], names=names)
    note = options.unused_of_columnar()
    notes = () if note is None else (note,)
    kept = plain.drop_columns([name for name in names if name == "__index_level_0__"])
    return Part(path, kept, notes, typed=True)


def _parquet(options: TableFile, path: Path) -> pa.Table:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, memory_map=True) as file:
        groups = range(file.metadata.num_row_groups)
        check_size(options, path, file.metadata.num_rows, sum(_group_bytes(file, group) for group in groups))
        return file.read()


def _group_bytes(file: object, group: int) -> int:
    return int(file.metadata.row_group(group).total_byte_size)  # type: ignore[attr-defined]


def _arrow(options: TableFile, path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as source:
        file = pa.ipc.open_file(source)
        batches = (file.get_batch(index) for index in range(file.num_record_batches))
        return _gathered(options, path, file.schema, batches)


def _stream(options: TableFile, path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as stream:
        return _gathered(options, path, stream.schema, stream)


def _gathered(options: TableFile, path: Path, schema: pa.Schema, given: Iterable[pa.RecordBatch]) -> pa.Table:
    batches = []
    size = rows = 0
    for batch in given:
        batches.append(batch)
        size += batch.nbytes
        rows += len(batch)
        check_size(options, path, rows, size)
    return pa.Table.from_batches(batches, schema)


def _feather(options: TableFile, path: Path) -> pa.Table:
    from pyarrow import feather

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of this first version of the format
        return _checked(options, path, feather.read_table(path))


def _orc(options: TableFile, path: Path) -> pa.Table:
    from pyarrow import orc

    file = orc.ORCFile(path)
    check_size(options, path, file.nrows, 0)
    return _checked(options, path, file.read())


def _json_lines(options: TableFile, path: Path) -> pa.Table:
    from pyarrow import json

    reading = json.ReadOptions(use_threads=False, block_size=BLOCK)
    table = json.read_json(path, reading)
    for index, field in enumerate(table.schema):
        largest = pc.max(pc.abs(table.column(index))).as_py() if pa.types.is_floating(field.type) else None
        if largest is not None and largest >= LONG:
            exact = pa.field(field.name, pa.decimal128(38, 0))
            with suppress(pa.ArrowInvalid):  # they have fractions or more digits
                again = json.read_json(path, reading, json.ParseOptions(explicit_schema=pa.schema([exact])))
                table = table.set_column(index, exact, again.column(field.name))
    return _checked(options, path, table)


def _checked(options: TableFile, path: Path, table: pa.Table) -> pa.Table:
    check_size(options, path, len(table), table.nbytes)
    return table


READERS: dict[str, Callable[[TableFile, Path], pa.Table]] = {
    "parquet": _parquet,
    "arrow": _arrow,
    "stream": _stream,
    "feather": _feather,
    "orc": _orc,
    "jsonl": _json_lines,
}


def check_size(options: TableFile, path: Path, rows: int, size: int) -> None:
    """Check the size of a file before it is read.

    Args:
        options: the limits.
        path: the file, for messages.
        rows: its number of rows.
        size: its size in bytes.

    Raises:
        UserError: the file has more rows or bytes than the options allow.
    """
    for key, count, largest, noun in (
        ("largest_rows", rows, options.largest_rows, "rows"),
        ("largest_bytes", size, options.largest_bytes, "bytes"),
    ):
        if count > largest:
            raise UserError(f"{path}: {count} {noun}, more than problem.{key}={largest}; raise it if memory allows")


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _plain(column.cast(kind.value_type))
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return column.cast(pa.string())
    if pa.types.is_float16(kind):
        return column.cast(pa.float32())
    return column
