"""What a project holds of its trainings, as plain data to be compared: files, and runs with every point."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

TIMED = "seconds/training"
OWN_TAGS = ("process", "mlflow.parentRunId", "sweep.id", "sweep.best")


@dataclass(frozen=True)
class Run:
    """``above``: it is below no other run; ``sweep``: one of those that others are below; ``points``: (metric, step,
    value), ordered; ``artifacts``: sha256 by path, also of the model's package."""

    name: str
    status: str
    above: bool
    sweep: bool
    points: list[tuple[str, int, float]]
    params: dict[str, str]
    tags: dict[str, str]
    artifacts: dict[str, str]


def digests(folder: Path) -> dict[str, str]:
    """Every file below a folder by its sha256."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def database(root: Path) -> Path:
    return root / "mlruns" / "mlflow.db"


def sound(root: Path) -> bool:
    with closing(sqlite3.connect(database(root))) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def runs(root: Path) -> list[Run]:
    """Those that have not been removed, by name and figures."""
    with closing(sqlite3.connect(database(root))) as connection:
        listed = connection.execute(
            "SELECT run_uuid, name, status, artifact_uri FROM runs WHERE lifecycle_stage = 'active' ORDER BY start_time"
        ).fetchall()
        return ordered([_run(connection, *each) for each in listed])


def ordered(runs: Sequence[Run]) -> list[Run]:
    """By name and figures."""
    return sorted(runs, key=lambda run: (run.name, str(run.points)))


def _run(connection: sqlite3.Connection, run_id: str, name: str, status: str, place: str) -> Run:
    def asked(text: str) -> list[Any]:
        return connection.execute(text, (run_id,)).fetchall()

    points = asked("SELECT key, step, value FROM metrics WHERE run_uuid = ? ORDER BY key, step, value")
    tags = dict(asked("SELECT key, value FROM tags WHERE run_uuid = ?"))
    models = asked(
        "SELECT artifact_location FROM inputs JOIN logged_models ON model_id = destination_id "
        "WHERE source_type = 'RUN_OUTPUT' AND source_id = ?"
    )
    latest = asked("SELECT key, step, value FROM latest_metrics WHERE run_uuid = ? ORDER BY key")
    assert latest == [max(point for point in points if point[0] == key) for key, _, _ in latest]
    assert len(latest) == len({key for key, _, _ in points})
    artifacts = digests(_folder(place))
    for (model,) in models:
        packages = digests(_folder(model) / "artifacts")
        artifacts |= {f"model {len(models)}/{path}": digest for path, digest in packages.items()}
    above = "mlflow.parentRunId" not in tags
    sweep = above and any("sweep" in tag for tag in tags)
    if sweep:  # what names its runs is of their ids
        artifacts = dict.fromkeys(artifacts, "")
        tags = {name: "a table" if value.startswith("|") else value for name, value in tags.items()}
    return Run(
        name,
        status,
        above,
        sweep,
        [point for point in points if point[0] != TIMED],
        dict(asked("SELECT key, value FROM params WHERE run_uuid = ?")),
        {name: value for name, value in tags.items() if value and name not in OWN_TAGS},
        artifacts,
    )


def _folder(location: str) -> Path:
    return Path(unquote(urlsplit(location).path))
