"""What matplotlib draws filled contours on: PNG bytes out, without pyplot's global state."""

from __future__ import annotations

import io

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

DPI = 100


def canvas(title: str, x: str, y: str, size: tuple[float, float]) -> tuple[Figure, Axes]:
    """A figure of ``size`` inches with labelled axes."""
    figure = Figure(figsize=size, dpi=DPI)
    figure.set_layout_engine("constrained", w_pad=0.1, h_pad=0.1)
    axes = figure.add_subplot()
    axes.set(title=title, xlabel=x, ylabel=y)
    return figure, axes


def png(figure: Figure) -> bytes:
    """The picture's file."""
    buffer = io.BytesIO()
    # No software version inside: equal figures are then equal bytes.
    # Compression harder than this takes longer than all else in a small picture.
    figure.savefig(buffer, format="png", metadata={"Software": None}, pil_kwargs={"compress_level": 1})
    return buffer.getvalue()


def pale(colour: str) -> tuple[float, float, float]:
    """The colour of an area behind points of this colour."""
    red, green, blue = 1.0 - 0.35 * (1.0 - np.array(to_rgb(colour)))
    return float(red), float(green), float(blue)
