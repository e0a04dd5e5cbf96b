"""Read a Parquet or Arrow file into columns of the types that it states."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from logodds.data.sources.readers.part import Part
from logodds.system.errors import UserError

if TYPE_CHECKING:
    from logodds.data.sources.csv import TableFile

PARQUET = b"PAR1"
ARROW = b"ARROW1"


def is_columnar(path: Path) -> bool:
    """Return whether the file begins as a Parquet or Arrow file does, whatever its name."""
    with path.open("rb") as file:
        return file.read(6).startswith((PARQUET, ARROW))


def read(options: TableFile, path: Path) -> Part:
    """Read the columns. Dictionaries and large or viewed strings become plain ones.

    Raises:
        UserError: the file is damaged, holds more rows or bytes than the options allow or no rows, or has a duplicate
            column.
    """
    try:
        with path.open("rb") as file:
            parquet = file.read(4) == PARQUET
        table = _parquet(options, path) if parquet else _arrow(options, path)
        table.validate(full=True)  # Arrow would follow offsets that point outside of the file
    except (pa.ArrowException, OSError) as error:
        raise UserError(f"{path}: cannot be read ({str(error).splitlines()[0][:100]}); write it again") from error
    names = table.column_names
    for name in names:
        if names.count(name) > 1:
            raise UserError(f"{path}: duplicate column {name!r}; rename all but one")
    if len(table) == 0:
        raise UserError(f"{path}: no rows; it needs rows")
    plain = pa.table([_plain(column) for column in table.columns], names=names)
    note = options.unused_of_columnar()
    notes = () if note is None else (note,)
    return Part(path, plain.drop_columns([name for name in names if name == "__index_level_0__"]), notes)


def _parquet(options: TableFile, path: Path) -> pa.Table:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, memory_map=True) as file:
        groups = range(file.metadata.num_row_groups)
        check_size(options, path, file.metadata.num_rows, sum(_group_bytes(file, group) for group in groups))
        return file.read()


def _group_bytes(file: object, group: int) -> int:
    return int(file.metadata.row_group(group).total_byte_size)  # type: ignore[attr-defined]


def _arrow(options: TableFile, path: Path) -> pa.Table:
    batches = []
    size = rows = 0
    with pa.memory_map(str(path)) as source:
        file = pa.ipc.open_file(source)
        for index in range(file.num_record_batches):
            batches.append(file.get_batch(index))
            size += batches[-1].nbytes
            rows += len(batches[-1])
            check_size(options, path, rows, size)
        return pa.Table.from_batches(batches, file.schema)


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
