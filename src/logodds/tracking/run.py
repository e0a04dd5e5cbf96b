"""One run being written. Rows are buffered, and reach the store in batches, those of all its open runs together."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logodds.system.terminal.text import masked
from logodds.tracking.naming import TABLES, Columns
from logodds.tracking.pyfunc import Served
from logodds.tracking.writer import DatasetInput, Pending

if TYPE_CHECKING:
    from logodds.tracking.store import Store


class Run:
    """Final.

    Args:
        store: writes it; see ``store.Store``.
        tables: artifacts that were logged as tables before, where a run is reopened.
        told: the last epoch of each figure that the store has already; it gets no point twice.
        figures: final figures that it has already; it gets no value twice.
    """

    def __init__(
        self,
        store: Store,
        run_id: str,
        tables: str = "[]",
        told: Mapping[str, int] | None = None,
        figures: Mapping[str, float] | None = None,
    ) -> None:
        self.store = store
        self.id = run_id
        self._told, self._figures = told or {}, figures or {}
        self.pending = Pending()
        self.failed = False
        self._tables = _listed(tables)

    def fail(self, reason: str) -> None:
        """The run is to end as FAILED."""
        self.failed = True
        self.tags({"error": masked((reason.splitlines() or [""])[0])[:500]})

    def params(self, values: Mapping[str, Any]) -> None:
        """Parameters by Hydra key."""
        self.pending.params |= {key: str(value) for key, value in values.items()}

    def tags(self, values: Mapping[str, str]) -> None:
        self.pending.tags |= values

    def epoch(self, epoch: int, figures: Mapping[str, float]) -> None:
        """Figures of one epoch; they reach the store within about a second."""
        self._points(epoch, figures)
        self.store.tick()

    def history(self, figures: Mapping[str, Sequence[float]]) -> None:
        """Figures of every epoch so far, from the first."""
        for epoch, values in enumerate(zip(*figures.values(), strict=True), start=1):
            self.epoch(epoch, dict(zip(figures, values, strict=True)))

    def figures(self, values: Mapping[str, float]) -> None:
        """Final figures, once, without a step."""
        known = self._figures
        self._points(0, {name: value for name, value in values.items() if repr(known.get(name)) != repr(value)})

    def _points(self, epoch: int, figures: Mapping[str, float]) -> None:
        now = time.time_ns() // 1_000_000
        told = self._told
        self.pending.points += [
            (name, value, now, epoch) for name, value in figures.items() if epoch > told.get(name, -1)
        ]

    def artifacts(self, files: Mapping[str, bytes], tables: Mapping[str, Columns] | None = None) -> None:
        """Files by their path in the run, and tables by theirs, which the UI shows as such."""
        tables = tables or {}
        with self.store.told():
            self.store.writer.files(self.id, {**files, **{path: _table(each) for path, each in tables.items()}})
        told = [{"path": path, "type": "table"} for path in tables]
        self._tables += [each for each in told if each not in self._tables]
        if tables:
            self.tags({TABLES: json.dumps(self._tables)})

    def dataset(self, name: str, path: str, digest: str, columns: Mapping[str, str], rows: int) -> None:
        """The input rows: where they came from, their md5, columns and number."""
        schema = {"mlflow_colspec": [{"type": kind, "name": key, "required": True} for key, kind in columns.items()]}
        source, profile = json.dumps({"uri": path}), json.dumps({"num_rows": rows})
        self.pending.datasets.append(DatasetInput(name, digest, source, json.dumps(schema), profile))

    def model(self, folder: Path, served: Served) -> None:
        """The model with its features inside, as a pyfunc of plain files, from its package's folder."""
        with self.store.told():
            self.store.writer.model(self.id, served, folder)


def _table(columns: Columns) -> bytes:
    """In the form of MLflow's ``log_table``."""
    rows = [list(row) for row in zip(*columns.values(), strict=True)]
    return json.dumps({"columns": list(columns), "data": rows}, separators=(",", ":")).encode()


def _listed(tables: str) -> list[dict[str, str]]:
    """What the tag says; it is anybody's to write, and what it does not say is only not shown as a table."""
    try:
        found = json.loads(tables)
    except (ValueError, RecursionError):
        return []
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
