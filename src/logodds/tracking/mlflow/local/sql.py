"""Rows of MLflow's tables, as its own store writes them."""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Mapping, Sequence
from sqlite3 import Connection
from typing import Any

from logodds.tracking.mlflow import tags
from logodds.tracking.writer import Point

LARGEST = 1.7976931348623157e308  # MLflow stores infinity as this number
LONGEST_TAG = 8000  # characters; MLflow cuts longer values off
Rows = list[dict[str, Any]]


def now() -> int:
    """Return the time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def edge(source: str, source_id: str, destination: str, destination_id: str) -> dict[str, Any]:
    """Return the row of the table ``inputs`` that joins two things, such as a run and its model."""
    return {
        "input_uuid": uuid.uuid4().hex,
        "source_type": source,
        "source_id": source_id,
        "destination_type": destination,
        "destination_id": destination_id,
        "step": 0,
    }


def insert(connection: Connection, table: str, rows: Rows) -> None:
    """Insert rows with the same columns, in place of those with the same key."""
    if rows:
        columns = f"({', '.join(rows[0])}) VALUES ({', '.join(f':{name}' for name in rows[0])})"
        connection.executemany(f"INSERT OR REPLACE INTO {table} {columns}", rows)  # names of ours


def write_tags(connection: Connection, values: Mapping[str, Mapping[str, str]]) -> None:
    """Write tags by name, by the id of their run."""
    rows = [
        {"run_uuid": run_id, "key": key, "value": value[:LONGEST_TAG]}
        for run_id, named in values.items()
        for key, value in named.items()
    ]
    insert(connection, "tags", rows)


def write_tables(connection: Connection, tables: Mapping[str, Sequence[str]]) -> None:
    """Add the paths of files that are tables, by the id of their run."""
    query = "SELECT value FROM tags WHERE run_uuid = ? AND key = ?"
    for run_id, paths in tables.items():
        (before,) = connection.execute(query, (run_id, tags.TABLES)).fetchone() or (None,)
        write_tags(connection, {run_id: {tags.TABLES: tags.with_tables(before, paths)}})


def storable(value: float) -> float:
    """Return a number as MLflow's own store has it, which stores NaN as 0 and infinity as the largest number."""
    if -LARGEST <= value <= LARGEST:
        return value
    return 0.0 if value != value else math.copysign(LARGEST, value)


def write_points(connection: Connection, points: Mapping[str, Sequence[Point]]) -> None:
    """Write points by the id of their run."""
    into = "(run_uuid, key, value, timestamp, step, is_nan) VALUES (?, ?, ?, ?, ?, ?)"
    rows = [
        (run_id, name, storable(value), now, epoch, value != value)
        for run_id, run_points in points.items()
        for name, value, now, epoch in run_points
    ]
    if not rows:
        return
    latest = {row[:2]: row for row in rows}
    connection.executemany("INSERT INTO metrics " + into, rows)
    connection.executemany("INSERT OR REPLACE INTO latest_metrics " + into, list(latest.values()))
