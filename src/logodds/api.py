"""What ``import logodds`` offers: runs as the commands make them, in the same record, without a command line."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from logodds.evaluation.metrics.binary import threshold_logit
from logodds.evaluation.metrics.multiclass import softmax
from logodds.options.overrides import run_name
from logodds.options.suggestion import nearest
from logodds.runs import direct
from logodds.runs.compose import compose
from logodds.serving import frames, package
from logodds.system import places
from logodds.system.errors import UserError
from logodds.tracking.lookup import reader, store_of

if TYPE_CHECKING:
    from logodds.serving.package import Package
    from logodds.tracking.reader import Reader
    from logodds.tracking.recorded import Recorded


@final
class Model:
    """A trained classifier, with the features that it was trained on: raw rows in, classes and probabilities out.

    Attributes:
        classes: the classes, in the order of the columns of :meth:`predict_proba`; of two the second is the positive.
        threshold: the probability of the positive class from which on a row is called positive, with two classes.
    """

    def __init__(self, package: Package) -> None:
        self._package = package
        self.classes, self.threshold = package.classes, package.threshold

    def predict_proba(self, frame: Any) -> NDArray[np.float64]:
        """Probabilities [n, classes] of n raw rows.

        Args:
            frame: a pandas DataFrame, whatever that can be made of (a mapping of columns, a list of mappings), or a
                table with ``to_pandas()``, of pyarrow or Polars. Columns that the model does not read are ignored.

        Raises:
            UserError: a column that the model needs is missing or of another kind.
        """
        return self._package.probabilities(self._columns(frame))

    def predict(self, frame: Any) -> NDArray[np.str_]:
        """The class [n] of each raw row; ``frame`` and what is raised as for :meth:`predict_proba`."""
        logits = self._package.logits(self._columns(frame))
        by_class = logits.ndim == 2
        called = softmax(logits).argmax(axis=1) if by_class else logits >= threshold_logit(self.threshold)
        found: NDArray[np.str_] = np.array(self.classes)[called.astype(np.int64)]
        return found

    def _columns(self, frame: Any) -> Any:
        whole = frame.to_pandas() if hasattr(frame, "to_pandas") else pd.DataFrame(frame)
        return frames.columns(whole, self._package.features)


@dataclass(frozen=True)
class Run:
    """A finished run.

    Attributes:
        run_id: its id in the record; None with ``tracking=none``.
        figures: final figures by their name in the record, such as ``best/f1``.
        model: the model of the best epoch.
        folder: its files, below ``out/runs/``; a run that the record held already may have none there any more.
        reused: whether the record held it already, so that nothing was trained.
    """

    run_id: str | None
    figures: dict[str, float]
    model: Model
    folder: Path
    reused: bool


def train(overrides: Sequence[str] = ()) -> Run:
    """One run, as ``logodds train`` makes it of the same overrides: ``train(["problem=iris", "optim.lr=0.1"])``.
    With ``train.reuse=true`` a run that the record holds already is taken from there.

    Raises:
        UserError: the command's errors of exit code 2, as a sweep or a cross-validation is, which commands do.
        JobError: the loss is not finite.
        StorageError: the tracker or the disk fails.
    """
    config = compose(overrides)
    if config.split.folds is not None:
        raise UserError(f"split.folds={config.split.folds}: gives no single model; the command train takes it")
    threads = torch.get_num_threads()
    try:
        ended = direct.train(config, run_name(overrides) or config.problem.name)
    finally:
        torch.set_num_threads(threads)  # a training takes train.threads
    outcome = ended.outcome
    return Run(outcome.run_id, outcome.figures(), Model(outcome.package), outcome.folder, ended.reused)


def load(run: str) -> Model:
    """The model of a recorded run, by the run's id or its beginning.

    Raises:
        UserError: no such run, or one without a model.
        StorageError: the store cannot be read.
    """
    store, run_id = store_of(places.store_root(), run)
    with tempfile.TemporaryDirectory() as name:
        _, folder, _ = store.fetch(run_id, Path(name))
        return Model(package.load(folder))


def runs(problem: str | None = None, sweep: str | None = None) -> pd.DataFrame:
    """The recorded runs of a problem, of a sweep by its id or the beginning of that, or of every problem: the oldest
    first, one row each, but for the parents of sweeps and cross-validations.

    Returns:
        The columns ``id``, ``name``, ``problem``, ``status``; ``params.KEY`` with the values as text; and the final
        figures by their names, such as ``best/f1``, missing where a run has none.

    Raises:
        UserError: there is no store yet, or it holds no such problem or sweep.
        StorageError: the store cannot be read.
    """
    source = reader(places.store_root())
    found = [run for run in _chosen(source, problem, sweep) if "config.sha256" in run.tags and "folds" not in run.tags]
    rows = [
        {
            "id": run.id,
            "name": run.name,
            "problem": run.tags.get("problem"),
            "status": run.status,
            **{f"params.{key}": value for key, value in run.params.items()},
            **run.figures,
        }
        for run in found
    ]
    return pd.DataFrame(rows, columns=None if rows else ["id", "name", "problem", "status"])


def _chosen(source: Reader, problem: str | None, sweep: str | None) -> list[Recorded]:
    if sweep is not None:
        below = [run for run in source.by_tag("sweep.id", sweep) if problem in (None, run.tags.get("problem"))]
        if not below:
            raise UserError(f"sweep={sweep}: no such sweep in {source.shown}; its id is that of its parent run")
        return below
    known = {each.name: each.id for each in source.experiments()}
    if problem is not None and problem not in known:
        raise UserError(f"problem={problem}: the store has no runs of it; {nearest(problem, known)}")
    return [run for name in known if problem in (None, name) for run in source.of_experiment(known[name], {})]
