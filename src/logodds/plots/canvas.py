"""What every picture is drawn on: PNG bytes out, without pyplot's global state."""

from __future__ import annotations

import io

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

SIZE = (4.8, 4.2)
DPI = 100


def canvas(title: str, x: str, y: str, size: tuple[float, float] = SIZE, fitted: bool = False) -> tuple[Figure, Axes]:
    """A figure of ``size`` inches with labelled axes; ``fitted`` margins follow their labels, which takes longer."""
    figure = Figure(figsize=size, dpi=DPI)
    if fitted:
        figure.set_layout_engine("constrained", w_pad=0.1, h_pad=0.1)
    else:
        figure.subplots_adjust(left=0.15, right=0.96, top=0.92, bottom=0.13)
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


def unit_square(axes: Axes) -> None:
    """Both axes from 0 to 1, with a little room for lines along the edges."""
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axes.grid(alpha=0.3)


def colours(count: int) -> list[tuple[float, float, float]]:
    """A colour for each of ``count`` classes; they repeat after 20."""
    palette = colormaps["tab10" if count <= 10 else "tab20"]
    return [to_rgb(palette(index % palette.N)) for index in range(count)]


def pale(colour: tuple[float, float, float]) -> tuple[float, float, float]:
    """The colour of an area behind points of this colour."""
    red, green, blue = 1.0 - 0.35 * (1.0 - np.array(colour))
    return float(red), float(green), float(blue)
