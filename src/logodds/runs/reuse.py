"""Find a run in the record that makes training unnecessary (``train.reuse``)."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from logodds.runs import outcome
from logodds.runs.config import Config
from logodds.runs.folder import run_folder
from logodds.runs.inputs import Inputs
from logodds.runs.outcome import HISTORY, Outcome
from logodds.serving import package
from logodds.system.errors import UserError
from logodds.system.terminal.notes import show_notes
from logodds.tracking import verified
from logodds.tracking.provenance.origin import SIGNATURE, Origin

if TYPE_CHECKING:
    from logodds.tracking.store import Store

UNLIKE = ("stopped.epoch", "fold", "folds")  # tags of runs whose result does not follow from the configuration alone


def earlier(config: Config, inputs: Inputs, origin: Origin, store: Store) -> Outcome | None:
    """Return the outcome of the latest finished run with the same configuration, data and code; None if there is none.
    A run whose model or history is damaged is not used, which a note says.

    Raises:
        StorageError: the store cannot be read.
    """
    signature = origin.signature(config.signature, inputs.digest)
    for run in reversed(store.reader.of_experiment(store.experiment, {SIGNATURE: signature})):
        history = store.reader.artifact(run.id, HISTORY)
        if run.status != "FINISHED" or history is None or not run.tags.keys().isdisjoint(UNLIKE):
            continue
        with tempfile.TemporaryDirectory() as name:
            folder = store.reader.package(run.id, Path(name))
            if folder is None:
                continue
            try:
                verified.refuse_damaged(run, HISTORY, history)
                built, best_epoch = package.load(folder), int(run.tags["best.epoch"])
            except UserError as error:
                show_notes([f"run {run.id} is not reused: {error}"])
                continue
        figures = outcome.of_history(history.decode())
        result = outcome.of_training(config, inputs, built, best_epoch, figures, run_folder(config))
        return replace(result, run_id=run.id)
    return None
