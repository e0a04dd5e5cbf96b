"""Colours of classes and of shades, as CSS writes them."""

from __future__ import annotations

PAIRED = (
    "#1f77b4", "#aec7e8", "#ff7f0e", "#ffbb78", "#2ca02c", "#98df8a", "#d62728", "#ff9896", "#9467bd", "#c5b0d5",
    "#8c564b", "#c49c94", "#e377c2", "#f7b6d2", "#7f7f7f", "#c7c7c7", "#bcbd22", "#dbdb8d", "#17becf", "#9edae5",
)  # fmt: skip # "Tableau 20", each with a pale one
BLUES = (
    "#f7fbff",
    "#deebf7",
    "#c6dbef",
    "#9ecae1",
    "#6baed6",
    "#4292c6",
    "#2171b5",
    "#08519c",
    "#08306b",
)  # ColorBrewer
LEVELS = 256


def of_classes(count: int) -> list[str]:
    """A colour for each of ``count`` classes; they repeat after 20."""
    palette = PAIRED[::2] if count <= 10 else PAIRED
    return [palette[index % len(palette)] for index in range(count)]


def shade(level: int) -> str:
    """The blue of one of 256 levels, evenly between the nine given ones."""
    place = level * (len(BLUES) - 1) / (LEVELS - 1)
    first = min(int(place), len(BLUES) - 2)
    pairs = zip(bytes.fromhex(BLUES[first][1:]), bytes.fromhex(BLUES[first + 1][1:]), strict=True)
    return "#" + "".join(f"{round(a + (place - first) * (b - a)):02x}" for a, b in pairs)
