"""What a training ended with: its figures, its files, and their way back from a folder."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from logodds.data.split import Rows
from logodds.data.table import Table
from logodds.evaluation import part
from logodds.evaluation.evaluate_options import EvaluateOptions
from logodds.evaluation.metric import TRAIN_LOSS
from logodds.evaluation.part import Evaluation, evaluate
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
    """What a run ended with.

    Attributes:
        folder: of its files.
        package: the model with the weights that were kept.
        best_epoch: the epoch that they are of.
        monitor: the figure that chose it, such as ``val/f1``.
        score: its value at that epoch.
        history: figures by epoch.
        train: figures of the kept weights on the train rows, against which overfitting shows.
        predictions: sha256 of the validation rows' logits as float32, or of the train rows' without validation rows.
        validation: figures of the validation rows, None where there are none.
        run_id: of its record, None without a tracker.
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
        """Final figures by their name in the record. Without validation rows the monitored one is the train loss of the
        kept epoch."""
        found = {"best/epoch": float(self.best_epoch), **self.train}
        if self.validation is None:
            return found | {"best/train_loss": self.score}
        found |= {f"best/{name}": value for name, value in self.validation.report.figures().items()}
        monitored = self.monitor.replace("val/", "best/")
        if monitored not in ("best/loss", TRAIN_LOSS) and np.isfinite(self.score):
            found.setdefault(monitored, self.score)  # of another package: the report does not have it
        return found

    def digests(self) -> dict[str, str]:
        """sha256 of the weights, of the history and of the predictions, by tag: equal where two trainings ended with
        the same result. The folder must have been written."""
        history = history_digest((self.folder / HISTORY).read_bytes())
        found = {"weights.sha256": self.package.digest(), "history.sha256": history}
        return found | {"predictions.sha256": self.predictions}

    def files(self) -> dict[Path, bytes]:
        """What the folder holds beside checkpoints."""
        epochs = range(1, len(self.history["train/loss"]) + 1)
        figures = {} if self.validation is None else self.validation.report.main()
        return {
            **{self.folder / "model" / name: data for name, data in package.files(self.package).items()},
            self.folder / HISTORY: part.table({"epoch": epochs, **self.history}).encode(),
            self.folder / "validation.json": (json.dumps(figures, indent=1) + "\n").encode(),
        }


def judged(
    config: Config, inputs: Inputs, built: Package, best_epoch: int, history: dict[str, list[float]], folder: Path
) -> Outcome:
    """The outcome of a training whose kept weights are in ``built``."""

    def on(part: str, rows: Rows) -> Evaluation:
        return judge(part, built, inputs.table, rows, config.evaluate)

    seen = on("train", inputs.split.train)
    train = {"train/log_loss": seen.report.log_loss, "train/accuracy": seen.report.accuracy}
    validation = on("val", inputs.split.val) if len(inputs.split.val) else None
    score = history[config.train.monitor][best_epoch - 1]
    logits = np.ascontiguousarray((validation or seen).logits, dtype="<f4")
    predictions = hashlib.sha256(logits.tobytes()).hexdigest()
    return Outcome(
        folder, built, best_epoch, config.train.monitor, score, history, train, predictions, validation, None
    )


def judge(part: str, package: Package, table: Table, rows: Array, options: EvaluateOptions) -> Evaluation:
    """All figures of a model on some rows of a table."""
    logits = package.logits(table.columns.take(rows))
    return evaluate(part, logits, table.target[rows], table.classes, options)


def history_digest(data: bytes) -> str:
    """Of a ``history.csv``."""
    return hashlib.sha256(data).hexdigest()


def of_history(text: str) -> dict[str, list[float]]:
    """Figures by epoch, from the text of a ``history.csv``."""
    rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(text.splitlines())]
    return {name: [row[name] for row in rows] for name in rows[0] if name != "epoch"}


def of_folder(config: Config, inputs: Inputs, folder: Path) -> Outcome:
    """From the files of a run that was trained before."""
    path = folder / HISTORY
    _, counters, _ = checkpoint.load(folder / "checkpoints" / "best.ckpt")
    try:
        if history_digest(path.read_bytes()) != counters["history.sha256"]:
            raise ValueError("another one")
        history = of_history(path.read_text())
        return judged(config, inputs, package.load(folder / "model"), int(counters["best_epoch"]), history, folder)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise UserError(f"{path}: not the history of this training; train again") from error
