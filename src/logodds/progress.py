"""What a person sees while a model trains: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

PLAIN_SECONDS = 5.0  # between lines where there is no terminal
REDRAW_SECONDS = 0.1


class Progress:
    """Final. A context in which :meth:`show` is cheap enough for every epoch."""

    def __init__(self, epochs: int, label: str) -> None:
        self._epochs, self._label = epochs, label
        self._bar: Any = None
        self._next = time.monotonic() + PLAIN_SECONDS

    def __enter__(self) -> Progress:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (
                TextColumn("{task.description}", markup=False),
                BarColumn(bar_width=20),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                TextColumn("{task.fields[figures]}"),
            )
            self._bar = Progress(*columns, console=Console(stderr=True), auto_refresh=False)
            self._task = self._bar.add_task(self._label, total=self._epochs, figures="")
            self._bar.start()
            self._next = 0.0
        return self

    def show(self, epoch: int, figures: Mapping[str, float]) -> None:
        """Draw, if the last drawing is long enough ago."""
        now = time.monotonic()
        if now < self._next and epoch != self._epochs:
            return
        text = "  ".join(f"{name} {value:.4f}" for name, value in figures.items())
        if self._bar is not None:
            self._next = now + REDRAW_SECONDS
            self._bar.update(self._task, completed=epoch, figures=text)
            self._bar.refresh()
        elif now >= self._next:
            self._next = now + PLAIN_SECONDS
            print(f"{self._label}: epoch {epoch}/{self._epochs}  {text}", file=sys.stderr, flush=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
