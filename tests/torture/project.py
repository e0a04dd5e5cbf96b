"""Small projects in which commands are broken: made once, copied for each case."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from queue import Queue
from typing import TypeVar

from conftest import ROOT, moved_store
from torture.driver import Driver
from torture.record import database

T = TypeVar("T")
LONG = "LOGODDS_TORTURE" in os.environ  # make torture
CONFIG = "out/iris/config.yaml"
TRAIN, EVALUATE = f"train {CONFIG}", f"evaluate {CONFIG}"
OFTEN = "train.checkpoint_seconds=0.000001"  # after each batch
SWEEP = f"train -m problem=iris train.epochs=2 {OFTEN} optim.lr=0.1,0.01 train.seed=1"
OF_RUNS = ("metrics", "latest_metrics", "params", "tags", "inputs", "input_tags", "datasets", "logged_models", "runs")


def made(driver: Driver, root: Path, *overrides: str) -> Path:
    """A project where iris is about to be trained, with a store that has its tables and its experiment."""
    bare(root)
    run = driver.run(root, "fetch")
    assert run.code == 0, run.stderr
    (root / "data" / "digits.csv").unlink()
    stages = [f"{stage} {CONFIG}" for stage in ("prepare", "split")]
    commands = (" ".join(["compose problem=iris train.epochs=2", OFTEN, *overrides]), *stages)
    run = driver.run(root, *commands)
    assert run.code == 0, run.stderr
    kept = root.with_name("kept")
    shutil.copytree(root / "out", kept)
    run = driver.run(root, TRAIN)
    assert run.code == 0, run.stderr
    shutil.rmtree(root / "out")
    kept.rename(root / "out")
    shutil.rmtree(root / "mlruns" / "artifacts")
    with closing(sqlite3.connect(database(root), isolation_level=None)) as connection:
        for table in OF_RUNS:
            connection.execute(f"DELETE FROM {table}")
        connection.execute("VACUUM")
    return root


def bare(root: Path) -> None:
    """With neither data nor outputs nor store; of the sources a folder alone."""
    (root / "src" / "logodds").mkdir(parents=True)
    for name in ("conf", "dvc.yaml", "data.dvc"):
        (root / name).symlink_to(ROOT / name)


def copied(template: Path, root: Path, store: bool = True) -> Path:
    """A copy, whose store knows where it is; or without one."""
    shutil.copytree(template, root, symlinks=True)
    if not store:
        shutil.rmtree(root / "mlruns")
        return root
    moved_store(template, root)
    return root


class Workshop:
    """Final. Two drivers, for two processors, with a project to be copied."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._drivers = [Driver(folder / f"driver-{k}") for k in range(2)]
        self._idle: Queue[Driver] = Queue()
        for driver in self._drivers:
            self._idle.put(driver)
        self.template = made(self._drivers[0], folder / "template")

    def with_driver(self, work: Callable[[Driver], T]) -> T:
        """What some work comes to."""
        driver = self._idle.get()
        try:
            return work(driver)
        finally:
            self._idle.put(driver)

    def each(self, cases: Sequence[T], tried: Callable[[Driver, Path, T], str]) -> list[str]:
        """What is wrong with some cases, each tried in a place of its own; the places of those stay."""
        with ThreadPoolExecutor(len(self._drivers)) as pool:
            return [found for found in pool.map(lambda case: self._one(case, tried), cases) if found]

    def _one(self, case: T, tried: Callable[[Driver, Path, T], str]) -> str:
        driver = self._idle.get()
        root = Path(tempfile.mkdtemp(dir=self._folder)) / "project"
        try:
            found = tried(driver, root, case)
        except Exception as error:
            found = f"{type(error).__name__}: {error}"
        finally:
            self._idle.put(driver)
        if not found:
            shutil.rmtree(root.parent)
            return ""
        return f"{case} in {root}: {found}"

    def close(self) -> None:
        for driver in self._drivers:
            driver.close()
