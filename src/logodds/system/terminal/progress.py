"""Progress of long work, such as reading files or training.

Nothing is shown at first; then a bar, or lines if standard error is not a terminal.
"""

from __future__ import annotations

import sys
import time
from multiprocessing import parent_process
from types import TracebackType
from typing import Any, final

from logodds.system.errors import counted

QUIET_SECONDS = 2.0  # shorter work shows nothing
PLAIN_SECONDS = 5.0  # between two lines
REDRAW_SECONDS = 0.1  # between two drawings of the bar


@final
class Progress:
    """A context that shows progress; :meth:`show` is cheap enough to be called for every file and epoch.

    Args:
        label: what is being done, shown before the progress.
        total: the count at the end; None if it is not known.
        unit: what is counted, such as ``epoch``, ``text`` or ``byte``.
        lines: print lines even on a terminal, because other processes write to the same terminal.
    """

    def __init__(self, label: str, total: int | None, unit: str, *, lines: bool = False) -> None:
        self._label, self._total, self._unit = label, total, unit
        self._lines = lines or parent_process() is not None
        self._bar: Any = None
        self._next = time.monotonic() + QUIET_SECONDS

    def __enter__(self) -> Progress:
        return self

    def show(self, done: int, figures: str = "") -> None:
        """Show progress, unless it was shown a moment ago.

        Args:
            done: the count so far.
            figures: text to show beside it, such as metric values.
        """
        now = time.monotonic()
        if now < self._next and not (self._bar is not None and done == self._total):
            return
        text = f"{self._count_text(done)}  {figures}".rstrip()
        if self._lines or not sys.stderr.isatty():
            self._next = now + PLAIN_SECONDS
            print(f"{self._label}: {text}", file=sys.stderr, flush=True)
            return
        self._next = now + REDRAW_SECONDS
        if self._bar is None:
            self._start()
        self._bar.update(self._task, completed=done, text=text)
        self._bar.refresh()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def _start(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            TimeRemainingColumn(),
            TextColumn("{task.fields[text]}", markup=False),
        )
        self._bar = Progress(*columns, console=Console(stderr=True), auto_refresh=False)
        self._task = self._bar.add_task(self._label, total=self._total, text="")
        self._bar.start()

    def _count_text(self, done: int) -> str:
        if self._unit != "byte":
            return counted(done, self._unit) if self._total is None else f"{done}/{counted(self._total, self._unit)}"
        of = f"/{self._total / 1e6:.1f}" if self._total is not None else ""
        return f"{done / 1e6:.1f}{of} MB"
