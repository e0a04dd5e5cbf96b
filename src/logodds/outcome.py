"""What a training ended with: its figures, its files, and their way back from a folder."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

from logodds import checkpoint, evaluation, package
from logodds.config import Config
from logodds.errors import UserError
from logodds.evaluation import Evaluation
from logodds.inputs import Inputs
from logodds.package import Package
from logodds.split import Rows


@dataclass(frozen=True)
class Outcome:
    """What a run ended with. ``score``: the monitored figure at the best epoch; ``history``: figures by epoch;
    ``train``: figures of the kept weights on the train rows, against which overfitting shows; ``validation`` is None
    without validation rows, ``run_id`` without a tracker."""

    folder: Path
    package: Package
    best_epoch: int
    score: float
    history: dict[str, list[float]]
    train: dict[str, float]
    validation: Evaluation | None
    run_id: str | None

    def figures(self) -> dict[str, float]:
        """Final figures by their name in the record. Without validation rows the monitored one is the train loss of the
        kept epoch."""
        found = {"best/epoch": float(self.best_epoch), **self.train}
        if self.validation is None:
            return found | {"best/train_loss": self.score}
        return found | {f"best/{name}": value for name, value in self.validation.report.figures().items()}

    def files(self) -> dict[Path, bytes]:
        """What the folder holds beside checkpoints."""
        epochs = range(1, len(self.history["train/loss"]) + 1)
        figures = {} if self.validation is None else self.validation.report.main()
        return {
            **{self.folder / "model" / name: data for name, data in package.files(self.package).items()},
            self.folder / "history.csv": evaluation.table({"epoch": epochs, **self.history}).encode(),
            self.folder / "validation.json": (json.dumps(figures, indent=1) + "\n").encode(),
        }


def judged(
    config: Config, inputs: Inputs, built: Package, best_epoch: int, history: dict[str, list[float]], folder: Path
) -> Outcome:
    """The outcome of a training whose kept weights are in ``built``."""

    def on(part: str, rows: Rows) -> Evaluation:
        return evaluation.judge(part, built, inputs.table, rows, config.evaluate)

    seen = on("train", inputs.split.train).report
    train = {"train/log_loss": seen.log_loss, "train/accuracy": seen.accuracy}
    validation = on("val", inputs.split.val) if len(inputs.split.val) else None
    score = history[config.train.monitor][best_epoch - 1]
    return Outcome(folder, built, best_epoch, score, history, train, validation, None)


def of_folder(config: Config, inputs: Inputs, folder: Path) -> Outcome:
    """From the files of a run that was trained before."""
    path = folder / "history.csv"
    _, counters, _ = checkpoint.load(folder / "checkpoints" / "best.ckpt")
    try:
        text = csv.DictReader(path.read_text().splitlines())
        rows = [{name: float(value) for name, value in row.items()} for row in text]
        history = {name: [row[name] for row in rows] for name in rows[0] if name != "epoch"}
        return judged(config, inputs, package.load(folder / "model"), int(counters["best_epoch"]), history, folder)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise UserError(f"{path}: not the history of this training; train again") from error
