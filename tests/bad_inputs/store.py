"""Stores that cannot be used, and records that are not what they should be."""

import shutil
import sqlite3
from contextlib import closing

from bad_inputs.case import Case, Closing, Given, Project, cut, flipped, removed, replaced, stored, wrote

RUN = "evaluate run={run}"
DB = "mlruns/mlflow.db"
ARTIFACTS = "mlruns/artifacts/toy/{run}/artifacts"
DEAD = "http://user:s3cret@127.0.0.1:9"


def locked(project: Project) -> Closing:
    connection = sqlite3.connect(project.database)
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("BEGIN EXCLUSIVE")
    return connection


def another_schema(project: Project) -> None:
    project.database.unlink()
    with closing(sqlite3.connect(project.database)) as connection, connection:
        connection.execute("CREATE TABLE experiments (experiment_id INTEGER, name TEXT)")


def no_artifacts(project: Project) -> None:
    shutil.rmtree(project.root / "mlruns/artifacts")


def no_models(project: Project) -> None:
    shutil.rmtree(project.root / "mlruns/artifacts/toy/models")


def linked(path: str, target: str) -> Given:
    def given(project: Project) -> None:
        (project.root / project.filled(path)).symlink_to(target)

    return given


def a_link_in_the_model(project: Project) -> None:
    for place in (project.root / "mlruns/artifacts/toy/models").glob("*/artifacts/artifacts/*/weights.safetensors"):
        place.unlink()
        place.symlink_to("/etc/hostname")


CASES = [
    Case("no store", RUN, "***", (removed(DB),)),
    Case("no store for compare", "compare problem=toy", "***", (removed(DB),)),
    Case("garbage", RUN, "***", (wrote(DB, b"garbage" * 1000),), 74),
    Case("garbage for a training", "train problem=toy", "***", (wrote(DB, b"garbage" * 1000),), 74),
    Case("garbage for compare", "compare problem=toy", "***", (wrote(DB, b"garbage" * 1000),), 74),
    Case("truncated", RUN, "***", (cut(DB, 5000),), 74),
    Case("truncated for a training", "train problem=toy", "***", (cut(DB, 5000),), 74),
    Case("another schema", RUN, "***", (another_schema,), 74),
    Case("another schema for a training", "train problem=toy", "***", (another_schema,), 74),
    Case("a later version", RUN, "***", (stored("UPDATE alembic_version SET version_num = 'ffffffffffff'"),), 74),
    Case(
        "a later version for a training",
        "train problem=toy",
        "***",
        (stored("UPDATE alembic_version SET version_num = 'ffffffffffff'"),),
        74,
    ),
    Case("locked", RUN, "***", (locked,), 74),
    Case("locked for a training", "train problem=toy", "***", (locked,), 74),
    Case("missing table", RUN, "***", (stored("DROP TABLE tags"),), 74),
    Case("missing table for a training", "train problem=toy", "***", (stored("DROP TABLE tags"),), 74),
    Case(
        "deleted experiment",
        "train problem=toy",
        "***",
        (stored("UPDATE experiments SET lifecycle_stage = 'deleted' WHERE name = 'toy'"),),
    ),
    Case(
        "run of a deleted experiment",
        RUN,
        "***",
        (stored("UPDATE experiments SET lifecycle_stage = 'deleted' WHERE name = 'toy'"),),
    ),
    Case("run of no experiment", RUN, "***", (stored("UPDATE runs SET experiment_id = 77 WHERE run_uuid = '{run}'"),)),
    Case("unknown run", "evaluate run=0123456789abcdef0123456789abcdef", "***"),
    Case("run id that is a path", "evaluate run=../../etc/passwd", "***"),
    Case("run id with quotes", 'evaluate "run=x\' OR 1=1"', "***"),
    Case("id of an experiment", "evaluate run=1", "***"),
    Case(
        "run of another experiment",
        RUN,
        "***",
        (
            stored(
                "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage) VALUES (9, 'other', '{root}/mlruns/artifacts/other', 'active')",
                "UPDATE runs SET experiment_id = 9 WHERE run_uuid = '{run}'",
            ),
        ),
    ),
    Case("deleted artifacts", RUN, "***", (no_artifacts,)),
    Case("deleted models", RUN, "***", (no_models,)),
    Case("deleted configuration", RUN, "***", (removed(f"{ARTIFACTS}/config.yaml"),)),
    Case(
        "configuration of another version", RUN, "***", (replaced(f"{ARTIFACTS}/config.yaml", "lr:", "learning_rate:"),)
    ),
    Case(
        "configuration with an object",
        RUN,
        "***",
        (replaced(f"{ARTIFACTS}/config.yaml", "  name: sgd", "  name: sgd\n  _target_: os.system"),),
    ),
    Case(
        "configuration with an environment",
        RUN,
        "***",
        (replaced(f"{ARTIFACTS}/config.yaml", "device: auto", "device: ${oc.env:HOME}"),),
    ),
    Case(
        "configuration of another file",
        RUN,
        "***",
        (replaced(f"{ARTIFACTS}/config.yaml", "data/toy.csv", "data/iris.csv"),),
    ),
    Case(
        "artifacts elsewhere",
        RUN,
        "***",
        (stored("UPDATE runs SET artifact_uri = 'file:///etc' WHERE run_uuid = '{run}'"),),
    ),
    Case(
        "artifacts above",
        RUN,
        "***",
        (stored("UPDATE runs SET artifact_uri = artifact_uri || '/../../../../../out/toy' WHERE run_uuid = '{run}'"),),
    ),
    Case("model elsewhere", RUN, "***", (stored("UPDATE logged_models SET artifact_location = 'file:///etc'"),)),
    Case("model that is no address", RUN, "***", (stored("UPDATE logged_models SET artifact_location = 'nowhere'"),)),
    Case(
        "link to the artifacts' outside",
        RUN,
        "***",
        (removed(f"{ARTIFACTS}/config.yaml"), linked(f"{ARTIFACTS}/config.yaml", "/etc/hostname")),
    ),
    Case("link to the model's outside", RUN, "***", (a_link_in_the_model,)),
    Case("one run to compare", "compare runs=[{run}]", "***"),
    Case("short id to compare", "compare runs=[{run},ab]", "***"),
    Case("sweep that is none", "compare sweep={run}", "***"),
    Case("unknown problem", "compare problem=tyo", "***"),
    Case("server that does not answer", "train problem=toy", "***", code=74, environment={"MLFLOW_TRACKING_URI": DEAD}),
    Case("server that does not answer to evaluate", RUN, "***", code=74, environment={"MLFLOW_TRACKING_URI": DEAD}),
    Case("address of no scheme", "train problem=toy", "***", code=74, environment={"MLFLOW_TRACKING_URI": "ftp://x"}),
    Case(
        "folder as a store", "train problem=toy", "***", code=74, environment={"MLFLOW_TRACKING_URI": "{root}/mlruns"}
    ),
    Case(
        "database without a driver",
        "train problem=toy",
        "***",
        code=74,
        environment={"MLFLOW_TRACKING_URI": "postgresql://me:s3cret@127.0.0.1:9/x"},
    ),
    Case(
        "database in a file's place",
        "train problem=toy",
        "***",
        code=74,
        environment={"MLFLOW_TRACKING_URI": "sqlite:///{root}/data/toy.csv/mlflow.db"},
    ),
    Case("data that have changed", RUN, "***", (flipped("data/toy.csv", 20),)),
]
