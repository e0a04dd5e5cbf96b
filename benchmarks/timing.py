"""Side by side: works that take turns, their medians, and one table for all benchmarks.

Importing this module makes ``src/`` importable, so that the benchmarks run from a bare checkout too. With
``LOGODDS_BENCHMARKS=smallest`` in the environment, each benchmark has the smallest size at which it does all that it
does: it shows whether it works, and its times mean nothing.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))
SMALLEST = os.environ.get("LOGODDS_BENCHMARKS") == "smallest"


def size(usual: int, smallest: int = 1) -> int:
    """A number of rows, epochs, repetitions or the like."""
    return smallest if SMALLEST else usual


@dataclass(frozen=True)
class Target:
    """What a ratio should be: at least, or at most, a limit."""

    limit: float
    at_least: bool

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.limit:g}"

    def reached(self, ratio: float) -> bool:
        return ratio >= self.limit if self.at_least else ratio <= self.limit


@dataclass(frozen=True)
class Row:
    """One comparison. ``ours`` and ``theirs`` are medians in words; ``theirs`` and the ratio may be missing."""

    work: str
    ours: str
    theirs: str = ""
    ratio: float | None = None
    target: Target | None = None

    def verdict(self) -> str:
        if self.target is None or self.ratio is None:
            return ""
        return "reached" if self.target.reached(self.ratio) else "MISSED"


def medians(works: Mapping[str, Callable[[], float | None]], repetitions: int, warm: int = 1) -> dict[str, float]:
    """Median seconds of each work. The works take turns, so that a machine that slows down slows all of them.

    Args:
        works: by name; one that returns a number has timed itself, and that number counts.
        repetitions: turns that count.
        warm: turns before that do not.
    """
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(warm + repetitions):
        for name, work in works.items():
            started = time.perf_counter()
            own = work()
            taken = time.perf_counter() - started if own is None else own
            if turn >= warm:
                seconds[name].append(taken)
    return {name: median(values) for name, values in seconds.items()}


def show(title: str, rows: Iterable[Row]) -> None:
    """The table of one benchmark."""
    table = Table(title=title, title_justify="left")
    table.add_column("work")
    for name in ("ours (median)", "theirs (median)", "ratio", "target", ""):
        table.add_column(name, justify="right")
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        table.add_row(row.work, row.ours, row.theirs, ratio, str(row.target or ""), row.verdict())
    Console(width=120).print(table)
