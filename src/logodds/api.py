"""The functions of ``import logodds``: train, load and list runs as the commands do, in the same record."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from logodds.evaluation.metrics.binary import threshold_logit
from logodds.evaluation.metrics.multiclass import softmax
from logodds.options.suggestion import nearest
from logodds.runs import direct
from logodds.runs.compose import compose
from logodds.serving import frames, package
from logodds.system import locations
from logodds.system.errors import UserError
from logodds.system.terminal.text import shortened
from logodds.tracking.lookup import reader, store_of
from logodds.tracking.naming import run_name

if TYPE_CHECKING:
    from logodds.serving.package import Package
    from logodds.tracking.reader import Reader
    from logodds.tracking.recorded import Recorded


@final
class Model:
    """A trained classifier together with its fitted features: raw rows in, classes and probabilities out.

    Attributes:
        classes: names of the classes, in the order of the columns of :meth:`predict_proba`. With two classes, the
            second is the positive one.
        threshold: with two classes, the probability of the positive class at or above which a row is predicted
            positive. More classes do not use it.
    """

    def __init__(self, package: Package) -> None:
        self._package = package
        self.classes, self.threshold = package.classes, package.threshold

    def predict_proba(self, frame: Any) -> NDArray[np.float64]:
        """Return the probabilities [n, classes] of n raw rows.

        Args:
            frame: a pandas DataFrame; anything that its constructor accepts, such as a mapping of columns or a list of
                mappings; or a table with a ``to_pandas()`` method, such as one of pyarrow or Polars. Columns that the
                model does not read are ignored.

        Raises:
            UserError: a column that the model needs is missing or has another type.
        """
        return self._package.probabilities(self._columns(frame))

    def predict(self, frame: Any) -> NDArray[np.str_]:
        """Return the predicted class [n] of each raw row.

        Arguments and errors are those of :meth:`predict_proba`.
        """
        logits = self._package.logits(self._columns(frame))
        by_class = logits.ndim == 2
        indices = softmax(logits).argmax(axis=1) if by_class else logits >= threshold_logit(self.threshold)
        predicted: NDArray[np.str_] = np.array(self.classes)[indices.astype(np.int64)]
        return predicted

    def _columns(self, frame: Any) -> Any:
        if isinstance(frame, Mapping) and not any(map(pd.api.types.is_list_like, frame.values())):
            frame = [frame]  # one row
        try:
            table = frame.to_pandas() if hasattr(frame, "to_pandas") else pd.DataFrame(frame)
        except (ValueError, TypeError) as error:
            raise UserError(f"rows: {shortened(str(error), 80)}; give a DataFrame, or columns by name") from error
        return frames.columns(table, self._package.features)


@dataclass(frozen=True)
class Run:
    """A finished run.

    Attributes:
        run_id: the run's id in the record; None with ``tracking=none``.
        figures: final figures by their name in the record, such as ``best/f1``.
        model: the model of the best epoch.
        folder: the folder of the run's files, below ``out/runs/``. For a reused run it may no longer exist.
        reused: whether the run was already in the record, so that nothing was trained.
    """

    run_id: str | None
    figures: dict[str, float]
    model: Model
    folder: Path
    reused: bool


def train(overrides: Sequence[str] = ()) -> Run:
    """Train one run, as ``logodds train`` does with the same overrides.

    For example, ``train(["problem=iris", "optim.lr=0.1"])``. With ``train.reuse=true`` a finished run that is already
    in the record is returned instead of being trained again.

    Raises:
        UserError: anything that makes the command exit with code 2. Sweeps and cross-validations are refused too: they
            have more than one model, and only the command runs them.
        JobError: the loss became infinite or NaN.
        StorageError: the tracker or the disk failed.
    """
    config = compose(overrides)
    if config.split.folds is not None:
        raise UserError(f"split.folds={config.split.folds}: has no single model; use the command train")
    threads = torch.get_num_threads()
    try:
        ended = direct.train(config, run_name(overrides) or config.problem.name)
    finally:
        torch.set_num_threads(threads)  # training has set it to train.threads
    outcome = ended.outcome
    return Run(outcome.run_id, outcome.figures(), Model(outcome.package), outcome.folder, ended.reused)


def load(run: str) -> Model:
    """Return the model of a recorded run.

    Args:
        run: the run's id, or the first characters of it.

    Raises:
        UserError: there is no such run, or it has no model.
        StorageError: the store cannot be read.
    """
    store, run_id = store_of(locations.store_root(), run)
    with tempfile.TemporaryDirectory() as name:
        _, folder, _ = store.fetch(run_id, Path(name))
        return Model(package.load(folder))


def runs(problem: str | None = None, sweep: str | None = None) -> pd.DataFrame:
    """Return a table of recorded runs, one row per run, the oldest first.

    The parent runs of sweeps and cross-validations are left out.

    Args:
        problem: name of the problem whose runs are wanted; None: of every problem, one problem after the other.
        sweep: id of the sweep whose jobs are wanted, or the first characters of it.

    Returns:
        A table with the columns ``id``, ``name``, ``problem`` and ``status``; a column ``params.KEY`` per parameter,
        with values as text; and a column per final figure, such as ``best/f1``, with a missing value where a run has
        no such figure.

    Raises:
        UserError: there is no store yet, or it has no such problem or sweep.
        StorageError: the store cannot be read.
    """
    source = reader(locations.store_root())
    recorded = [
        run for run in _chosen(source, problem, sweep) if "config.sha256" in run.tags and "folds" not in run.tags
    ]
    rows = [
        {
            "id": run.id,
            "name": run.name,
            "problem": run.tags.get("problem"),
            "status": run.status,
            **{f"params.{key}": value for key, value in run.params.items()},
            **run.figures,
        }
        for run in recorded
    ]
    return pd.DataFrame(rows, columns=None if rows else ["id", "name", "problem", "status"])


def _chosen(source: Reader, problem: str | None, sweep: str | None) -> list[Recorded]:
    if sweep is not None:
        jobs = [run for run in source.by_tag("sweep.id", sweep) if problem in (None, run.tags.get("problem"))]
        if not jobs:
            raise UserError(f"sweep={sweep}: no such sweep in {source.shown}; its id is that of its parent run")
        return jobs
    known = {experiment.name: experiment.id for experiment in source.experiments()}
    if problem is not None and problem not in known:
        raise UserError(f"problem={problem}: the store has no runs of it; {nearest(problem, known)}")
    return [run for name in known if problem in (None, name) for run in source.of_experiment(known[name], {})]
