"""Addresses of databases in folders with any name, opened by SQLAlchemy and by MLflow's client."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy
from conftest import load_mlflow

from logodds.system import sqlite

NAMES = ["plain", "My%20Project", "100%", "a%41", "what?", "a?b=c", "with space", "#1", "é+&", "%2520"]


@pytest.mark.parametrize("name", NAMES)
def test_sqlalchemy_opens_the_database_of_any_folder(tmp_path: Path, name: str) -> None:
    file = tmp_path / name / "store.db"
    file.parent.mkdir()
    assert sqlite.path(sqlite.address(file)) == file
    engine = sqlalchemy.create_engine(sqlite.openable(sqlite.address(file)))
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE t (x INTEGER)"))
    engine.dispose()
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("t",)]
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.long
@pytest.mark.parametrize("name", ["My%20Project", "a?b"])
def test_mlflow_makes_its_tables_there_and_no_other_folder(tmp_path: Path, name: str) -> None:
    load_mlflow()
    from logodds.tracking.mlflow.server.client import connect

    file = tmp_path / name / "store.db"
    file.parent.mkdir()
    connect(sqlite.address(file)).create_experiment("e")
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT name FROM experiments").fetchall() == [("Default",), ("e",)]
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_an_address_that_a_user_wrote(tmp_path: Path) -> None:
    (tmp_path / "a%20b").mkdir()
    literal, escaped = tmp_path / "a%20b" / "x.db", tmp_path / "a b" / "x.db"
    assert sqlite.path(f"sqlite:///{literal}") == literal
    escaped.parent.mkdir()
    assert sqlite.path(f"sqlite:///{literal}") == escaped
    assert sqlite.path("sqlite:///x.db?timeout=5") == Path("x.db")
    assert sqlite.openable("sqlite:///x.db?timeout=5") == "sqlite:///x.db?timeout=5"
    assert sqlite.path("http://127.0.0.1:5000") is None
    assert sqlite.openable("http://h/%20?x") == "http://h/%20?x"
