"""The held-out test rows: sealed during training, and opened for a finished model."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from logodds.data import split, table
from logodds.data.sources import version
from logodds.data.split import Split
from logodds.data.table import Table
from logodds.evaluation import artifacts, tables
from logodds.evaluation.evaluation import Evaluation
from logodds.runs import inputs, outcome, record, training
from logodds.runs.code import origin_of
from logodds.runs.config import Config, read_file
from logodds.runs.notes import unseen
from logodds.serving import package
from logodds.serving.package import Package
from logodds.system import atomic, locations
from logodds.system.errors import UserError
from logodds.system.terminal.notes import show_notes
from logodds.system.terminal.text import shortened


def of_folder(folder: Path, config: Config) -> Evaluation:
    """Run the evaluate stage: evaluate the model of a pipeline folder on the test rows.

    The result is written to the folder, as ``metrics.json``, ``plots/*.csv`` and ``predictions.csv`` (by zero-based row
    of the table), and added to the run that trained the model.

    Raises:
        UserError: the output of an earlier stage is missing or damaged, or there are no test rows.
    """
    rows = table.load(folder / "table.arrow")
    parts = split.load(folder / "split.safetensors", len(rows))
    built = package.load(folder / "model")
    evaluation = _evaluate(built, rows, parts, config)
    store = training.connect(config)
    if store is not None:
        run_id = store.find("weights.sha256", built.digest())
        if run_id is None:
            # The weights are older than the store (DVC's cache, a cleared mlruns/): restore the record from the files.
            features = inputs.fitted(rows, parts, config.features, config.split.column)
            origin = origin_of(config)
            run_id = training.restore(config, features, origin, folder, store)
        record.open_test_rows(store, run_id, evaluation)
    _write(evaluation, parts, folder)
    return evaluation


def of_run(given: str) -> tuple[str, Config, Evaluation]:
    """Evaluate a run that was trained outside the pipeline on its test rows, and add the result to the run.

    Args:
        given: the id of the run, or the beginning of it.

    Returns:
        The run's id, its configuration, and the evaluation.

    Raises:
        UserError: there is no such run, it is a fold of a cross-validation, or its data or split is not the current
            one.
        StorageError: the store cannot be read.
    """
    from logodds.tracking.lookup import store_of

    store, run_id = store_of(locations.store_root(), given)
    with tempfile.TemporaryDirectory() as name:
        path, folder, run = store.fetch(run_id, Path(name))
        tags = run.tags
        if "fold" in tags:
            raise UserError(
                f"run={run_id}: fold {tags['fold']} of the cross-validation {run.parent} "
                "was judged on its own test rows as it ended; see its page"
            )
        config = read_file(path, f"run {run_id}: config.yaml")
        built = package.load(folder)
    version.check(config.problem, tags.get("data.md5"), run_id)
    rows, parts = inputs.of_files(config.problem, config.split)
    if parts.digest() != tags.get("split.sha256"):
        raise UserError(
            f"run {run_id}: the current code splits the rows differently, so the model may have been trained on the "
            "test rows"
        )
    evaluation = _evaluate(built, rows, parts, config)
    record.open_test_rows(store, run_id, evaluation)
    return run_id, config, evaluation


def described(config: Config) -> str:
    """Return what the rows of an evaluation are: without a split they are those that the model was trained on."""
    return "train rows (no row is held out)" if config.split.method == "none" else "test rows"


def _evaluate(built: Package, rows: Table, parts: Split, config: Config) -> Evaluation:
    if built.classes != rows.classes:
        raise UserError(
            f"the model knows the classes {shortened(', '.join(built.classes), 60)}, the rows have others; train again"
        )
    if len(parts.test) == 0:
        raise UserError("split.test_size=0.0: there are no test rows to evaluate on; set split.test_size > 0")
    if not parts.resubstitution:
        show_notes(unseen("test", built.features, rows, parts.test))
    return outcome.evaluate_rows("test", built, rows, parts.test, config)


def _write(evaluation: Evaluation, parts: Split, folder: Path) -> None:
    atomic.write_text(folder / "metrics.json", json.dumps(evaluation.report.main(), indent=1) + "\n")
    # predictions.csv is not in git. Therefore this stage runs in a new clone too, whose store has no test figures yet.
    predictions = artifacts.predictions(evaluation)
    rows = {"row": parts.test.tolist(), **predictions}
    atomic.write_text(folder / "predictions.csv", tables.csv_text(rows))
    for name, text in artifacts.plot_tables(evaluation, predictions).items():
        atomic.write_text(folder / "plots" / name, text)
