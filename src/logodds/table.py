"""Typed columns with their target, on disk as an Arrow file that is memory-mapped when read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logodds import atomic
from logodds.errors import UserError


@dataclass(frozen=True)
class Table:
    """n rows ready to be split.

    ``columns``: float64 columns are numbers (null = missing), string columns are categories, timestamps can order a
    split. ``target``: [n] uint8, the index of the row's class in ``classes``, which is (negative, positive).
    """

    columns: pa.Table
    target: NDArray[np.uint8]
    target_name: str
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.target)


def save(table: Table, path: Path) -> None:
    """Write the table; the target becomes a dictionary column, so that the file holds names and codes."""
    target = pa.DictionaryArray.from_arrays(pa.array(table.target.astype(np.int8)), pa.array(list(table.classes)))
    whole = table.columns.append_column(table.target_name, target)
    whole = whole.replace_schema_metadata({"target": table.target_name})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, whole.schema) as writer:
        writer.write_table(whole)
    atomic.write_bytes(path, sink.getvalue().to_pybytes())


def load(path: Path) -> Table:
    """Read a table that :func:`save` wrote.

    Raises:
        UserError: no such file, or not an Arrow file with a target.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such table; write it with `dvc repro prepare`")
    try:
        whole = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        name = whole.schema.metadata[b"target"].decode()
        target = whole.column(name).combine_chunks()
    except (pa.ArrowInvalid, KeyError, TypeError) as error:
        raise UserError(f"{path}: not a prepared table; write it again with `dvc repro prepare`") from error
    return Table(
        columns=whole.drop_columns([name]),
        target=target.indices.to_numpy(zero_copy_only=False).astype(np.uint8),
        target_name=name,
        classes=tuple(target.dictionary.to_pylist()),
    )
