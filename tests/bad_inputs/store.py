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


# Records of earlier versions have no digest of it.
UNSEALED = stored("DELETE FROM tags WHERE run_uuid = '{run}' AND key = 'config.yaml.sha256'")
CASES = [
    Case(
        "no store",
        RUN,
        "{root}/mlruns/mlflow.db: no such store, nothing has been trained yet; python src/train.py makes one",
        (removed(DB),),
    ),
    Case(
        "no store for compare",
        "compare problem=toy",
        "{root}/mlruns/mlflow.db: no such store, nothing has been trained yet; python src/train.py makes one",
        (removed(DB),),
    ),
    Case(
        "garbage",
        RUN,
        "MLflow store sqlite:///{root}/mlruns/mlflow.db: file is not a database; "
        "check the disk; python src/doctor.py examines the store",
        (wrote(DB, b"garbage" * 1000),),
        74,
    ),
    Case(
        "garbage for a training",
        "train problem=toy",
        "MLflow store sqlite:///{root}/mlruns/mlflow.db: file is not a database; "
        "check the disk; python src/doctor.py examines the store",
        (wrote(DB, b"garbage" * 1000),),
        74,
    ),
    Case(
        "garbage for compare",
        "compare problem=toy",
        "MLflow store sqlite:///{root}/mlruns/mlflow.db: file is not a database; "
        "check the disk; python src/doctor.py examines the store",
        (wrote(DB, b"garbage" * 1000),),
        74,
    ),
    Case(
        "truncated",
        RUN,
        "MLflow store sqlite:///{root}/mlruns/mlflow.db: database disk image is malformed; "
        "check the disk; python src/doctor.py examines the store",
        (cut(DB, 5000),),
        74,
    ),
    Case(
        "truncated for a training",
        "train problem=toy",
        "MLflow store sqlite:///{root}/mlruns/mlflow.db: database disk image is malformed; "
        "check the disk; python src/doctor.py examines the store",
        (cut(DB, 5000),),
        74,
    ),
    Case(
        "another schema",
        RUN,
        "MLflow store sqlite:///{root}/mlruns/mlflow.db: holds the tables of another program; name another file; "
        "check the disk; python src/doctor.py examines the store",
        (another_schema,),
        74,
    ),
    Case(
        "another schema for a training",
        "train problem=toy",
        "MLflow store sqlite:///{root}/mlruns/mlflow.db: holds the tables of another program; name another file; "
        "check the disk; python src/doctor.py examines the store",
        (another_schema,),
        74,
    ),
    Case(
        "a later version",
        RUN,
        "MLflow store sqlite:///{root}/mlruns/mlflow.db: Detected out-of-date database schema***; "
        "check the disk; python src/doctor.py examines the store",
        (stored("UPDATE alembic_version SET version_num = 'ffffffffffff'"),),
        74,
    ),
    Case(
        "a later version for a training",
        "train problem=toy",
        "MLflow store sqlite:///{root}/mlruns/mlflow.db: Detected out-of-date database schema***; "
        "check the disk; python src/doctor.py examines the store",
        (stored("UPDATE alembic_version SET version_num = 'ffffffffffff'"),),
        74,
    ),
    Case(
        "locked",
        RUN,
        "MLflow store sqlite:///{root}/mlruns/mlflow.db: database is locked; "
        "check the disk; python src/doctor.py examines the store",
        (locked,),
        74,
    ),
    Case(
        "locked for a training",
        "train problem=toy",
        "MLflow store sqlite:///{root}/mlruns/mlflow.db: database is locked; "
        "check the disk; python src/doctor.py examines the store",
        (locked,),
        74,
    ),
    Case(
        "missing table",
        RUN,
        "MLflow store sqlite:///{root}/mlruns/mlflow.db: no such table: tags; "
        "check the disk; python src/doctor.py examines the store",
        (stored("DROP TABLE tags"),),
        74,
    ),
    Case(
        "missing table for a training",
        "train problem=toy",
        "MLflow store sqlite:///{root}/mlruns/mlflow.db: no such table: tags; "
        "check the disk; python src/doctor.py examines the store",
        (stored("DROP TABLE tags"),),
        74,
    ),
    Case(
        "deleted experiment",
        "train problem=toy",
        "toy: its experiment was deleted from the store sqlite:///{root}/mlruns/mlflow.db; "
        "bring it back: mlflow experiments restore --experiment-id 1",
        (stored("UPDATE experiments SET lifecycle_stage = 'deleted' WHERE name = 'toy'"),),
    ),
    Case(
        "run of a deleted experiment",
        RUN,
        "run={run}: no such run in sqlite:///{root}/mlruns/mlflow.db; copy the id from the run's page",
        (stored("UPDATE experiments SET lifecycle_stage = 'deleted' WHERE name = 'toy'"),),
    ),
    Case(
        "run of no experiment",
        RUN,
        "run={run}: no such run in sqlite:///{root}/mlruns/mlflow.db; copy the id from the run's page",
        (stored("UPDATE runs SET experiment_id = 77 WHERE run_uuid = '{run}'"),),
    ),
    Case(
        "unknown run",
        "evaluate run=0123456789abcdef0123456789abcdef",
        "run=0123456789abcdef0123456789abcdef: no such run in sqlite:///{root}/mlruns/mlflow.db; "
        "copy the id from the run's page",
    ),
    Case(
        "run id that is a path",
        "evaluate run=../../etc/passwd",
        "run=../../etc/passwd: not a run id; copy it from the table or from the run's page",
    ),
    Case(
        "run id with quotes",
        'evaluate "run=x\' OR 1=1"',
        "run=x' OR 1=1: not a run id; copy it from the table or from the run's page",
    ),
    Case(
        "id of an experiment",
        "evaluate run=1",
        "run=1: no such run in sqlite:///{root}/mlruns/mlflow.db; copy the id from the run's page",
    ),
    Case(
        "run of another experiment",
        RUN,
        "run={run}: its recorded files are outside its experiment's folder; choose another run",
        (
            stored(
                "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage) VALUES (9, "
                "'other', '{root}/mlruns/artifacts/other', 'active')",
                "UPDATE runs SET experiment_id = 9 WHERE run_uuid = '{run}'",
            ),
        ),
    ),
    Case(
        "deleted artifacts",
        RUN,
        "run={run}: its files are not where the store says; bring them back, or choose another run",
        (no_artifacts,),
    ),
    Case(
        "deleted models",
        RUN,
        "run={run}: its files are not where the store says; bring them back, or choose another run",
        (no_models,),
    ),
    Case(
        "deleted configuration",
        RUN,
        "run={run}: its files are not where the store says; bring them back, or choose another run",
        (removed(f"{ARTIFACTS}/config.yaml"),),
    ),
    Case(
        "damaged configuration",
        RUN,
        "run={run}: config.yaml in its record does not match its digest; choose another run",
        (replaced(f"{ARTIFACTS}/config.yaml", "lr: 0.01", "lr: 0.03"),),
    ),
    Case(
        "configuration of another version",
        RUN,
        "run {run}: config.yaml: optim.learning_rate: unknown key for SGD; "
        "known: lr, momentum, name, nesterov, weight_decay",
        (replaced(f"{ARTIFACTS}/config.yaml", "lr:", "learning_rate:"), UNSEALED),
    ),
    Case(
        "configuration with an object",
        RUN,
        "run {run}: config.yaml: optim._target_: unknown key for SGD; "
        "known: lr, momentum, name, nesterov, weight_decay",
        (replaced(f"{ARTIFACTS}/config.yaml", "  name: sgd", "  name: sgd\n  _target_: os.system"), UNSEALED),
    ),
    Case(
        "configuration with an environment",
        RUN,
        "run {run}: config.yaml: holds ${…}, which no resolved configuration has; "
        "write it again with `python src/compose.py problem=NAME`",
        (replaced(f"{ARTIFACTS}/config.yaml", "device: auto", "device: ${oc.env:HOME}"), UNSEALED),
    ),
    Case(
        "configuration of another file",
        RUN,
        "data/iris.csv: md5 ***, but run {run} was trained on ***; "
        "bring that version back (git checkout data.dvc && dvc checkout)",
        (replaced(f"{ARTIFACTS}/config.yaml", "data/toy.csv", "data/iris.csv"), UNSEALED),
    ),
    Case(
        "artifacts elsewhere",
        RUN,
        "run={run}: its recorded files are outside its experiment's folder; choose another run",
        (stored("UPDATE runs SET artifact_uri = 'file:///etc' WHERE run_uuid = '{run}'"),),
    ),
    Case(
        "artifacts above",
        RUN,
        "run={run}: its recorded files are outside its experiment's folder; choose another run",
        (stored("UPDATE runs SET artifact_uri = artifact_uri || '/../../../../../out/toy' WHERE run_uuid = '{run}'"),),
    ),
    Case(
        "model elsewhere",
        RUN,
        "run={run}: its files are not where the store says; bring them back, or choose another run",
        (stored("UPDATE logged_models SET artifact_location = 'file:///etc'"),),
    ),
    Case(
        "model that is no address",
        RUN,
        "MLflow store sqlite:///{root}/mlruns/mlflow.db: ***; check the disk; python src/doctor.py examines the store",
        (stored("UPDATE logged_models SET artifact_location = 'nowhere'"),),
        74,
    ),
    Case(
        "link to the artifacts' outside",
        RUN,
        "run={run}: its recorded files are outside its experiment's folder; choose another run",
        (removed(f"{ARTIFACTS}/config.yaml"), linked(f"{ARTIFACTS}/config.yaml", "/etc/hostname")),
    ),
    Case(
        "link to the model's outside",
        RUN,
        "run={run}: its recorded files are outside its experiment's folder; choose another run",
        (a_link_in_the_model,),
    ),
    Case(
        "one run to compare", "compare runs=[{run}]", "runs=[{run}]: a comparison takes two runs or more; runs=[ID,ID]"
    ),
    Case(
        "short id to compare",
        "compare runs=[{run},ab]",
        "runs: ab is too short; give the id or 6 characters of it, or more",
    ),
    Case(
        "sweep that is none",
        "compare sweep={run}",
        "sweep={run}: a run, no sweep; python src/compare.py runs=[ID,ID] compares runs",
    ),
    Case("unknown problem", "compare problem=tyo", "problem=tyo: the store has no runs of it; did you mean toy?"),
    *(
        Case(
            f"database in memory, {address}",
            "train problem=toy",
            f"MLFLOW_TRACKING_URI={address}: a database in memory, whose record ends with the process; "
            "name a file or server",
            environment={"MLFLOW_TRACKING_URI": address},
        )
        for address in ("sqlite://", "sqlite:///:memory:")
    ),
    Case(
        "server that does not answer",
        "train problem=toy",
        "MLflow store http://***@127.0.0.1:9: [Errno 111] Connection refused; check MLFLOW_TRACKING_URI and the server",
        code=74,
        environment={"MLFLOW_TRACKING_URI": DEAD},
    ),
    Case(
        "server that does not answer to evaluate",
        RUN,
        "MLflow store http://***@127.0.0.1:9: [Errno 111] Connection refused; check MLFLOW_TRACKING_URI and the server",
        code=74,
        environment={"MLFLOW_TRACKING_URI": DEAD},
    ),
    Case(
        "address of no scheme",
        "train problem=toy",
        "MLflow store ftp://x: ***; check MLFLOW_TRACKING_URI and the server",
        code=74,
        environment={"MLFLOW_TRACKING_URI": "ftp://x"},
    ),
    Case(
        "folder as a store",
        "train problem=toy",
        "MLflow store {root}/mlruns: The filesystem tracking backend***; check MLFLOW_TRACKING_URI and the server",
        code=74,
        environment={"MLFLOW_TRACKING_URI": "{root}/mlruns"},
    ),
    Case(
        "database without a driver",
        "train problem=toy",
        "MLflow store postgresql://***@127.0.0.1:9/x: No module named 'psycopg'; "
        "check MLFLOW_TRACKING_URI and the server",
        code=74,
        environment={"MLFLOW_TRACKING_URI": "postgresql://me:s3cret@127.0.0.1:9/x"},
    ),
    Case(
        "database in a file's place",
        "train problem=toy",
        "MLflow store sqlite:///{root}/data/toy.csv/mlflow.db: [Errno 17] File exists: ***; "
        "check MLFLOW_TRACKING_URI and the disk",
        code=74,
        environment={"MLFLOW_TRACKING_URI": "sqlite:///{root}/data/toy.csv/mlflow.db"},
    ),
    Case(
        "data that have changed",
        RUN,
        "data/toy.csv: md5 ***, but run {run} was trained on ***; "
        "bring that version back (git checkout data.dvc && dvc checkout)",
        (flipped("data/toy.csv", 20),),
    ),
]
