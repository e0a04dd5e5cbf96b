"""Runs written straight into a store on this machine: MLflow's SQLite tables, and the artifacts' folders beside them.

MLflow's API opens a transaction for each of the fifteen parts of a run's record, which takes longer than a small
training. Here everything that is pending for any number of runs is one transaction. The result is the same as the
API's; a test compares the two.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection
from typing import final

from logodds.system import atomic
from logodds.system.process import OWNER
from logodds.tracking.mlflow import address, tags, ui
from logodds.tracking.mlflow.local import sql
from logodds.tracking.mlflow.local.database import Database
from logodds.tracking.mlflow.local.sql import Rows
from logodds.tracking.mlflow.pyfunc import Folders
from logodds.tracking.naming import Naming
from logodds.tracking.pages import Charts
from logodds.tracking.recorded import Experiment
from logodds.tracking.writer import Dataset, ModelSchema, Pending, Point, Writer

READY = 2  # MLflow's LoggedModelStatus of a complete model
SHARED_CODE = "code"  # below an experiment's folder: code that the models of several processes have in common
LONGEST_PARAM = 6000  # characters; MLflow cuts longer values off


@final
class LocalWriter(Writer):
    """Writes to an experiment of a database file.

    Args:
        uri: the store's address.
        experiment: the experiment.
        artifacts: the experiment's folder.
    """

    def __init__(self, database: Database, uri: str, experiment: Experiment, artifacts: Path) -> None:
        self._uri = uri
        self._database, self._experiment, self._artifacts = database, int(experiment.id), artifacts
        self._name = tags.model_name(experiment.name)
        # Writers do not wait for readers; the setting stays in the file.
        database.connection.execute("PRAGMA journal_mode = WAL")
        self._folders = Folders(artifacts / SHARED_CODE)
        self._models: dict[str, str] = {}  # id of a run -> id of its model, until the model's row is written

    def create(self, namings: Sequence[Naming]) -> list[str]:
        ids = [uuid.uuid4().hex for _ in namings]
        runs: Rows = [
            {
                "run_uuid": run_id,
                "name": naming.name,
                "source_type": "UNKNOWN",
                "source_name": "",
                "entry_point_name": "",
                "user_id": "unknown",
                "status": "RUNNING",
                "start_time": sql.now(),
                "source_version": "",
                "lifecycle_stage": "active",
                "artifact_uri": (self._artifacts / run_id / "artifacts").as_uri(),
                "experiment_id": self._experiment,
            }
            for run_id, naming in zip(ids, namings, strict=True)
        ]
        named = [{**tags.of_naming(naming), "mlflow.runName": naming.name} for naming in namings]
        # One transaction, so that a process that is killed leaves no run without its tags.
        with self._transaction() as connection:
            sql.insert(connection, "runs", runs)
            sql.write_tags(connection, dict(zip(ids, named, strict=True)))
        return ids

    def write(self, batch: Mapping[str, Pending]) -> None:
        with self._transaction() as connection:
            sql.write_points(
                connection, {run_id: pending.points for run_id, pending in batch.items() if pending.points}
            )
            params = [
                {"run_uuid": run_id, "key": key, "value": value[:LONGEST_PARAM]}
                for run_id, pending in batch.items()
                for key, value in pending.params.items()
            ]
            sql.insert(connection, "params", params)
            sql.write_tags(connection, {run_id: tags.of_pending(pending) for run_id, pending in batch.items()})
            sql.write_tables(
                connection, {run_id: pending.tables for run_id, pending in batch.items() if pending.tables}
            )
            self._inputs(
                connection, {run_id: pending.datasets for run_id, pending in batch.items() if pending.datasets}
            )
            self._outputs(connection)
            self._of_models(connection, {run_id: pending.of_model for run_id, pending in batch.items()})
            for run_id, pending in batch.items():
                if pending.status is not None:
                    ended = None if pending.status == "RUNNING" else sql.now()
                    changed = "UPDATE runs SET status = ?, end_time = ? WHERE run_uuid = ?"
                    connection.execute(changed, (pending.status, ended, run_id))

    def kill(self, owners: Mapping[str, str]) -> None:
        ended = """UPDATE runs SET status = 'KILLED', end_time = coalesce(
                (SELECT max(timestamp) FROM latest_metrics WHERE latest_metrics.run_uuid = runs.run_uuid), start_time)
            WHERE run_uuid = ?1 AND status = 'RUNNING' AND EXISTS
                (SELECT 1 FROM tags WHERE tags.run_uuid = ?1 AND key = ?2 AND value = ?3)"""
        with self._transaction() as connection:
            connection.executemany(ended, [(run_id, OWNER, owner) for run_id, owner in owners.items()])

    def files(self, run_id: str, files: Mapping[str, bytes]) -> None:
        folder = self._artifacts / run_id / "artifacts"
        with address.translated(self._uri):
            atomic.write_files({folder / name: data for name, data in files.items()}, flushed=False)

    def model(self, run_id: str, schema: ModelSchema, package: Path) -> None:
        model_id = f"m-{run_id}"  # a run that is continued also has only one model
        with address.translated(self._uri):
            self._folders.write(schema, package, self._place(model_id), run_id, model_id)
        self._models[run_id] = model_id

    def remove(self, run_id: str) -> None:
        with self._transaction() as connection:
            deleted = "UPDATE runs SET lifecycle_stage = 'deleted', deleted_time = ? WHERE run_uuid = ?"
            connection.execute(deleted, (sql.now(), run_id))

    def charts(self, charts: Charts) -> None:
        tag = ui.view_tag(charts, sql.now())
        if tag is not None:
            row = {"experiment_id": self._experiment, "key": tag[0], "value": tag[1]}
            with self._transaction() as connection:
                sql.insert(connection, "experiment_tags", [row])

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with address.translated(self._uri), self._database.writing() as connection:
            yield connection

    def _place(self, model_id: str) -> Path:
        return self._artifacts / "models" / model_id / "artifacts"

    def _outputs(self, connection: Connection) -> None:
        """Write rows for the models whose folders have been written since the last call."""
        models, self._models = self._models, {}
        now = sql.now()
        made: Rows = [
            {
                "model_id": model_id,
                "experiment_id": self._experiment,
                "name": self._name,
                "artifact_location": self._place(model_id).as_uri(),
                "creation_timestamp_ms": now,
                "last_updated_timestamp_ms": now,
                "status": READY,
                "lifecycle_stage": "active",
                "source_run_id": run_id,
            }
            for run_id, model_id in models.items()
        ]
        sql.insert(connection, "logged_models", made)
        edges = [sql.edge("RUN_OUTPUT", run_id, "MODEL_OUTPUT", model_id) for run_id, model_id in models.items()]
        sql.insert(connection, "inputs", edges)

    def _of_models(self, connection: Connection, points: Mapping[str, Sequence[Point]]) -> None:
        """Write the final figures of models by the id of their run."""
        query = "SELECT model_id FROM logged_models WHERE source_run_id = ? ORDER BY creation_timestamp_ms DESC"
        for run_id, run_points in points.items():
            (model_id,) = (connection.execute(query, (run_id,)).fetchone() if run_points else None) or (None,)
            figures: Rows = [
                {
                    "model_id": model_id,
                    "metric_name": name,
                    "metric_timestamp_ms": now,
                    "metric_step": step,
                    "metric_value": sql.storable(value),
                    "experiment_id": self._experiment,
                    "run_id": run_id,
                }
                for name, value, now, step in (run_points if model_id is not None else ())
            ]
            sql.insert(connection, "logged_model_metrics", figures)

    def _inputs(self, connection: Connection, datasets: Mapping[str, Sequence[Dataset]]) -> None:
        edges = [
            sql.edge("DATASET", self._dataset(connection, dataset), "RUN", run_id)
            for run_id, read in datasets.items()
            for dataset in read
        ]
        sql.insert(connection, "inputs", edges)
        key, value = tags.CONTEXT
        contexts = [{"input_uuid": edge["input_uuid"], "name": key, "value": value} for edge in edges]
        sql.insert(connection, "input_tags", contexts)

    def _dataset(self, connection: Connection, dataset: Dataset) -> str:
        """Return the id of a dataset. Its row is written unless the experiment has it already."""
        query = "SELECT dataset_uuid FROM datasets WHERE experiment_id = ? AND name = ? AND digest = ?"
        known = connection.execute(query, (self._experiment, dataset.name, dataset.digest)).fetchone()
        if known is not None:
            return str(known[0])
        dataset_id = uuid.uuid4().hex
        row = {
            "dataset_uuid": dataset_id,
            "experiment_id": self._experiment,
            "name": dataset.name,
            "digest": dataset.digest,
            "dataset_source_type": "local",
            "dataset_source": tags.source(dataset),
            "dataset_schema": tags.schema(dataset),
            "dataset_profile": tags.profile(dataset),
        }
        sql.insert(connection, "datasets", [row])
        return dataset_id
