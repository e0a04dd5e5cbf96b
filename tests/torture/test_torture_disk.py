"""A disk that fails or is full: one line and exit code 74, a store that is sound, and the same command goes on from the
last good checkpoint once the disk is mended. make torture tries every point, and more sizes."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, environment
from torture.driver import Driver
from torture.project import LONG, SWEEP, TRAIN, Workshop, copied
from torture.whole import compared, resumed, whole

pytestmark = pytest.mark.long

MOMENTS = ("before write", "before fsync", "before replace")
SIZES = 64 if LONG else 6
CASES = {"a run": (TRAIN, 6), "a sweep": (SWEEP, 4)}


@pytest.mark.parametrize("case", CASES)
def test_a_disk_that_fails_at_any_point(workshop: Workshop, tmp_path: Path, case: str) -> None:
    command, few = CASES[case]
    expected = workshop.with_driver(lambda driver: whole(driver, workshop.template, tmp_path / "p", command))

    def tried(driver: Driver, root: Path, at: int) -> str:
        copied(workshop.template, root)
        broken = driver.run(root, command, EIO=(at, MOMENTS))
        if broken.code == 0:  # it can do without
            return compared(root, expected, 0)
        if broken.code != 74 or len(broken.told) != 1 or "Input/output error" not in broken.told[0]:
            return f"{broken.code}: {broken.stderr}"
        return resumed(driver, root, command, expected)

    points = range(1, sum(moment in MOMENTS for moment in expected.moments) + 1)
    chosen = points if LONG else sorted(random.Random(few).sample(points, few))
    wrong = workshop.each(chosen, tried)
    shutil.rmtree(tmp_path)
    print(f"{case}: {len(chosen)} of {len(points)} failing writes, {len(chosen) - len(wrong)} gone on with")
    assert wrong == []


def test_a_disk_of_any_size(tmp_path: Path) -> None:
    inside = ["unshare", "--mount"]
    trial = [*inside, "mount", "-t", "tmpfs", "none", str(tmp_path)]
    if shutil.which("unshare") is None or subprocess.run(trial).returncode:
        pytest.skip("this user may not mount a disk of its own")
    done = subprocess.run(
        [*inside, sys.executable, "-m", "torture.full", str(tmp_path), str(SIZES)],
        env=environment(tmp_path, PYTHONPATH=os.pathsep.join(map(str, (ROOT / "tests", ROOT / "src")))),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    wrong = [f"{size} bytes: {told}" for size, told in found if told not in ("full", "enough")]
    print(f"disks of {len(found)} sizes, {sum(told == 'full' for _, told in found)} too small, {len(wrong)} wrong")
    assert wrong == []
    assert sum(told == "full" for _, told in found) > SIZES // 2
