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
    return [str(path.relative_to(root)) for path in root.rglob(".*") if path.name != ".mlflow.db.lock"]


def finished(root: Path) -> int:
    """How often a command has come to its end by the record: again it would train anew, but for a sweep."""
    if not record.database(root).is_file():
        return 0
    return sum(run.status == "FINISHED" and run.above and not run.sweep for run in record.runs(root))


def resumed(driver: Driver, root: Path, command: str, expected: Whole) -> str:
    """What is not as it should be after a command that the disk broke off was given again."""
    if not record.sound(root):
        return "the store is not sound"
    ended = finished(root)
    again = driver.run(root, command)
    if again.code or "damaged" in again.stderr:
        return f"again: {again.code}: {again.stderr}"
    return compared(root, expected, ended)


def compared(root: Path, expected: Whole, before: int) -> str:
    """What is not as it should be after a command was given again; ``before``: :func:`finished` by then."""
    found, wanted = record.runs(root), record.ordered(expected.runs * (1 + before))
    if record.digests(root / "out") != expected.files:
        return f"files: {set(record.digests(root / 'out').items()) ^ set(expected.files.items())}"
    if len(found) != len(wanted):
        return f"runs: {[(run.name, run.status, len(run.points)) for run in found]}"
    for run, right in zip(found, wanted, strict=True):
        if wrong := [name for name, value in vars(run).items() if value != getattr(right, name)]:
            values = {name: (getattr(run, name), getattr(right, name)) for name in wrong}
            return f"{run.name}: {values}"
    if left := litter(root):
        return f"left: {left}"
    return "" if record.sound(root) else "the store is not sound"
