"""A process that ends without another word at every point where it changes what is on disk: the same command comes to
what it comes to undisturbed. make torture tries every point, the other tests a few."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from torture import record
from torture.driver import Driver
from torture.points import CRASHED
from torture.project import LONG, SWEEP, TRAIN, Workshop, copied

CASES = {"a run": (TRAIN, True, 18), "a sweep": (SWEEP, True, 9), "no store": (TRAIN, False, 3)}


@dataclass(frozen=True)
class Whole:
    """What a command comes to undisturbed, and its moments."""

    files: dict[str, str]
    runs: list[record.Run]
    moments: list[str]


def whole(driver: Driver, template: Path, root: Path, command: str, store: bool) -> Whole:
    copied(template, root, store)
    done = driver.run(root, command, nothing=0)
    assert done.code == 0, done.stderr
    return Whole(record.digests(root / "out"), record.runs(root), done.seen)


def litter(root: Path) -> list[str]:
    """What a process that has ended left behind, beside the lock of the store."""
    return [str(path.relative_to(root)) for path in root.rglob(".*") if path.name != ".lock"]


def compared(root: Path, expected: Whole, finished: int) -> str:
    """What is not as it should be after a command was given again; ``finished``: runs that had ended by then."""
    found = record.runs(root)
    again = [run for run in expected.runs if not run.parent] * finished if len(expected.runs) == 1 else []
    if record.digests(root / "out") != expected.files:
        return f"files: {set(record.digests(root / 'out').items()) ^ set(expected.files.items())}"
    if found != [*expected.runs, *again]:
        return f"runs: {[(run.name, run.status, len(run.points), len(run.artifacts)) for run in found]}"
    if left := litter(root):
        return f"left: {left}"
    return "" if record.sound(root) else "the store is not sound"


@pytest.mark.parametrize("case", CASES)
def test_the_same_command_goes_on_from_every_point(workshop: Workshop, tmp_path: Path, case: str) -> None:
    command, store, few = CASES[case]
    expected = workshop.with_driver(lambda driver: whole(driver, workshop.template, tmp_path / "p", command, store))

    def tried(driver: Driver, root: Path, at: int) -> str:
        copied(workshop.template, root, store)
        broken = driver.run(root, command, crash=at)
        if broken.code not in (0, CRASHED):
            return f"{broken.code}: {broken.stderr}"
        ended = record.runs(root) if record.database(root).is_file() else []
        again = driver.run(root, command)
        if again.code:
            return f"again: {again.code}: {again.stderr}"
        return compared(root, expected, sum(run.status == "FINISHED" for run in ended))

    points = range(1, len(expected.moments) + 1)
    chosen = points if LONG else sorted(random.Random(few).sample(points, few))
    wrong = workshop.each(chosen, tried)
    shutil.rmtree(tmp_path)
    print(f"{case}: {len(chosen)} of {len(points)} crash points, {len(chosen) - len(wrong)} recovered")
    assert wrong == []
