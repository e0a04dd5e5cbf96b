"""Runs read straight from the tables of a store on this machine."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, final

import numpy as np

from logodds.system.arrays import Array
from logodds.system.errors import UserError
from logodds.tracking.mlflow import address, tags
from logodds.tracking.mlflow.local.database import Database
from logodds.tracking.mlflow.reader import MlflowReader
from logodds.tracking.recorded import Experiment, Histories, Recorded

ACTIVE = "runs.lifecycle_stage = 'active'"
SEEN = f"{ACTIVE} AND experiment_id IN (SELECT experiment_id FROM experiments WHERE lifecycle_stage = 'active')"  # noqa: S608  # a constant
TAGGED = "EXISTS (SELECT 1 FROM tags WHERE tags.run_uuid = runs.run_uuid AND tags.key = ? AND "
# SQLite has no NaN, and accepts a text in a column of numbers.
FIGURE = "CASE WHEN is_nan OR typeof(value) NOT IN ('real', 'integer') THEN NULL ELSE value END"


@final
class LocalReader(MlflowReader):
    """Reads a database file."""

    def __init__(self, database: Database, uri: str) -> None:
        super().__init__(uri)
        self._database = database

    def experiments(self) -> list[Experiment]:
        return [experiment for experiment in self._experiments() if experiment.active]

    def experiment(self, name: str) -> Experiment | None:
        return next((experiment for experiment in self._experiments() if experiment.name == name), None)

    def run(self, run_id: str) -> Recorded | None:
        runs = self._runs("run_uuid = ?", run_id)
        return runs[0] if runs else None

    def by_id(self, beginning: str) -> list[Recorded]:
        return self._runs(f"{SEEN} AND substr(run_uuid, 1, length(?1)) = ?1", beginning)

    def by_tag(self, tag: str, beginning: str) -> list[Recorded]:
        return self._runs(f"{SEEN} AND {TAGGED} substr(tags.value, 1, length(?2)) = ?2)", tag, beginning)

    def of_experiment(self, experiment: str, tags: Mapping[str, str]) -> list[Recorded]:
        condition = "".join(f" AND {TAGGED} tags.value = ?)" for _ in tags)
        return self._runs(f"{ACTIVE} AND experiment_id = ?{condition}", int(experiment), *sum(tags.items(), ()))

    def other(self, experiment: str, param: str, value: str) -> str | None:
        query = f"""SELECT value FROM params JOIN runs USING (run_uuid)
            WHERE {ACTIVE} AND experiment_id = ? AND key = ? AND value != ? ORDER BY start_time DESC LIMIT 1"""  # noqa: S608  # ours
        with address.translated(self.uri), self._database.reading() as connection:
            row = connection.execute(query, (int(experiment), param, value)).fetchone()
        return None if row is None else str(row[0])

    def children(self, experiment: str, run_id: str) -> list[Recorded]:
        return self.of_experiment(experiment, {tags.PARENT: run_id})

    def running(self) -> list[Recorded]:
        return self._runs(f"{SEEN} AND status = 'RUNNING'")

    def histories(self, ids: Sequence[str], names: Sequence[str]) -> Histories:
        query = f"SELECT step, {FIGURE} FROM metrics WHERE run_uuid = ? AND key = ? ORDER BY step"  # noqa: S608  # ours
        histories: dict[str, dict[str, tuple[Array, Array]]] = {run_id: {} for run_id in ids}
        with address.translated(self.uri), self._database.reading() as connection:
            for run_id in ids:
                for name in names:
                    points = connection.execute(query, (run_id, name)).fetchall()
                    if points:
                        steps, values = zip(*points, strict=True)
                        histories[run_id][name] = (np.array(steps), np.array(values, dtype=np.float64))
        return histories

    def artifact(self, run_id: str, path: str) -> bytes | None:
        query = """SELECT artifact_uri, artifact_location FROM runs JOIN experiments USING (experiment_id)
            WHERE run_uuid = ?"""
        addresses = self._place(query, run_id)
        if addresses is None:
            return None
        folder, experiment_folder = map(address.folder, addresses)
        if folder is None:
            return self._through().artifact(run_id, path)
        _refuse_outside(run_id, folder / path, experiment_folder)
        with address.translated(self.uri):
            return (folder / path).read_bytes() if (folder / path).is_file() else None

    def package(self, run_id: str, folder: Path) -> Path | None:
        query = """SELECT logged_models.artifact_location, experiments.artifact_location FROM inputs
            JOIN logged_models ON model_id = destination_id JOIN experiments USING (experiment_id)
            WHERE source_type = 'RUN_OUTPUT' AND source_id = ? AND destination_type = 'MODEL_OUTPUT'"""
        addresses = self._place(query, run_id)
        if addresses is None:
            return None
        model, experiment_folder = map(address.folder, addresses)
        if model is None:
            return self._through().package(run_id, folder)
        for package in model.glob("artifacts/*/"):
            for path in (package, *package.iterdir()):
                _refuse_outside(run_id, path, experiment_folder)
            return package
        return None

    def _experiments(self) -> list[Experiment]:
        query = """SELECT experiment_id, name, artifact_location, lifecycle_stage FROM experiments
            ORDER BY creation_time DESC, experiment_id"""
        with address.translated(self.uri), self._database.reading() as connection:
            rows = connection.execute(query).fetchall()
        return [Experiment(str(key), name, location, stage == "active") for key, name, location, stage in rows]

    def _place(self, query: str, run_id: str) -> tuple[str, str] | None:
        """Return the address of a run's files and that of its experiment's files."""
        with address.translated(self.uri), self._database.reading() as connection:
            row = connection.execute(query, (run_id,)).fetchone()
        return (str(row[0]), str(row[1])) if row else None

    def _through(self) -> MlflowReader:
        """Return a reader that uses MLflow's client, for files that are not on this machine."""
        from logodds.tracking.mlflow.server.client import connect
        from logodds.tracking.mlflow.server.reader import ServerReader

        return ServerReader(connect(self.uri), self.uri)

    def _runs(self, condition: str, *values: Any) -> list[Recorded]:
        """Return the runs that fulfil a condition on the table ``runs``, oldest first."""
        # Conditions are constants of this module; everything from outside is passed as a value.
        of_runs = f"FROM runs WHERE {condition}"
        chosen = f"WHERE run_uuid IN (SELECT run_uuid {of_runs})"
        with address.translated(self.uri), self._database.reading() as connection:
            query = f"SELECT run_uuid, name, status, experiment_id {of_runs} ORDER BY start_time, run_uuid"
            runs = connection.execute(query, values).fetchall()
            params, named, figures = (
                connection.execute(f"SELECT run_uuid, key, {value} FROM {table} {chosen}", values).fetchall()  # noqa: S608
                for table, value in (("params", "value"), ("tags", "value"), ("latest_metrics", FIGURE))
            )
        by_id = {
            run_id: Recorded(run_id, name or run_id, status, str(experiment), {}, {}, {})
            for run_id, name, status, experiment in runs
        }
        for run_id, key, text in params:
            by_id[run_id].params[key] = text
        for run_id, key, text in named:
            by_id[run_id].tags[key] = text
        for run_id, key, number in figures:
            by_id[run_id].figures[key] = math.nan if number is None else number
        return [replace(run, parent=tags.parent(run.tags)) for run in by_id.values()]


def _refuse_outside(run_id: str, path: Path, experiment_folder: Path | None) -> None:
    """Refuse a path outside of the experiment's folder: records and links may point anywhere."""
    if experiment_folder is None or not path.resolve().is_relative_to(experiment_folder.resolve()):
        raise UserError(f"run={run_id}: its recorded files are outside its experiment's folder; choose another run")
