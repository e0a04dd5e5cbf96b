"""Confusion matrices of the best runs, side by side."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass

from logodds.evaluation.plots.confusion import confusion_matrix

PLACE = "val/confusion_matrix.json"


@dataclass(frozen=True)
class ConfusionMatrix:
    """Counts [actual][predicted] of validation rows by class."""

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


def read(data: bytes | None) -> ConfusionMatrix | None:
    """What the record's table holds: a row per pair of classes; None where it is no such table."""
    try:
        table = json.loads(data or b"")
        if table["columns"] != ["actual", "predicted", "rows"]:
            return None
        cells = {(str(actual), str(called)): int(rows) for actual, called, rows in table["data"]}
        classes = tuple(dict.fromkeys(actual for actual, _ in cells))
        counts = tuple(tuple(cells[actual, called] for called in classes) for actual in classes)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return ConfusionMatrix(classes, counts) if classes else None


def address(matrix: ConfusionMatrix) -> str:
    """The picture as an address that holds it, so that nothing in it is part of the page."""
    picture = confusion_matrix(matrix.counts, matrix.classes, "val")
    return f"data:image/svg+xml;base64,{base64.b64encode(picture).decode()}"


def in_words(matrix: ConfusionMatrix) -> str:
    """What the picture shows, for those who do not see it: rows of each pair of classes that has some."""
    pairs: Sequence[str] = [
        f"{actual} called {called} {rows}"
        for actual, line in zip(matrix.classes, matrix.counts, strict=True)
        for called, rows in zip(matrix.classes, line, strict=True)
        if rows
    ]
    more = f" and {len(pairs) - 30} more pairs" if len(pairs) > 30 else ""
    return "; ".join(pairs[:30]) + more
