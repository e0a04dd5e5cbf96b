"""Rows of the store's tables, in a database that has these alone."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator

import pytest

from logodds.tracking.mlflow.local import sql


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    found = sqlite3.connect(":memory:")
    columns = "(run_uuid, key, value, timestamp, step, is_nan"
    found.execute(f"CREATE TABLE metrics {columns})")
    found.execute(f"CREATE TABLE latest_metrics {columns}, PRIMARY KEY (key, run_uuid))")
    yield found
    found.close()


def test_the_latest_point_of_a_metric_is_the_last_one_written(connection: sqlite3.Connection) -> None:
    """Also where a value comes again after another."""
    sql.write_points(connection, {"a": [("f1", 0.5, 1, 1), ("f1", 0.25, 2, 2), ("f1", 0.5, 3, 3), ("loss", 1.0, 3, 3)]})
    sql.write_points(connection, {"b": [("f1", 0.75, 4, 1)], "a": [("loss", math.nan, 5, 4)]})
    sql.write_points(connection, {})
    (count,) = connection.execute("SELECT count(*) FROM metrics").fetchone()
    assert count == 6
    latest = connection.execute("SELECT * FROM latest_metrics ORDER BY run_uuid, key").fetchall()
    assert latest == [("a", "f1", 0.5, 3, 3, 0), ("a", "loss", 0.0, 5, 4, 1), ("b", "f1", 0.75, 4, 1, 0)]


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (0.1, 0.1),
        (-1.7976931348623157e308, -1.7976931348623157e308),
        (math.inf, 1.7976931348623157e308),
        (-math.inf, -1.7976931348623157e308),
        (math.nan, 0.0),
    ],
)
def test_a_number_without_digits_is_stored_as_mlflow_does(value: float, stored: float) -> None:
    assert sql.storable(value) == stored
