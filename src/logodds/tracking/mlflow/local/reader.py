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
# SQLite has no NaN, and takes a text in a column of numbers.
FIGURE = "CASE WHEN is_nan OR typeof(value) NOT IN ('real', 'integer') THEN NULL ELSE value END"


@final
class LocalReader(MlflowReader):
    """Reads a database file."""

    def __init__(self, database: Database, uri: str) -> None:
        super().__init__(uri)
        self._database = database

    def experiments(self) -> list[Experiment]:
        return [each for each in self._experiments() if each.active]

    def experiment(self, name: str) -> Experiment | None:
        return next((each for each in self._experiments() if each.name == name), None)

    def run(self, run_id: str) -> Recorded | None:
        found = self._runs("run_uuid = ?", run_id)
        return found[0] if found else None

    def by_id(self, beginning: str) -> list[Recorded]:
        return self._runs(f"{SEEN} AND substr(run_uuid, 1, length(?1)) = ?1", beginning)

    def by_tag(self, tag: str, beginning: str) -> list[Recorded]:
        return self._runs(f"{SEEN} AND {TAGGED} substr(tags.value, 1, length(?2)) = ?2)", tag, beginning)

    def of_experiment(self, experiment: str, tags: Mapping[str, str]) -> list[Recorded]:
        condition = "".join(f" AND {TAGGED} tags.value = ?)" for _ in tags)
        return self._runs(f"{ACTIVE} AND experiment_id = ?{condition}", int(experiment), *sum(tags.items(), ()))

    def children(self, experiment: str, run_id: str) -> list[Recorded]:
        return self.of_experiment(experiment, {tags.PARENT: run_id})

    def running(self) -> list[Recorded]:
        return self._runs(f"{SEEN} AND status = 'RUNNING'")

    def histories(self, ids: Sequence[str], names: Sequence[str]) -> Histories:
        asked = f"SELECT step, {FIGURE} FROM metrics WHERE run_uuid = ? AND key = ? ORDER BY step"  # noqa: S608  # ours
        found: dict[str, dict[str, tuple[Array, Array]]] = {each: {} for each in ids}
        with address.translated(self.uri), self._database.reading() as connection:
            for run_id in ids:
                for name in names:
                    points = connection.execute(asked, (run_id, name)).fetchall()
                    if points:
                        steps, values = zip(*points, strict=True)
                        found[run_id][name] = (np.array(steps), np.array(values, dtype=np.float64))
        return found

    def artifact(self, run_id: str, path: str) -> bytes | None:
        asked = """SELECT artifact_uri, artifact_location FROM runs JOIN experiments USING (experiment_id)
            WHERE run_uuid = ?"""
        place = self._place(asked, run_id)
        if place is None:
            return None
        folder, above = map(address.folder, place)
        if folder is None:
            return self._through().artifact(run_id, path)
        _refuse_outside(run_id, folder / path, above)
        with address.translated(self.uri):
            return (folder / path).read_bytes() if (folder / path).is_file() else None

    def package(self, run_id: str, folder: Path) -> Path | None:
        asked = """SELECT logged_models.artifact_location, experiments.artifact_location FROM inputs
            JOIN logged_models ON model_id = destination_id JOIN experiments USING (experiment_id)
            WHERE source_type = 'RUN_OUTPUT' AND source_id = ? AND destination_type = 'MODEL_OUTPUT'"""
        place = self._place(asked, run_id)
        if place is None:
            return None
        model, above = map(address.folder, place)
        if model is None:
            return self._through().package(run_id, folder)
        for found in model.glob("artifacts/*/"):
            for path in (found, *found.iterdir()):
                _refuse_outside(run_id, path, above)
            return found
        return None

    def _experiments(self) -> list[Experiment]:
        asked = """SELECT experiment_id, name, artifact_location, lifecycle_stage FROM experiments
            ORDER BY creation_time DESC, experiment_id"""
        with address.translated(self.uri), self._database.reading() as connection:
            found = connection.execute(asked).fetchall()
        return [Experiment(str(key), name, place, stage == "active") for key, name, place, stage in found]

    def _place(self, asked: str, run_id: str) -> tuple[str, str] | None:
        """The addresses of a run's files and of its experiment's."""
        with address.translated(self.uri), self._database.reading() as connection:
            found = connection.execute(asked, (run_id,)).fetchone()
        return (str(found[0]), str(found[1])) if found else None

    def _through(self) -> MlflowReader:
        """A reader by way of MLflow's client, for files that are not on this machine."""
        from logodds.tracking.mlflow.server.client import connect
        from logodds.tracking.mlflow.server.reader import ServerReader

        return ServerReader(connect(self.uri), self.uri)

    def _runs(self, condition: str, *values: Any) -> list[Recorded]:
        """Runs that fulfil a condition on the table ``runs``, the oldest first."""
        # The conditions are constants of ours; what comes from elsewhere is among the values.
        of_runs = f"FROM runs WHERE {condition}"
        chosen = f"WHERE run_uuid IN (SELECT run_uuid {of_runs})"
        with address.translated(self.uri), self._database.reading() as connection:
            asked = f"SELECT run_uuid, name, status, experiment_id {of_runs} ORDER BY start_time, run_uuid"
            runs = connection.execute(asked, values).fetchall()
            params, named, figures = (
                connection.execute(f"SELECT run_uuid, key, {value} FROM {table} {chosen}", values).fetchall()  # noqa: S608
                for table, value in (("params", "value"), ("tags", "value"), ("latest_metrics", FIGURE))
            )
        found = {
            run_id: Recorded(run_id, name or run_id, status, str(experiment), {}, {}, {})
            for run_id, name, status, experiment in runs
        }
        for run_id, key, text in params:
            found[run_id].params[key] = text
        for run_id, key, text in named:
            found[run_id].tags[key] = text
        for run_id, key, number in figures:
            found[run_id].figures[key] = math.nan if number is None else number
        return [replace(each, parent=tags.parent(each.tags)) for each in found.values()]


def _refuse_outside(run_id: str, path: Path, above: Path | None) -> None:
    """Records and links may point anywhere."""
    if above is None or not path.resolve().is_relative_to(above.resolve()):
        raise UserError(
            f"run={run_id}: its files are said to be outside of its experiment's folder; choose another run"
        )
