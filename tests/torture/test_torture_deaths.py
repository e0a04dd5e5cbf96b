"""Deaths of every kind at any moment: after the next command the statuses are right, and no point is missing or there
twice. make torture tries more of them."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from torture import record
from torture.driver import Driver
from torture.project import LONG, SWEEP, TRAIN, Workshop, copied
from torture.whole import Whole, compared, finished, whole

pytestmark = pytest.mark.long

DEATHS = 100 if LONG else 8
KINDS = ("exception", "exit", "SIGINT", "SIGTERM", "SIGKILL", "memory", "a_day_on", "a_day_back")
CODES = {
    "exception": (1,),
    "exit": (3, 1),
    "SIGINT": (130,),
    "SIGTERM": (143,),
    "SIGKILL": (-9,),
    "memory": (1, -6, -11),
}
WITH_REASON = ("exception", "memory")  # a run that ends by these is not gone on with, but trained anew


@dataclass(frozen=True)
class Death:
    """``at``: share of the command's moments; the clock goes wrong at half of it, and SIGKILL follows."""

    kind: str
    command: str
    at: float

    def faults(self, moments: list[str]) -> dict[str, int | tuple[int, tuple[str, ...]]]:
        if self.kind in ("exit", *WITH_REASON):  # Python raises nothing in the midst of SQLite's commits
            chosen = [moment for moment in moments if "commit" not in moment]
            return {self.kind: (1 + int(self.at * len(chosen)), tuple(set(chosen)))}
        at = 1 + int(self.at * len(moments))
        return {self.kind: 1 + at // 2, "SIGKILL": at} if self.kind.startswith("a_day") else {self.kind: at}


def test_the_next_command_sets_it_right(workshop: Workshop, tmp_path: Path) -> None:
    expected = {
        command: workshop.with_driver(lambda driver, c=command, k=k: whole(driver, workshop.template, tmp_path / k, c))
        for k, command in (("run", TRAIN), ("sweep", SWEEP))
    }
    draw = random.Random(0)
    commands = [command for command in expected for _ in KINDS] if LONG else list(expected)
    deaths = [Death(KINDS[k % len(KINDS)], commands[k % len(commands)], draw.random()) for k in range(DEATHS)]

    def tried(driver: Driver, root: Path, death: Death) -> str:
        copied(workshop.template, root)
        right = expected[death.command]
        died = driver.run(root, death.command, **death.faults(right.moments))
        if died.code not in (0, *CODES.get(death.kind, CODES["SIGKILL"])) or died.left:
            return f"{died.code}, {died.left}: {died.stderr}"
        before = finished(root)
        if wrong := [run.status for run in record.runs(root) if run.status not in statuses(death.kind)]:
            return f"statuses {wrong}"
        again = driver.run(root, death.command)
        if again.code:
            return f"again: {again.code}: {again.stderr}"
        return judged(root, right, death, before)

    wrong = workshop.each(deaths, tried)
    shutil.rmtree(tmp_path)
    print(f"{len(deaths)} deaths: {len(deaths) - len(wrong)} set right by the next command")
    assert wrong == []


def statuses(kind: str) -> set[str]:
    """Those that runs may have after a death: SIGKILL leaves no time for a word, nor may want of memory."""
    if kind in WITH_REASON:
        return {"FAILED", "FINISHED", *(("RUNNING",) if kind == "memory" else ())}
    return {"FINISHED", "KILLED"} if kind in ("exit", "SIGINT", "SIGTERM") else {"FINISHED", "RUNNING"}


def judged(root: Path, right: Whole, death: Death, before: int) -> str:
    found = record.runs(root)
    failed = [run for run in found if run.status == "FAILED"]
    if death.kind not in WITH_REASON or not failed:
        return compared(root, right, before)
    if any("error" not in run.tags for run in failed):
        return "a failed run without its reason"
    if [run for run in found if run not in failed] != right.runs:
        return f"runs: {[(run.name, run.status, len(run.points)) for run in found]}"
    return "" if record.digests(root / "out") == right.files else "files"
