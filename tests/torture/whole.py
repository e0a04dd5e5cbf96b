"""What a command comes to undisturbed, and how that compares with what it came to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from torture import record
from torture.driver import Driver
from torture.project import copied


@dataclass(frozen=True)
class Whole:
    """What a command comes to undisturbed, and its moments."""

    files: dict[str, str]
    runs: list[record.Run]
    moments: list[str]


def whole(driver: Driver, template: Path, root: Path, command: str, store: bool = True) -> Whole:
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
