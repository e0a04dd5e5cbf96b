"""The rows of the train, validation and test parts: the file that stores them, and a certificate of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from logodds.data.table import Table
from logodds.system import atomic, checksum
from logodds.system.errors import UserError, counted

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """The row numbers of each part of a split, in the order in which they were drawn.

    Attributes:
        train: zero-based numbers of the train rows.
        val: those of the validation rows; may be empty.
        test: those of the test rows; may be empty.
        resubstitution: whether all three parts are the same rows.
    """

    train: Rows
    val: Rows
    test: Rows
    resubstitution: bool

    def digest(self) -> str:
        """Return the sha256 of the three parts, which depends on the order of their rows."""
        digest = hashlib.sha256()
        for part in (self.train, self.val, self.test):
            digest.update(f"{len(part)}:".encode())
            digest.update(np.ascontiguousarray(part, dtype="<i8").tobytes())
        return digest.hexdigest()


def certificate(table: Table, parts: Split) -> dict[str, Any]:
    """Return what is needed to check the split later: the rows of each part, in all and by class, and a digest."""

    def count(rows: Rows) -> dict[str, Any]:
        counts = np.bincount(table.target[rows], minlength=len(table.classes)).tolist()
        return {"rows": len(rows), "classes": dict(zip(table.classes, counts, strict=True))}

    return {
        "train": count(parts.train),
        "val": count(parts.val),
        "test": count(parts.test),
        "resubstitution": parts.resubstitution,
        "sha256": parts.digest(),
    }


def save(parts: Split, path: Path) -> None:
    """Write the row numbers as a safetensors file that holds its own digest."""
    arrays = {"train": parts.train, "val": parts.val, "test": parts.test}
    state = {"resubstitution": parts.resubstitution, "seal": checksum.placeholder()}
    # One JSON text, because safetensors would write several entries in random order.
    meta = {"state": json.dumps(state)}
    atomic.write_bytes(path, checksum.filled(safetensors.numpy.save(arrays, metadata=meta)))


def load(path: Path, rows: int) -> Split:
    """Read the file that :func:`save` wrote, for a table of ``rows`` rows.

    Raises:
        UserError: there is no such file, it is not a split or is damaged, or it belongs to another table.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such split; write it with `dvc repro split`")
    checksum.check(path, "a split", "write it again with `dvc repro split`")
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            parts = {name: file.get_tensor(name) for name in ("train", "val", "test")}
            split = Split(**parts, resubstitution=json.loads(file.metadata()["state"])["resubstitution"] is True)
    except (safetensors.SafetensorError, KeyError, TypeError, ValueError, OSError) as error:
        raise UserError(f"{path}: not a split; write it again with `dvc repro split`") from error
    if any(part.dtype != np.int64 or part.ndim != 1 for part in parts.values()):
        raise UserError(f"{path}: not a split, its parts are not row numbers; write it again with `dvc repro split`")
    # Each of these arrays must hold every row of the table once.
    complete = list(parts.values()) if split.resubstitution else [np.concatenate(list(parts.values()))]
    if not all(np.array_equal(np.sort(part), np.arange(rows)) for part in complete):
        raise UserError(
            f"{path}: belongs to another table, it does not hold each of {counted(rows, 'row')} once; "
            "write it again with `dvc repro split`"
        )
    return split
