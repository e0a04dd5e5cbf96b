"""The checkpoints of a training that has not ended, beside the files of its folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import torch

from logodds.engine.device import chosen_device
from logodds.engine.state import Saved
from logodds.runs import checkpoint
from logodds.runs.task import Task
from logodds.system.errors import UserError, counted
from logodds.system.terminal.notes import show_notes
from logodds.tracking.provenance.origin import FORM

KEPT = 3  # newest checkpoints that are kept, in case the disk loses the newest
History = dict[str, list[float]]


@dataclass(frozen=True)
class Interrupted:
    """A training where it was cut off.

    Attributes:
        saved: its state, as :meth:`~logodds.engine.state.TrainState.save` returns it.
        history: for each figure, its values by epoch [epochs].
    """

    saved: Saved
    history: History

    @property
    def epochs(self) -> int:
        """How many epochs had ended."""
        return max((len(values) for values in self.history.values()), default=0)


def files(folder: Path, saved: Saved, history: History, signature: str, device: str) -> dict[Path, bytes]:
    """Return the next checkpoint of a training, as the content of a file by path.

    Args:
        folder: the folder of its checkpoints.
        saved: its state.
        history: for each figure, its values by epoch [epochs].
        signature: of the training.
        device: the type of the device on which it trains.
    """
    tensors, numbers = saved
    held = {f"history.{name}": torch.tensor(values, dtype=torch.float64) for name, values in history.items()}
    number = max((_number(path) for path in folder.glob("*.ckpt")), default=0) + 1
    counters = {**numbers, **checkpoint.on(device), "figures": list(history)}  # tensors have no order of their own
    return {folder / f"{number:06d}.ckpt": checkpoint.dumps(tensors | held, counters, signature)}


def thin(folder: Path) -> None:
    """Delete all but the newest :data:`KEPT` checkpoints."""
    for path in _newest_first(folder)[KEPT:]:
        path.unlink(missing_ok=True)


def of_task(task: Task) -> Interrupted | None:
    """Return where a task's run was cut off; None if it starts from its beginning.

    With a tracker only a run that is continued has a checkpoint to start from. Without one every task continues from
    what is in its folder.

    Raises:
        UserError: it was trained on a device of another type so far.
    """
    if task.unfinished is None or (task.config.tracking.keeps_record and task.naming.run is None):
        return None
    cut, notes = load(task.unfinished, task.signature, chosen_device(task.config.train.device).type)
    show_notes(notes)
    return cut


def continued(cuts: Iterable[Interrupted | None]) -> list[str]:
    """Return a note that says where interrupted trainings continue; none if all start from their beginning."""
    epochs = [cut.epochs for cut in cuts if cut is not None]
    if not epochs:
        return []
    first, last = min(epochs), max(epochs)
    after = f"epoch {first}" if first == last else f"epochs {first} to {last}"
    verb = "continues" if len(epochs) == 1 else "continue"
    return [f"{counted(len(epochs), 'interrupted run')} {verb} after {after}"]


def load(folder: Path, signature: str, device: str) -> tuple[Interrupted | None, list[str]]:
    """Return the newest undamaged checkpoint if it has this signature, else None; and notes about others, one line
    each.

    Raises:
        UserError: it has this signature, and was written on another type of device than ``device``. Its random numbers
            cannot be continued here, and half a run of each would not be that of any device.
    """
    notes: list[str] = []
    for path in _newest_first(folder):
        try:
            tensors, numbers, own_signature = checkpoint.load(path)
        except UserError as error:
            notes.append(f"{error}; using the previous checkpoint")
            continue
        if own_signature != signature:
            notes.append(f"{path}: {_unlike(own_signature)}; the training starts from its beginning")
            return None, notes
        if checkpoint.device_of(numbers) != device:
            raise UserError(_elsewhere(path, device))
        numbers.pop(checkpoint.DEVICE, None)
        history = {name: tensors.pop(f"history.{name}").tolist() for name in numbers.pop("figures")}
        return Interrupted((tensors, numbers), history), notes
    return None, notes


def _unlike(signature: str) -> str:
    """Say why a checkpoint with this signature does not belong to the training."""
    if not signature.startswith(FORM):
        return "written by an earlier version of logodds, whose checkpoints cannot be used here"
    return "of another code, data or configuration"


def _elsewhere(path: Path, device: str) -> str:
    """Say that a checkpoint was written on another type of device than ``device``, and what to do."""
    anew = f"or remove {path.parent} to train from the beginning"
    if device == "cpu":
        return f"{path}: trained on a GPU so far, and this is the CPU; continue where PyTorch finds a GPU, {anew}"
    return f"{path}: trained on the CPU so far, and this is a GPU; hide it with CUDA_VISIBLE_DEVICES='', {anew}"


def remove(folder: Path) -> None:
    """Remove the checkpoints of a training that has ended. The parent folder goes as well once it is empty, which it is
    after the last job of a sweep."""
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        folder.parent.rmdir()


def _newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.ckpt"), key=_number, reverse=True)


def _number(path: Path) -> int:
    return int(path.stem) if path.stem.isdigit() else 0
