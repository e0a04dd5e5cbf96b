"""A training on disks of many sizes, each too small at another moment: unshare --mount python -m torture.full FOLDER
SIZES, with tests/ and src/ on the path; prints [size, what came of it] for each, as JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from torture.driver import Driver
from torture.project import TRAIN, copied, made
from torture.whole import Whole, compared, resumed, whole

LARGE = 1 << 28


def main() -> None:
    folder, sizes = Path(sys.argv[1]), int(sys.argv[2])
    driver = Driver(folder / "driver")
    template = made(driver, folder / "template")
    disk = folder / "disk"
    disk.mkdir()
    expected = whole(driver, template, folder / "whole", TRAIN)
    _run("mount", "-t", "tmpfs", "none", str(disk))
    least = _used(copied(template, disk / "project"))
    driver.run(disk / "project", TRAIN)
    most = _used(disk)
    found = []
    for k in range(sizes):
        _run("umount", str(disk))
        _run("mount", "-t", "tmpfs", "none", str(disk))
        root = copied(template, disk / "project")
        size = least + (most - least) * k // sizes
        _resize(disk, size)
        found.append((size, _tried(driver, root, disk, expected)))
    driver.close()
    print(json.dumps(found))


def _tried(driver: Driver, root: Path, disk: Path, expected: Whole) -> str:
    broken = driver.run(root, TRAIN)
    _resize(disk, LARGE)
    if broken.code == 0:
        return compared(root, expected, 0) or "enough"
    if broken.code != 74 or len(broken.told) != 1:
        return f"{broken.code}: {broken.stderr}"
    return resumed(driver, root, TRAIN, expected) or "full"


def _resize(disk: Path, size: int) -> None:
    _run("mount", "-o", f"remount,size={size}", str(disk))


def _used(place: Path) -> int:
    found = os.statvfs(place)
    return (found.f_blocks - found.f_bfree) * found.f_frsize


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
