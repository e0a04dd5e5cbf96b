"""Runs written through MLflow's API: to a server, or to any store that is not a database file beside its artifacts."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import final

from mlflow import MlflowClient
from mlflow.entities import Dataset as Entity
from mlflow.entities import DatasetInput, InputTag, LoggedModelOutput, LoggedModelStatus, Metric, Param, RunTag

from logodds.system.process import OWNER
from logodds.tracking.mlflow import tags, ui
from logodds.tracking.mlflow.address import translated
from logodds.tracking.mlflow.pyfunc import Folders
from logodds.tracking.naming import Naming
from logodds.tracking.pages import Charts
from logodds.tracking.recorded import Experiment
from logodds.tracking.writer import Dataset, ModelSchema, Pending, Writer

BATCH = 1000  # metrics that one request takes
FEW = 100  # parameters or tags that one request takes


@final
class ServerWriter(Writer):
    """Writes to an experiment through MLflow's client.

    Args:
        uri: the store's address.
        experiment: the experiment.
    """

    def __init__(self, client: MlflowClient, uri: str, experiment: Experiment) -> None:
        self._client, self._uri, self._experiment = client, uri, experiment.id
        self._name = tags.model_name(experiment.name)
        self._tables: dict[str, str | None] = {}  # value of the tag TABLES by run id, as far as it is known

    def create(self, namings: Sequence[Naming]) -> list[str]:
        with translated(self._uri):
            created = [
                self._client.create_run(self._experiment, run_name=naming.name, tags=tags.of_naming(naming))
                for naming in namings
            ]
        ids: list[str] = [run.info.run_id for run in created]
        self._tables |= dict.fromkeys(ids)
        return ids

    def write(self, batch: Mapping[str, Pending]) -> None:
        with translated(self._uri):
            for run_id, pending in batch.items():
                self._write(run_id, pending)

    def _write(self, run_id: str, pending: Pending) -> None:
        model = self._model(run_id) if pending.of_model else None
        points = [
            Metric(*point, model_id=model if point in pending.of_model else None, run_id=run_id)
            for point in pending.points
        ]
        params = [Param(key, value) for key, value in pending.params.items()]
        named = tags.of_pending(pending)
        if pending.tables:
            named[tags.TABLES] = self._with_tables(run_id, pending.tables)
        entities = [RunTag(key, value) for key, value in named.items()]
        for start in range(0, len(points), BATCH):
            self._client.log_batch(run_id, points[start : start + BATCH])
        for start in range(0, max(len(params), len(entities)), FEW):
            cut = slice(start, start + FEW)
            self._client.log_batch(run_id, params=params[cut], tags=entities[cut])
        if pending.datasets:
            self._client.log_inputs(run_id, [_input(dataset) for dataset in pending.datasets])
        if pending.status == "RUNNING":
            self._client.update_run(run_id, status=pending.status)
        elif pending.status is not None:
            self._client.set_terminated(run_id, pending.status)

    def _model(self, run_id: str) -> str | None:
        """Return the id of a run's model; None if it has none."""
        outputs = self._client.get_run(run_id).outputs
        return outputs.model_outputs[0].model_id if outputs and outputs.model_outputs else None

    def _with_tables(self, run_id: str, tables: Sequence[str]) -> str:
        if run_id not in self._tables:
            self._tables[run_id] = self._client.get_run(run_id).data.tags.get(tags.TABLES)
        self._tables[run_id] = value = tags.with_tables(self._tables[run_id], tables)
        return value

    def kill(self, owners: Mapping[str, str]) -> None:
        with translated(self._uri):
            for run_id, owner in owners.items():
                run = self._client.get_run(run_id)
                if run.info.status == "RUNNING" and run.data.tags.get(OWNER) == owner:
                    points = [
                        point for name in run.data.metrics for point in self._client.get_metric_history(run_id, name)
                    ]
                    ended = max((point.timestamp for point in points), default=run.info.start_time)
                    self._client.set_terminated(run_id, "KILLED", ended)

    def files(self, run_id: str, files: Mapping[str, bytes]) -> None:
        with translated(self._uri), tempfile.TemporaryDirectory() as name:
            for path, data in files.items():
                target = Path(name) / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
            self._client.log_artifacts(run_id, name)

    def model(self, run_id: str, schema: ModelSchema, package: Path) -> None:
        with translated(self._uri):
            logged = self._client.create_logged_model(self._experiment, name=self._name, source_run_id=run_id)
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name) / "model"
                Folders(shared=None).write(schema, package, folder, run_id, logged.model_id)
                self._client.log_model_artifacts(logged.model_id, str(folder))
            self._client.finalize_logged_model(logged.model_id, LoggedModelStatus.READY)
            self._client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, 0)])

    def remove(self, run_id: str) -> None:
        with translated(self._uri):
            self._client.delete_run(run_id)

    def charts(self, charts: Charts) -> None:
        tag = ui.view_tag(charts, int(time.time() * 1000))
        if tag is not None:
            with translated(self._uri):
                self._client.set_experiment_tag(self._experiment, *tag)


def _input(dataset: Dataset) -> DatasetInput:
    entity = Entity(
        name=dataset.name,
        digest=dataset.digest,
        source_type="local",
        source=tags.source(dataset),
        schema=tags.schema(dataset),
        profile=tags.profile(dataset),
    )
    return DatasetInput(entity, [InputTag(*tags.CONTEXT)])
