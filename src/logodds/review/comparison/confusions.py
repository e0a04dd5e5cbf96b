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
    """A confusion matrix of the validation rows.

    Attributes:
        classes: names of the classes [k].
        counts: numbers of rows [k][k], by actual and then by predicted class.
    """

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


def read(data: bytes | None) -> ConfusionMatrix | None:
    """Parse the table in a run's record, which has a row per pair of classes.

    Args:
        data: the JSON text, None where the record has no such file.

    Returns:
        The matrix, or None where there is no table or it has another form.
    """
    try:
        table = json.loads(data or b"")
        if table["columns"] != ["actual", "predicted", "rows"]:
            return None
        cells = {(str(actual), str(predicted)): int(rows) for actual, predicted, rows in table["data"]}
        classes = tuple(dict.fromkeys(actual for actual, _ in cells))
        counts = tuple(tuple(cells[actual, predicted] for predicted in classes) for actual in classes)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return ConfusionMatrix(classes, counts) if classes else None


def address(matrix: ConfusionMatrix) -> str:
    """Return the picture as a ``data:`` address: so nothing inside it can act as part of the page."""
    picture = confusion_matrix(matrix.counts, matrix.classes, "val")
    return f"data:image/svg+xml;base64,{base64.b64encode(picture).decode()}"


def in_words(matrix: ConfusionMatrix) -> str:
    """Describe the picture for people who cannot see it: the number of rows of each pair of classes that has any."""
    pairs: Sequence[str] = [
        f"{actual} called {predicted} {rows}"
        for actual, row in zip(matrix.classes, matrix.counts, strict=True)
        for predicted, rows in zip(matrix.classes, row, strict=True)
        if rows
    ]
    more = f" and {len(pairs) - 30} more pairs" if len(pairs) > 30 else ""
    return "; ".join(pairs[:30]) + more
