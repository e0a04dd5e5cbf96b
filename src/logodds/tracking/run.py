"""One run being written. What it is given is buffered, and reaches the tracker together with that of all open runs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, final

from logodds.system.terminal.text import masked
from logodds.tracking.writer import Dataset, ModelSchema, Pending, Source, Writer

TableColumns: TypeAlias = Mapping[str, Sequence[Any]]  # of a table, by name


@final
class Run:
    """A run of an open store.

    Args:
        run_id: by which the tracker knows it.
        writer: of files and models, which are written at once.
        tick: called after each epoch; writes what is pending from time to time.
        known_epochs: the last epoch of each metric that the tracker has already; it gets no point twice.
        known_figures: final figures that it has already; it gets no value twice.
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
        """The run is to end as FAILED."""
        self.failed = True
        self.tags({"error": masked((reason.splitlines() or [""])[0])[:500]})

    def params(self, values: Mapping[str, Any]) -> None:
        """Parameters by Hydra key."""
        self.pending.params |= {key: str(value) for key, value in values.items()}

    def tags(self, values: Mapping[str, str]) -> None:
        """Texts by name."""
        self.pending.tags |= values

    def source(self, source: Source) -> None:
        """What writes the run."""
        self.pending.source = source

    def describe(self, markdown: str) -> None:
        """The text at the top of the run's page; a later one takes an earlier one's place."""
        self.pending.description = markdown

    def epoch(self, epoch: int, figures: Mapping[str, float]) -> None:
        """Figures of one epoch; they reach the tracker within about a second."""
        self._points(epoch, figures)
        self._tick()

    def history(self, figures: Mapping[str, Sequence[float]]) -> None:
        """Figures of every epoch so far, from the first."""
        for epoch, values in enumerate(zip(*figures.values(), strict=True), start=1):
            self.epoch(epoch, dict(zip(figures, values, strict=True)))

    def figures(self, values: Mapping[str, float]) -> None:
        """Final figures, once, without a step."""
        known = self._known_figures
        self._points(0, {name: value for name, value in values.items() if repr(known.get(name)) != repr(value)})

    def _points(self, epoch: int, figures: Mapping[str, float]) -> None:
        now = time.time_ns() // 1_000_000
        known = self._known_epochs
        self.pending.points += [
            (name, value, now, epoch) for name, value in figures.items() if epoch > known.get(name, -1)
        ]

    def artifacts(self, files: Mapping[str, bytes], tables: Mapping[str, TableColumns] | None = None) -> None:
        """Files by their path in the run, and tables by theirs, which the tracker's pages may show as such."""
        tables = tables or {}
        self._writer.files(self.id, {**files, **{path: _table(each) for path, each in tables.items()}})
        self.pending.tables += [path for path in tables if path not in self.pending.tables]

    def dataset(self, name: str, path: str, digest: str, columns: Mapping[str, str], rows: int) -> None:
        """The input rows: where they came from, their md5, columns and number."""
        self.pending.datasets.append(Dataset(name, path, digest, columns, rows))

    def model(self, folder: Path, schema: ModelSchema) -> None:
        """The model with its features inside, from its package's folder."""
        self._writer.model(self.id, schema, folder)


def _table(columns: TableColumns) -> bytes:
    """As JSON: the names of the columns, and the rows."""
    rows = [list(row) for row in zip(*columns.values(), strict=True)]
    return json.dumps({"columns": list(columns), "data": rows}, separators=(",", ":")).encode()
