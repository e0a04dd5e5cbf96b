"""Pictures: equal figures give equal bytes, other figures other ones, all of one size."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from logodds import plots
from logodds.metrics import report

TARGET = np.array([0, 0, 0, 1, 1, 1, 0, 1], dtype=np.uint8)
LOGITS = np.array([-2.0, -1.0, 0.5, 0.5, 1.0, 2.0, 3.0, -0.5], dtype=np.float32)
Logits = NDArray[np.float32]

DRAWN: dict[str, Callable[[Logits], bytes]] = {
    "confusion matrix": lambda x: plots.confusion_matrix(report(x, TARGET, 0.5), ("no", "yes"), "val"),
    "roc": lambda x: plots.roc(x, TARGET, report(x, TARGET, 0.5), "val"),
    "precision recall": lambda x: plots.precision_recall(x, TARGET, report(x, TARGET, 0.5), "val"),
    "calibration": lambda x: plots.calibration(x, TARGET, report(x, TARGET, 0.5), 5, "val"),
    "curves": lambda x: plots.curves({"train/loss": x.tolist(), "val/loss": (x + 1).tolist()}, 2),
}


@pytest.mark.parametrize("name", DRAWN)
def test_equal_figures_are_equal_bytes(name: str) -> None:
    first = DRAWN[name](LOGITS)
    assert DRAWN[name](LOGITS.copy()) == first
    assert DRAWN[name](-LOGITS) != first


@pytest.mark.parametrize("name", DRAWN)
def test_every_picture_has_one_size(name: str) -> None:
    data = DRAWN[name](LOGITS)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", data[16:24]) == (480, 420)
    assert b"Software" not in data


def test_curves_without_validation_rows() -> None:
    history = {"train/loss": [0.7, 0.6, 0.5]}
    both = plots.curves({**history, "val/loss": [0.8, 0.7, 0.6]}, 3)
    assert plots.curves(history, 3) == plots.curves({**history, "val/f1": [0.0, 1.0, 1.0]}, 3) != both
