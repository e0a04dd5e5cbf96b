"""Runs read from an MLflow store, of any number at once."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException
from mlflow.store.tracking.dbmodels.models import SqlMetric
from sqlalchemy import case, select

from logodds.metrics.binary import Array
from logodds.progress import Progress
from logodds.tracking.recorded import Histories, Recorded

PAGE = 1000  # runs that one request brings
THREADS = 8  # requests to a server at a time


class Reader:
    """Final. ``base``: the address that people open; ``told``: errors of the store in one line."""

    def __init__(
        self, client: MlflowClient, uri: str, base: str, told: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self.uri, self.base = uri, base
        self._client, self._told = client, told

    def problems(self) -> dict[str, str]:
        """Experiments' ids by name."""
        with self._told():
            return {each.name: each.experiment_id for each in _every(self._client.search_experiments)}

    def by_id(self, beginning: str) -> list[Recorded]:
        """Runs whose ids have this beginning, or are it."""
        found = self._search(list(self.problems().values()), f"attributes.run_id LIKE '{beginning}%'")
        return [run for run in found if run.id.startswith(beginning)]  # to LIKE, an underscore is any letter

    def by_tag(self, tag: str, beginning: str) -> list[Recorded]:
        """Runs with a tag of this beginning, the oldest first."""
        found = self._search(list(self.problems().values()), f"tags.`{tag}` LIKE '{beginning}%'")
        return [run for run in found if run.tags[tag].startswith(beginning)]

    def of_experiment(self, experiment: str, condition: str = "") -> list[Recorded]:
        """The runs of an experiment by its id for which a condition in MLflow's words holds, the oldest first."""
        return self._search([experiment], condition)

    def histories(self, ids: Sequence[str], names: Sequence[str]) -> Histories:
        """Values by epoch; a metric without any is left out."""
        engine = getattr(self._client._tracking_client.store, "engine", None)
        with self._told():
            if engine is not None:
                return _from_database(engine, ids, names)
            found: dict[str, dict[str, tuple[Array, Array]]] = {}
            with Progress("curves", len(ids), "runs") as progress, ThreadPoolExecutor(THREADS) as threads:
                for each in zip(ids, threads.map(lambda run_id: self._history(run_id, names), ids), strict=True):
                    found |= [each]
                    progress.show(len(found))
            return found

    def artifact(self, run_id: str, path: str) -> bytes | None:
        """A file of a run's record, or None where it holds none."""
        with self._told(), tempfile.TemporaryDirectory() as folder:
            try:
                return Path(self._client.download_artifacts(run_id, path, folder)).read_bytes()
            except (FileNotFoundError, MlflowException):
                return None

    def _search(self, experiments: list[str], condition: str) -> list[Recorded]:
        def page(token: str | None) -> Any:
            order = ["attributes.start_time ASC"]
            return self._client.search_runs(experiments, condition, max_results=PAGE, order_by=order, page_token=token)

        with self._told():
            return [_recorded(run) for run in _every(lambda page_token: page(page_token))]

    def _history(self, run_id: str, names: Sequence[str]) -> dict[str, tuple[Array, Array]]:
        found = {}
        for name in names:
            points = sorted((each.step, each.value) for each in self._client.get_metric_history(run_id, name))
            if points:
                found[name] = (np.array([step for step, _ in points]), np.array([value for _, value in points]))
        return found


def _every(page: Callable[..., Any]) -> list[Any]:
    """What all pages of an answer hold."""
    found: list[Any] = []
    token = None
    while True:
        part = page(page_token=token)
        found += part
        token = part.token
        if not token:
            return found


def _recorded(run: Run) -> Recorded:
    info, data = run.info, run.data
    name = info.run_name or info.run_id
    return Recorded(info.run_id, name, info.status, info.experiment_id, data.params, data.tags, data.metrics)


def _from_database(engine: Any, ids: Sequence[str], names: Sequence[str]) -> Histories:
    """MLflow's API makes an object of each of what may be a million points; here they stay columns."""
    table = SqlMetric.__table__
    found: dict[str, dict[str, tuple[Array, Array]]] = {each: {} for each in ids}
    value = case((table.c.is_nan, None), else_=table.c.value)
    with engine.connect() as connection:
        for run_id in ids:
            for name in names:
                asked = select(table.c.step, value).where(table.c.run_uuid == run_id, table.c.key == name)
                points = connection.execute(asked.order_by(table.c.step)).all()
                if points:
                    steps, values = zip(*points, strict=True)
                    found[run_id][name] = (np.array(steps), np.array(values, dtype=np.float64))
    return found
