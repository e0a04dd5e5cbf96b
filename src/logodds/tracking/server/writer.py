"""Runs written through MLflow's API: to a server, or to any store that is not a database file beside its artifacts."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Dataset, InputTag, LoggedModelOutput, LoggedModelStatus, Metric, Param, RunTag
from mlflow.entities import DatasetInput as Input

from logodds.system.process import OWNER
from logodds.tracking.pyfunc import Folders, Served
from logodds.tracking.writer import CONTEXT, DatasetInput, Pending, Writer

BATCH = 1000  # metrics, and 100 of anything else, that one request takes
FEW = 100


class ServerWriter(Writer):
    """Final."""

    def __init__(self, client: MlflowClient, experiment: str) -> None:
        self._client, self._experiment = client, experiment

    def create(self, names: Sequence[str], tags: Sequence[Mapping[str, str]]) -> list[str]:
        made = [
            self._client.create_run(self._experiment, run_name=name, tags=dict(each))
            for name, each in zip(names, tags, strict=True)
        ]
        return [run.info.run_id for run in made]

    def write(self, batch: Mapping[str, Pending]) -> None:
        for run_id, each in batch.items():
            points = [Metric(*point) for point in each.points]
            params = [Param(key, value) for key, value in each.params.items()]
            tags = [RunTag(key, value) for key, value in each.tags.items()]
            for start in range(0, len(points), BATCH):
                self._client.log_batch(run_id, points[start : start + BATCH])
            for start in range(0, max(len(params), len(tags)), FEW):
                cut = slice(start, start + FEW)
                self._client.log_batch(run_id, params=params[cut], tags=tags[cut])
            if each.datasets:
                self._client.log_inputs(run_id, [_input(dataset) for dataset in each.datasets])
            if each.status == "RUNNING":
                self._client.update_run(run_id, status=each.status)
            elif each.status is not None:
                self._client.set_terminated(run_id, each.status)

    def kill(self, owners: Mapping[str, str]) -> None:
        for run_id, owner in owners.items():
            run = self._client.get_run(run_id)
            if run.info.status == "RUNNING" and run.data.tags.get(OWNER) == owner:
                points = [point for name in run.data.metrics for point in self._client.get_metric_history(run_id, name)]
                ended = max((point.timestamp for point in points), default=run.info.start_time)
                self._client.set_terminated(run_id, "KILLED", ended)

    def files(self, run_id: str, files: Mapping[str, bytes]) -> None:
        with tempfile.TemporaryDirectory() as name:
            for path, data in files.items():
                target = Path(name) / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
            self._client.log_artifacts(run_id, name)

    def model(self, run_id: str, served: Served, package: Path) -> None:
        made = self._client.create_logged_model(self._experiment, name="model", source_run_id=run_id)
        with tempfile.TemporaryDirectory() as name:
            place = Path(name) / "model"
            Folders().write(served, package, place, run_id, made.model_id)
            self._client.log_model_artifacts(made.model_id, str(place))
        self._client.finalize_logged_model(made.model_id, LoggedModelStatus.READY)
        self._client.log_outputs(run_id, [LoggedModelOutput(made.model_id, 0)])

    def remove(self, run_id: str) -> None:
        self._client.delete_run(run_id)

    def tag_experiment(self, key: str, value: str) -> None:
        self._client.set_experiment_tag(self._experiment, key, value)


def _input(dataset: DatasetInput) -> Input:
    entity = Dataset(
        name=dataset.name,
        digest=dataset.digest,
        source_type="local",
        source=dataset.source,
        schema=dataset.schema,
        profile=dataset.profile,
    )
    return Input(entity, [InputTag(*CONTEXT)])
