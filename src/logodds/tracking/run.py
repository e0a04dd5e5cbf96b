"""One run that is being written. Its data are buffered, and reach the tracker together with those of all open runs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, final

from logodds.system.terminal.text import masked
from logodds.tracking.writer import Dataset, ModelSchema, Pending, Point, Source, Writer

TableColumns: TypeAlias = Mapping[str, Sequence[Any]]  # the columns of a table by name


@final
class Run:
    """A run of an open store.

    Args:
        run_id: its id in the tracker.
        writer: writes files and models, which are not buffered.
        tick: called after each epoch; writes what is pending from time to time.
        known_epochs: the last epoch of each metric that the tracker has already; points up to it are not written again.
        known_figures: final figures that the tracker has already; an equal value is not written again.
    """

    def __init__(
        self,
        run_id: str,
        writer: Writer,
        tick: Callable[[], None],
        known_epochs: Mapping[str, int] | None = None,
        known_figures: Mapping[str, float] | None = None,
    ) -> None:
        self.id = run_id
        self._writer, self._tick = writer, tick
        self._known_epochs, self._known_figures = known_epochs or {}, known_figures or {}
        self.pending = Pending()
        self.failed = False

    def fail(self, reason: str) -> None:
        """Let the run end as FAILED, with the first line of ``reason`` in its tag ``error``."""
        self.failed = True
        self.tags({"error": masked((reason.splitlines() or [""])[0])[:500]})

    def params(self, values: Mapping[str, Any]) -> None:
        """Add parameters by Hydra key."""
        self.pending.params |= {key: str(value) for key, value in values.items()}

    def tags(self, values: Mapping[str, str]) -> None:
        """Add tags: texts by name."""
        self.pending.tags |= values

    def source(self, source: Source) -> None:
        """Set what writes the run."""
        self.pending.source = source

    def describe(self, markdown: str) -> None:
        """Set the text at the top of the run's page, in place of an earlier one."""
        self.pending.description = markdown

    def epoch(self, epoch: int, figures: Mapping[str, float]) -> None:
        """Add the figures of one epoch. They reach the tracker within about a second."""
        self._points(epoch, figures)
        self._tick()

    def history(self, figures: Mapping[str, Sequence[float]]) -> None:
        """Add the figures of all epochs so far, from the first."""
        for epoch, values in enumerate(zip(*figures.values(), strict=True), start=1):
            self.epoch(epoch, dict(zip(figures, values, strict=True)))

    def figures(self, values: Mapping[str, float]) -> None:
        """Add final figures. They have no epoch, and a value is written only once."""
        self._final(values)

    def _final(self, values: Mapping[str, float]) -> list[Point]:
        known = self._known_figures
        return self._points(0, {name: value for name, value in values.items() if repr(known.get(name)) != repr(value)})

    def figures_of_model(self, values: Mapping[str, float]) -> None:
        """Add final figures of the run's model. They are the run's too."""
        self.pending.of_model += self._final(values)

    def _points(self, epoch: int, figures: Mapping[str, float]) -> list[Point]:
        now = time.time_ns() // 1_000_000
        known = self._known_epochs
        points = [(name, value, now, epoch) for name, value in figures.items() if epoch > known.get(name, -1)]
        self.pending.points += points
        return points

    def artifacts(self, files: Mapping[str, bytes], tables: Mapping[str, TableColumns] | None = None) -> None:
        """Write files by their path in the run, and tables by theirs, which the tracker's pages may show as tables."""
        tables = tables or {}
        self._writer.files(self.id, {**files, **{path: _table(columns) for path, columns in tables.items()}})
        self.pending.tables += [path for path in tables if path not in self.pending.tables]

    def dataset(self, name: str, path: str, digest: str, columns: Mapping[str, str], rows: int) -> None:
        """Add the input rows: name and path of their file, its md5, their columns (type by name) and their number."""
        self.pending.datasets.append(Dataset(name, path, digest, columns, rows))

    def model(self, folder: Path, schema: ModelSchema) -> None:
        """Write the model, with its features inside, from the folder of its package."""
        self._writer.model(self.id, schema, folder)


def _table(columns: TableColumns) -> bytes:
    """Return a table as JSON: the names of its columns, and its rows."""
    rows = [list(row) for row in zip(*columns.values(), strict=True)]
    return json.dumps({"columns": list(columns), "data": rows}, separators=(",", ":")).encode()
