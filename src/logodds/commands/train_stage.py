"""The pipeline's train stage: train a resolved configuration on the table and the split that earlier stages wrote."""

from __future__ import annotations

from pathlib import Path

from logodds.data import split, table
from logodds.engine.device import chosen_device
from logodds.runs import inputs, show, training
from logodds.runs.code import origin_of
from logodds.runs.config import read_file
from logodds.runs.ready import ready
from logodds.runs.task import Task
from logodds.tracking.naming import Naming


def main(path: Path) -> int:
    """Train the configuration file ``path``, and write the results into its folder."""
    config = read_file(path)
    chosen_device(config.train.device)
    rows = inputs.with_split_notes(table.load(path.parent / "table.arrow"), config.split)
    parts = split.load(path.parent / "split.safetensors", len(rows))
    fitted = ready(config, inputs.fitted(rows, parts, config.features, config.split.column))
    origin = origin_of(config)
    store = training.connect_for_new_runs(config)
    outcome = training.train(Task(config, fitted, origin, path.parent, Naming("dvc repro", {"dvc": "train"})), store)
    show.show_run(config, outcome, store)
    return 0
