"""The pipeline's train stage: a resolved configuration, on the table and the split that the stages before it wrote."""

from __future__ import annotations

from pathlib import Path

from logodds.data import split, table
from logodds.engine import fit
from logodds.runs import inputs, show, training
from logodds.runs.code import origin_of
from logodds.runs.config import read_file
from logodds.runs.task import Task, fits
from logodds.system.terminal.notes import show_notes
from logodds.tracking.naming import Naming


def main(path: Path) -> int:
    """Train into the folder of the configuration ``path``."""
    config = read_file(path)
    fit.device(config.train.device)
    rows = table.load(path.parent / "table.arrow")
    parts = split.load(path.parent / "split.safetensors", len(rows))
    found = inputs.fitted(rows, parts, config.features, config.split.column)
    fits(config, found)
    show_notes([*found.notes, *config.notes()])
    origin = origin_of(config)
    store = training.connect(config)
    outcome = training.train(Task(config, found, origin, path.parent, Naming("dvc repro", {"dvc": "train"})), store)
    show.show_run(config, outcome, store)
    return 0
