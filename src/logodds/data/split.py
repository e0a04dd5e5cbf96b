"""Which rows are train, val and test: the certificate that says so, and the file that holds them."""

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
from logodds.system import atomic, seal
from logodds.system.errors import UserError, counted

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """Row numbers of a table, each part in the order in which it was drawn. ``resubstitution``: the parts are one."""

    train: Rows
    val: Rows
    test: Rows
    resubstitution: bool

    def digest(self) -> str:
        """sha256 over the three parts, in order."""
        digest = hashlib.sha256()
        for part in (self.train, self.val, self.test):
            digest.update(f"{len(part)}:".encode())
            digest.update(np.ascontiguousarray(part, dtype="<i8").tobytes())
        return digest.hexdigest()


def certificate(table: Table, parts: Split) -> dict[str, Any]:
    """What a reader needs to hold the split to its word: rows, rows of each class, and digests."""

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
    """Write the row numbers as safetensors."""
    arrays = {"train": parts.train, "val": parts.val, "test": parts.test}
    state = {"resubstitution": parts.resubstitution, "seal": seal.blank()}
    # A JSON text as one entry: safetensors orders several at random.
    meta = {"state": json.dumps(state)}
    atomic.write_bytes(path, seal.sealed(safetensors.numpy.save(arrays, metadata=meta)))


def load(path: Path, rows: int) -> Split:
    """Read what :func:`save` wrote, for a table of so many rows.

    Raises:
        UserError: no such file, not a split, damaged, or that of another table.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such split; write it with `dvc repro split`")
    seal.check(path, "a split", "write it again with `dvc repro split`")
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            parts = {name: file.get_tensor(name) for name in ("train", "val", "test")}
            found = Split(**parts, resubstitution=json.loads(file.metadata()["state"])["resubstitution"] is True)
    except (safetensors.SafetensorError, KeyError, TypeError, ValueError, OSError) as error:
        raise UserError(f"{path}: not a split; write it again with `dvc repro split`") from error
    if any(part.dtype != np.int64 or part.ndim != 1 for part in parts.values()):
        raise UserError(f"{path}: not a split, its parts are no row numbers; write it again with `dvc repro split`")
    dealt = list(parts.values()) if found.resubstitution else [np.concatenate(list(parts.values()))]
    if not all(np.array_equal(np.sort(part), np.arange(rows)) for part in dealt):
        raise UserError(
            f"{path}: of another table, it does not deal out {counted(rows, 'row')} once each; "
            "write it again with `dvc repro split`"
        )
    return found
