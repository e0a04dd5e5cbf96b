"""A table of typed columns with a target, stored as an Arrow file that is memory-mapped when read."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logodds.data.cells import PLAIN, Cells
from logodds.system import atomic, checksum
from logodds.system.errors import UserError


class _Digest(io.RawIOBase):
    """A file object that keeps only the sha256 of what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.sha256 = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.sha256.update(data)
        return memoryview(data).nbytes


@dataclass(frozen=True)
class Table:
    """n rows that are ready to be split.

    Attributes:
        columns: the columns without the target. The type says what a column is. float64: a number (null is missing);
            string: a category; large_string: a text; timestamp: a date; fixed_shape_tensor of
            uint8 [channels, height, width]: a picture.
        target: [n] int64, the index of each row's class in ``classes``.
        target_name: name of the target column.
        classes: names of the classes; two classes are (negative, positive).
        test_rows: how many of the last rows are the problem's own test part; 0 if it has none.
        notes: what a user should know about how the files were read, such as what was detected or left out; one line
            per note.
        cells: how the words of the columns were written; raw rows are read in the same way.
        stored_as: the type that a column has in the file, by name: boolean, long, double, datetime or string. Empty for
            texts and pictures in folders.
    """

    columns: pa.Table
    target: NDArray[np.int64]
    target_name: str
    classes: tuple[str, ...]
    test_rows: int = 0
    notes: tuple[str, ...] = ()
    cells: Cells = PLAIN
    stored_as: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.target)

    @cached_property
    def digest(self) -> str:
        """The sha256 of the rows and of how they are to be read, whatever the format of the source file."""
        digest = _Digest()
        about = [self.target_name, self.classes, self.test_rows, self.cells.to_plain()]
        digest.write(json.dumps(about).encode())
        digest.write(np.ascontiguousarray(self.target, dtype="<i8"))
        whole = self.columns.combine_chunks().replace_schema_metadata(None)
        with pa.ipc.new_stream(pa.PythonFile(digest, "w"), whole.schema) as writer:
            writer.write_table(whole)
        return digest.sha256.hexdigest()

    def keeping(self, names: Sequence[str]) -> Table:
        """Return the table with only some of its columns. The digest stays that of all of them."""
        kept = replace(self, columns=self.columns.select(names))
        kept.__dict__["digest"] = self.digest  # where cached_property keeps it
        return kept


def save(table: Table, path: Path) -> None:
    """Write the table as an Arrow file.

    The target becomes a dictionary column, so that the file holds the names of the classes and their codes.
    """
    target = pa.DictionaryArray.from_arrays(pa.array(table.target.astype(np.int16)), pa.array(list(table.classes)))
    whole = table.columns.append_column(table.target_name, target)
    about = {"target": table.target_name, "test_rows": table.test_rows, "notes": table.notes}
    about |= {"cells": table.cells.to_plain(), "stored_as": dict(table.stored_as)}
    whole = whole.replace_schema_metadata({"logodds": json.dumps(about), "seal": checksum.placeholder()})
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, whole.schema) as writer:
        writer.write_table(whole)
    data: Any = sink.getbuffer()  # not a copy of it
    checksum.fill(data)
    atomic.write_bytes(path, data)


def load(path: Path) -> Table:
    """Read a table that :func:`save` wrote.

    Raises:
        UserError: there is no such file, it is not an Arrow file with a target, or it is damaged.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such table; write it with `dvc repro prepare`")
    again = "write it again with `dvc repro prepare`"
    checksum.check(path, "a prepared table", again)
    try:
        whole = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        whole.validate(full=True)
        about = json.loads(whole.schema.metadata[b"logodds"])
        name, cells = about["target"], Cells.from_plain(about["cells"])
        target = whole.column(name).combine_chunks()
        return Table(
            columns=whole.drop_columns([name]),
            target=target.indices.to_numpy(zero_copy_only=False).astype(np.int64),
            target_name=name,
            classes=tuple(target.dictionary.to_pylist()),
            test_rows=about["test_rows"],
            notes=tuple(about["notes"]),
            cells=cells,
            stored_as=about["stored_as"],
        )
    except (pa.ArrowException, OSError, AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise UserError(f"{path}: not a prepared table; {again}") from error
