"""Colours of classes and of shades, in CSS notation."""

from __future__ import annotations

PAIRED = (
    "#1f77b4", "#aec7e8", "#ff7f0e", "#ffbb78", "#2ca02c", "#98df8a", "#d62728", "#ff9896", "#9467bd", "#c5b0d5",
    "#8c564b", "#c49c94", "#e377c2", "#f7b6d2", "#7f7f7f", "#c7c7c7", "#bcbd22", "#dbdb8d", "#17becf", "#9edae5",
)  # fmt: skip # "Tableau 20", each colour followed by its pale shade
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
)  # ColorBrewer's "Blues"
LEVELS = 256  # shades


def of_classes(count: int) -> list[str]:
    """Return a colour for each of ``count`` classes. Colours repeat after 20."""
    palette = PAIRED[::2] if count <= 10 else PAIRED
    return [palette[index % len(palette)] for index in range(count)]


def shade(level: int) -> str:
    """Return one of 256 levels of blue, from 0 (pale) to 255 (dark), by linear interpolation of the nine given ones."""
    position = level * (len(BLUES) - 1) / (LEVELS - 1)
    first = min(int(position), len(BLUES) - 2)
    pairs = zip(bytes.fromhex(BLUES[first][1:]), bytes.fromhex(BLUES[first + 1][1:]), strict=True)
    return "#" + "".join(f"{round(a + (position - first) * (b - a)):02x}" for a, b in pairs)
