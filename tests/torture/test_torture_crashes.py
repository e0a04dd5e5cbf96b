"""A process that ends without another word at every point where it changes what is on disk: the same command comes to
what it comes to undisturbed. make torture tries every point, the other tests a few."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
from torture.driver import Driver
from torture.points import CRASHED
from torture.project import LONG, SWEEP, TRAIN, Workshop, copied
from torture.whole import compared, finished, whole

pytestmark = pytest.mark.long

CASES = {"a run": (TRAIN, True, 18), "a sweep": (SWEEP, True, 9), "no store": (TRAIN, False, 3)}


@pytest.mark.parametrize("case", CASES)
def test_the_same_command_goes_on_from_every_point(workshop: Workshop, tmp_path: Path, case: str) -> None:
    command, store, few = CASES[case]
    expected = workshop.with_driver(lambda driver: whole(driver, workshop.template, tmp_path / "p", command, store))

    def tried(driver: Driver, root: Path, at: int) -> str:
        copied(workshop.template, root, store)
        broken = driver.run(root, command, crash=at)
        if broken.code not in (0, CRASHED):
            return f"{broken.code}: {broken.stderr}"
        ended = finished(root)
        again = driver.run(root, command)
        if again.code:
            return f"again: {again.code}: {again.stderr}"
        return compared(root, expected, ended)

    count = len(expected.moments)
    if not store:  # but the making of one all is as in a run
        run = workshop.with_driver(lambda driver: whole(driver, workshop.template, tmp_path / "run", command))
        count -= len(run.moments)
    points = range(1, count + 1)
    chosen = points if LONG else sorted(random.Random(few).sample(points, few))
    wrong = workshop.each(chosen, tried)
    shutil.rmtree(tmp_path)
    print(f"{case}: {len(chosen)} of {len(points)} crash points, {len(chosen) - len(wrong)} recovered")
    assert wrong == []
