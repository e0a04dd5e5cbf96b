"""The runs and models of a store on this machine, and where the store says that their files are."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from logodds.review.doctor.finding import FINE, TO_DO, Finding
from logodds.review.doctor.runs import by_client
from logodds.system.errors import counted
from logodds.tracking import verified
from logodds.tracking.mlflow import address
from logodds.tracking.mlflow.local.database import Database
from logodds.tracking.mlflow.reader import MlflowReader
from logodds.tracking.provenance.origin import SIGNATURE

CONFIG, HISTORY = "config.sha256", "history.sha256"  # tags of a run that has written its configuration and its history
WEIGHTS = "weights.sha256"  # tag of a run that has a model
TAGS = tuple(dict.fromkeys((CONFIG, WEIGHTS, SIGNATURE, "problem", "dvc", *verified.DIGESTS.values())))  # that are read
CHECKPOINTS = ("checkpoints/best.ckpt", "checkpoints/last.ckpt")
PACKAGE = "artifacts/model"  # below a model's folder
OF_MODEL = ("MLmodel", *(f"{PACKAGE}/{name}" for name in ("model.json", "weights.safetensors", "features.json")))


@dataclass(frozen=True)
class Kept:
    """A run of the store.

    Attributes:
        id: the run's id.
        experiment: name of its experiment, which is that of the problem.
        status: RUNNING, FINISHED, FAILED or KILLED.
        deleted: whether the run or its experiment has been deleted.
        folder: the folder of its files; None: not on this machine.
        location: the address of that folder.
        started, ended: when, in seconds since 1970; a run that is going on ends at infinity.
        tags: values of the tags in :data:`TAGS` that the run has.
    """

    id: str
    experiment: str
    status: str
    deleted: bool
    folder: Path | None
    location: str
    started: float
    ended: float
    tags: dict[str, str]

    @property
    def is_open(self) -> bool:
        """Whether its training may still be continued."""
        return self.status in ("RUNNING", "KILLED") and not self.deleted


@dataclass(frozen=True)
class Model:
    """A model of the store.

    Attributes:
        id: the model's id.
        run: id of the run that made it, which may no longer exist; None where the store names none.
        folder: the folder of its files; None: not on this machine.
        location: the address of that folder.
        deleted: whether it has been deleted.
        registered: whether the model registry has a version of it.
    """

    id: str
    run: str | None
    folder: Path | None
    location: str
    deleted: bool
    registered: bool


@dataclass(frozen=True)
class Holdings:
    """The content of a store.

    Attributes:
        runs: runs by id, the oldest first.
        models: all models.
    """

    runs: dict[str, Kept]
    models: list[Model]

    def finished(self) -> dict[str, Kept]:
        """Return the runs that have status FINISHED and have not been deleted, by id."""
        return {run.id: run for run in self.runs.values() if run.status == "FINISHED" and not run.deleted}


def read(database: Database) -> Holdings:
    """Read runs and models from the store's database.

    Raises:
        sqlite3.Error: the database cannot be read.
    """
    with database.reading() as connection:
        runs = connection.execute(
            """SELECT run_uuid, experiments.name, status, coalesce(artifact_uri, ''), start_time, end_time,
                runs.lifecycle_stage <> 'active' OR experiments.lifecycle_stage <> 'active'
            FROM runs JOIN experiments USING (experiment_id) ORDER BY start_time, run_uuid"""
        ).fetchall()
        query = "SELECT run_uuid, key, value FROM tags WHERE key IN (SELECT value FROM json_each(?))"
        tags = connection.execute(query, (json.dumps(TAGS),)).fetchall()
        models = connection.execute(
            """SELECT model_id, source_run_id, artifact_location, lifecycle_stage <> 'active', EXISTS
                (SELECT 1 FROM model_versions WHERE instr(source, model_id) OR instr(storage_location, model_id))
            FROM logged_models"""
        ).fetchall()
    runs_by_id = {
        run_id: Kept(
            run_id,
            name,
            status,
            bool(deleted),
            address.folder(location),
            location,
            (start or 0) / 1000.0,
            math.inf if end is None else end / 1000.0,
            {},
        )
        for run_id, name, status, location, start, end, deleted in runs
    }
    for run_id, key, value in tags:
        if run_id in runs_by_id:  # in a damaged store, a tag may outlive its run
            runs_by_id[run_id].tags[key] = value
    made = [
        Model(model_id, run, address.folder(location), location, bool(deleted), bool(registered))
        for model_id, run, location, deleted, registered in models
    ]
    return Holdings(runs_by_id, made)


def check(held: Holdings, source: MlflowReader) -> Finding:
    """Check that the files of finished runs and of their models are where the store says."""
    finished = held.finished()
    missing: dict[str, str] = {}
    for model in held.models:
        if model.run in finished and model.folder is not None:
            message = _absent(model.folder, OF_MODEL)
            missing |= {model.run: f"its model{message}"} if message else {}
    for run in finished.values():
        if CONFIG in run.tags and run.folder is not None:
            recorded = [name for name, tag in verified.DIGESTS.items() if tag in run.tags]
            names = dict.fromkeys(["config.yaml", *recorded, *(CHECKPOINTS if HISTORY in run.tags else ())])
            message = _absent(run.folder, list(names))
            missing |= {run.id: f"its files{message}"} if message else {}
    if not missing:
        return Finding("files", FINE, f"those of {counted(len(finished), 'finished run')} are where the store says")
    runs = [run for run in finished.values() if run.id in missing]
    message = (
        f"{counted(len(runs), 'finished run')} whose files are gone; bring them back, or take the runs off the lists"
    )
    items = tuple(f"{run.id} ({run.experiment}): {missing[run.id]}" for run in runs)
    return Finding("files", TO_DO, message, items, by_client(source, "delete_run(run)", [run.id for run in runs]))


def _absent(folder: Path, names: Sequence[str]) -> str:
    """Describe which files are missing from a folder; the text is empty where none is."""
    absent = [name for name in names if not os.path.isfile(f"{folder}/{name}")]  # noqa: PTH113  # many files
    return (
        "" if not absent else f", in {folder}" if len(absent) == len(names) else f": {', '.join(absent)}, in {folder}"
    )
