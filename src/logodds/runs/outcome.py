"""The result of a training: its figures and files, and how to load it from a folder."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from logodds.data.split import Rows
from logodds.data.table import Table
from logodds.evaluation import tables
from logodds.evaluation.evaluation import Evaluation, evaluate
from logodds.features.rows import Rows as ModelRows
from logodds.runs import checkpoint
from logodds.runs.config import Config
from logodds.runs.inputs import Inputs
from logodds.serving import package
from logodds.serving.package import Package
from logodds.system.arrays import Array
from logodds.system.errors import UserError

HISTORY = "history.csv"


@dataclass(frozen=True)
class Outcome:
    """The result of a run.

    Attributes:
        folder: where its files are.
        package: the model with the kept weights.
        best_epoch: the epoch of the kept weights.
        monitor: the figure that chose this epoch, such as ``val/f1``.
        score: the value of ``monitor`` at this epoch.
        history: for each figure, its values by epoch [epochs].
        train: figures of the kept weights on the train rows; worse validation figures show overfitting.
        predictions: sha256 of the logits as float32, of the validation rows or, without any, of the train rows.
        validation: the evaluation of the validation rows; None if there are none.
        run_id: id of its record; None without a tracker.
    """

    folder: Path
    package: Package
    best_epoch: int
    monitor: str
    score: float
    history: dict[str, list[float]]
    train: dict[str, float]
    predictions: str
    validation: Evaluation | None
    run_id: str | None

    def figures(self) -> dict[str, float]:
        """Return the final figures by their name in the record. Without validation rows the monitored figure is the
        train loss at the kept epoch."""
        figures = {"best/epoch": float(self.best_epoch), **self.train}
        if self.validation is None:
            return figures | {"best/train_loss": self.score}
        return figures | {f"best/{name}": value for name, value in self.validation.figures().items()}

    def digests(self) -> dict[str, str]:
        """Return the sha256 of the weights, of the history and of the predictions, by tag. They are equal if two
        trainings have the same result. The files must have been written before."""
        history = history_digest((self.folder / HISTORY).read_bytes())
        digests = {"weights.sha256": self.package.digest(), "history.sha256": history}
        return digests | {"predictions.sha256": self.predictions}

    def files(self) -> dict[Path, bytes]:
        """Return the content of the folder's files by path, without the checkpoints."""
        epochs = range(1, len(self.history["train/loss"]) + 1)
        figures = {} if self.validation is None else self.validation.report.main()
        return {
            **{self.folder / "model" / name: data for name, data in package.files(self.package).items()},
            self.folder / HISTORY: tables.csv_text({"epoch": epochs, **self.history}).encode(),
            self.folder / "validation.json": (json.dumps(figures, indent=1) + "\n").encode(),
        }


def of_training(
    config: Config, inputs: Inputs, built: Package, best_epoch: int, history: dict[str, list[float]], folder: Path
) -> Outcome:
    """Evaluate a trained model and return the outcome of its training.

    Args:
        built: the model with the kept weights.
        best_epoch: the epoch of these weights.
        history: for each figure, its values by epoch [epochs].
        folder: where the files are or will be.
    """

    def on(part: str, x: ModelRows, rows: Rows) -> Evaluation:
        return _evaluated(part, built.logits_of(x), inputs.table, rows, config)

    data, split = inputs.data, inputs.split
    seen = on("train", data.x_train, split.train)
    train = {"train/log_loss": seen.report.log_loss, "train/accuracy": seen.report.accuracy}
    validation = on("val", data.x_val, split.val) if len(split.val) else None
    score = history[config.train.monitor][best_epoch - 1]
    logits = np.ascontiguousarray((validation or seen).logits, dtype="<f4")
    predictions = hashlib.sha256(logits.tobytes()).hexdigest()
    return Outcome(
        folder, built, best_epoch, config.train.monitor, score, history, train, predictions, validation, None
    )


def evaluate_rows(part: str, package: Package, table: Table, rows: Array, config: Config) -> Evaluation:
    """Evaluate a model on some rows of a table.

    Args:
        part: name of the rows in figures, such as ``val``.
        rows: indices of the rows [n].
    """
    return _evaluated(part, package.logits(table.columns.take(rows)), table, rows, config)


def _evaluated(part: str, logits: Array, table: Table, rows: Array, config: Config) -> Evaluation:
    return evaluate(part, logits, table.target[rows], table.classes, config.evaluate, config.train.monitor)


def history_digest(data: bytes) -> str:
    """Return the sha256 of the content of a ``history.csv``."""
    return hashlib.sha256(data).hexdigest()


def of_history(text: str) -> dict[str, list[float]]:
    """Parse the text of a ``history.csv``: for each figure, its values by epoch [epochs]."""
    rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(text.splitlines())]
    return {name: [row[name] for row in rows] for name in rows[0] if name != "epoch"}


def device_of(folder: Path) -> torch.device:
    """Return the type of the device on which a folder was trained.

    Raises:
        UserError: its checkpoint is missing or damaged.
    """
    _, counters, _ = checkpoint.load(folder / "checkpoints" / "best.ckpt")
    return torch.device(checkpoint.device_of(counters))


def of_folder(config: Config, inputs: Inputs, folder: Path) -> Outcome:
    """Load the outcome of an earlier training from the files in its folder.

    Raises:
        UserError: a checkpoint is missing or damaged, or the history is not that of this training.
    """
    path = folder / HISTORY
    _, counters, _ = checkpoint.load(folder / "checkpoints" / "best.ckpt")
    try:
        if history_digest(path.read_bytes()) != counters["history.sha256"]:
            raise ValueError("another one")
        history = of_history(path.read_text())
        return of_training(config, inputs, package.load(folder / "model"), int(counters["best_epoch"]), history, folder)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise UserError(f"{path}: not the history of this training; train again") from error
