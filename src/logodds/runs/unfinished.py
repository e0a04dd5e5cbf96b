"""Where a training was when it was last saved: checkpoints beside its folder's files, until it has ended."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import torch

from logodds.engine.state import Saved
from logodds.runs import checkpoint
from logodds.runs.task import Task
from logodds.system.errors import UserError
from logodds.system.terminal.notes import show_notes
from logodds.tracking.provenance.origin import FORM

KEPT = 3  # the newest checkpoint and those before it, for a disk that loses the newest
History = dict[str, list[float]]


@dataclass(frozen=True)
class Cut:
    """A training where it was cut off: what was saved of it, and its figures by epoch."""

    saved: Saved
    history: History


def files(folder: Path, saved: Saved, history: History, signature: str) -> dict[Path, bytes]:
    """The next checkpoint of a training, as a file to be written; ``history``: its figures by epoch."""
    tensors, numbers = saved
    held = {f"history.{name}": torch.tensor(values, dtype=torch.float64) for name, values in history.items()}
    number = max((_number(path) for path in folder.glob("*.ckpt")), default=0) + 1
    counters = {**numbers, "figures": list(history)}  # tensors have no order of their own
    return {folder / f"{number:06d}.ckpt": checkpoint.dumps(tensors | held, counters, signature)}


def thin(folder: Path) -> None:
    """Keep the newest few."""
    for path in _newest_first(folder)[KEPT:]:
        path.unlink(missing_ok=True)


def of_task(task: Task) -> Cut | None:
    """Where a task's run was cut off, None where it starts from its beginning. Without a tracker every task goes on
    with what is there."""
    if task.unfinished is None or (task.config.tracking.keeps_record and task.naming.run is None):
        return None
    found, notes = load(task.unfinished, task.signature)
    show_notes(notes)
    return found


def load(folder: Path, signature: str) -> tuple[Cut | None, list[str]]:
    """The newest checkpoint that is whole and of this signature, None where there is none; and what is to be known of
    others, a line each."""
    notes: list[str] = []
    for path in _newest_first(folder):
        try:
            tensors, numbers, found = checkpoint.load(path)
        except UserError as error:
            notes.append(f"{error}; the one before it is taken")
            continue
        if found != signature:
            notes.append(f"{path}: {_unlike(found)}; the training starts from its beginning")
            return None, notes
        history = {name: tensors.pop(f"history.{name}").tolist() for name in numbers.pop("figures")}
        return Cut((tensors, numbers), history), notes
    return None, notes


def _unlike(signature: str) -> str:
    """Why a checkpoint does not belong to a training, by its signature."""
    if not signature.startswith(FORM):
        return "of an earlier version of logodds, in which a change of any source file made another training"
    return "of another code, data or configuration"


def remove(folder: Path) -> None:
    """The training has ended; of a sweep's the last leaves no folder behind."""
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        folder.parent.rmdir()


def _newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.ckpt"), key=_number, reverse=True)


def _number(path: Path) -> int:
    return int(path.stem) if path.stem.isdigit() else 0
