"""Runs read through MLflow's API."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, final

import numpy as np
from mlflow import MlflowClient, entities
from mlflow.artifacts import download_artifacts
from mlflow.exceptions import MlflowException

from logodds.system.arrays import Array
from logodds.system.terminal.progress import Progress
from logodds.tracking.mlflow import tags
from logodds.tracking.mlflow.address import translated
from logodds.tracking.mlflow.reader import MlflowReader
from logodds.tracking.recorded import Experiment, Histories, Recorded

PAGE = 1000  # runs per request
THREADS = 8  # simultaneous requests to a server


@final
class ServerReader(MlflowReader):
    """Reads through MLflow's client."""

    def __init__(self, client: MlflowClient, uri: str) -> None:
        super().__init__(uri)
        self._client = client

    def experiments(self) -> list[Experiment]:
        with translated(self.uri):
            experiments = _every(self._client.search_experiments)
        return [_experiment(experiment) for experiment in experiments]

    def experiment(self, name: str) -> Experiment | None:
        with translated(self.uri):
            experiment = self._client.get_experiment_by_name(name)
        return _experiment(experiment) if experiment is not None else None

    def run(self, run_id: str) -> Recorded | None:
        with translated(self.uri):
            try:
                return _recorded(self._client.get_run(run_id))
            except MlflowException as error:
                if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                    return None
                raise

    def by_id(self, beginning: str) -> list[Recorded]:
        runs = self._search(self._every_experiment(), f"attributes.run_id LIKE '{beginning}%'")
        return [run for run in runs if run.id.startswith(beginning)]  # in LIKE an underscore matches any character

    def by_tag(self, tag: str, beginning: str) -> list[Recorded]:
        runs = self._search(self._every_experiment(), f"tags.`{tag}` LIKE '{beginning}%'")
        return [run for run in runs if run.tags[tag].startswith(beginning)]

    def of_experiment(self, experiment: str, tags: Mapping[str, str]) -> list[Recorded]:
        return self._search([experiment], " and ".join(f"tags.`{tag}` = '{value}'" for tag, value in tags.items()))

    def other(self, experiment: str, param: str, value: str) -> str | None:
        quote = '"' if "'" in value else "'"
        if quote in value:  # MLflow's filters cannot express a value with both quotes
            return None
        condition, order = f"params.`{param}` != {quote}{value}{quote}", ["attributes.start_time DESC"]
        with translated(self.uri):
            found = self._client.search_runs([experiment], condition, max_results=1, order_by=order)
        return found[0].data.params[param] if found else None

    def children(self, experiment: str, run_id: str) -> list[Recorded]:
        return self.of_experiment(experiment, {tags.PARENT: run_id})

    def running(self) -> list[Recorded]:
        return self._search(self._every_experiment(), "attributes.status = 'RUNNING'")

    def histories(self, ids: Sequence[str], names: Sequence[str]) -> Histories:
        histories: dict[str, dict[str, tuple[Array, Array]]] = {}
        with (
            translated(self.uri),
            Progress("curves", len(ids), "run") as progress,
            ThreadPoolExecutor(THREADS) as threads,
        ):
            for history in zip(ids, threads.map(lambda run_id: self._history(run_id, names), ids), strict=True):
                histories |= [history]
                progress.show(len(histories))
        return histories

    def artifact(self, run_id: str, path: str) -> bytes | None:
        with translated(self.uri), tempfile.TemporaryDirectory() as folder:
            try:
                return Path(self._client.download_artifacts(run_id, path, folder)).read_bytes()
            except (FileNotFoundError, MlflowException):
                return None

    def package(self, run_id: str, folder: Path) -> Path | None:
        with translated(self.uri):
            outputs = self._client.get_run(run_id).outputs
            if not outputs or not outputs.model_outputs:
                return None
            model = self._client.get_logged_model(outputs.model_outputs[0].model_id).artifact_location
            downloaded = download_artifacts(artifact_uri=model, dst_path=str(folder / "model"), tracking_uri=self.uri)
            return next(Path(downloaded).glob("artifacts/*/"), None)

    def _every_experiment(self) -> list[str]:
        return [experiment.id for experiment in self.experiments()]

    def _search(self, experiments: list[str], condition: str) -> list[Recorded]:
        def page(token: str | None) -> Any:
            order = ["attributes.start_time ASC"]
            return self._client.search_runs(experiments, condition, max_results=PAGE, order_by=order, page_token=token)

        with translated(self.uri):
            return [_recorded(run) for run in _every(lambda page_token: page(page_token))]

    def _history(self, run_id: str, names: Sequence[str]) -> dict[str, tuple[Array, Array]]:
        history = {}
        for name in names:
            points = sorted((metric.step, metric.value) for metric in self._client.get_metric_history(run_id, name))
            if points:
                history[name] = (
                    np.array([step for step, _ in points]),
                    np.array([value for _, value in points]),
                )
        return history


def _every(page: Callable[..., Any]) -> list[Any]:
    """Return the content of all pages of an answer."""
    items: list[Any] = []
    token = None
    while True:
        part = page(page_token=token)
        items += part
        token = part.token
        if not token:
            return items


def _experiment(entity: entities.Experiment) -> Experiment:
    return Experiment(entity.experiment_id, entity.name, entity.artifact_location, entity.lifecycle_stage == "active")


def _recorded(run: entities.Run) -> Recorded:
    info, data = run.info, run.data
    name = info.run_name or info.run_id
    return Recorded(
        info.run_id,
        name,
        info.status,
        info.experiment_id,
        data.params,
        data.tags,
        data.metrics,
        tags.parent(data.tags),
    )
