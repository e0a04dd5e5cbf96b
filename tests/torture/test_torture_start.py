"""Processes that start on an empty store at once: none crashes, there is one experiment, and nothing is lost. make
torture starts them more often."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from torture import record
from torture.driver import Driver
from torture.project import LONG, Workshop, copied

pytestmark = pytest.mark.long

TIMES = 20 if LONG else 1
PROCESSES = 8
EPOCHS = 3


def test_processes_that_start_at_once(workshop: Workshop) -> None:
    def tried(driver: Driver, root: Path, number: int) -> str:
        copied(workshop.template, root, store=False)
        commands = [f"train problem=iris train.epochs={EPOCHS} train.seed={k}" for k in range(PROCESSES)]
        done = driver.run(root, *commands, together=True)
        if done.code or done.told:
            return f"{done.code}: {done.stderr}"
        with closing(sqlite3.connect(record.database(root))) as connection:
            experiments = connection.execute("SELECT name FROM experiments WHERE name != 'Default'").fetchall()
        if experiments != [("iris",)] or not record.sound(root):
            return f"experiments {experiments}"
        losses = [[step for name, step, _ in run.points if name == "train/loss"] for run in record.runs(root)]
        return "" if losses == [list(range(1, EPOCHS + 1))] * PROCESSES else f"points {losses}"

    wrong = workshop.each(list(range(TIMES)), tried)
    print(f"{PROCESSES} processes on an empty store, {TIMES} times: {TIMES - len(wrong)} times right")
    assert wrong == []
