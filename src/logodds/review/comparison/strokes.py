"""How the lines and dots of runs look on a page that may be light or dark, and be read with the keyboard: the best
ones have a colour each, by a CSS variable, the others are faint."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from html import escape

import numpy as np

from logodds.evaluation.plots.axes import Axes
from logodds.evaluation.plots.colours import of_classes
from logodds.evaluation.plots.scale import LARGEST, Scale, around
from logodds.evaluation.plots.svg import Stroke, document
from logodds.system.arrays import Array

COLOURED = 10  # runs
FAINT = Stroke("var(--faint)", 1.0, opacity=0.6)
SIZE = (460.0, 310.0)  # pixels of a chart
HEAD = 12.0  # above its axes: the page has the title


def variables(share: float) -> str:
    """The colours as CSS variables, mixed with a share of white."""
    found = []
    for place, colour in enumerate(of_classes(COLOURED)):
        mixed = "".join(f"{round(part + share * (255 - part)):02x}" for part in bytes.fromhex(colour[1:]))
        found.append(f"--run-{place}:#{mixed};")
    return "".join(found)


def of_run(place: int) -> Stroke:
    """The stroke of the run at a place of the best, from 0 on."""
    return Stroke(f"var(--run-{place})", 2.2, dashes="" if place < COLOURED // 2 else "7 3")


def swatch(place: int | None) -> str:
    """A spot of that colour beside a run's name; none beside those that are faint."""
    if place is None or place >= COLOURED:
        return ""
    return f'<span class="swatch" style="background:var(--run-{place})"></span>'


def ordered(count: int, best: Sequence[int]) -> list[tuple[int, Stroke]]:
    """Every run by its index in the order in which they are to be drawn, with its stroke: the best one on top."""
    coloured = {index: of_run(place) for place, index in enumerate(best[:COLOURED])}
    faint = [(index, FAINT) for index in range(count) if index not in coloured]
    return faint + list(coloured.items())[::-1]


def thin(stroke: Stroke) -> Stroke:
    return replace(stroke, width=0.7 * stroke.width)


def group(index: int, element: str) -> str:
    """What is drawn of a run, found by the page's script."""
    return f'<g data-run="{index}">{element}</g>' if element else ""


def axes(x: Scale, y: Scale, size: tuple[float, float] = SIZE) -> Axes:
    width, height = size
    return Axes(max(64.0, y.margin(upright=True)), HEAD, width - 14.0, height - x.margin(upright=False), x, y)


def ends(values: Sequence[Array], best: Sequence[int]) -> tuple[float, float]:
    """Ends of an axis for the values [n] of each run: those of the better three quarters, and of the others as far as
    three times that range on a side. So one run that failed does not press the others flat."""
    finite = [each[np.abs(each) < LARGEST] for each in values]
    every = np.concatenate([*finite, np.empty(0)])
    better = np.concatenate([*(finite[index] for index in best[: math.ceil(0.75 * len(best))]), np.empty(0)])
    if not len(better):
        return around(every)
    low, high = float(better.min()), float(better.max())
    free = 3.0 * (high - low)
    return around(np.clip(every, low - free, high + free) if free > 0.0 else every)


def inline(area: Axes, elements: Sequence[str], label: str, name: str, beyond: Sequence[str] = ()) -> str:
    """An SVG element for a page: ``elements`` are cut off at the area's edges, ``beyond`` are not. ``label`` is read
    to those who do not see it, ``name`` is its own on the page."""
    box = f'x="{area.left:g}" y="{area.top:g}" width="{area.right - area.left:g}" height="{area.bottom - area.top:g}"'
    cut = f'<clipPath id="{name}"><rect {box}/></clipPath><g clip-path="url(#{name})">'
    height = area.bottom + area.x.margin(upright=False)
    return labelled(document(area.right + 14.0, height, [*beyond, cut, *elements, "</g>"]), label)


def labelled(picture: bytes, label: str) -> str:
    return picture.decode().replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" ', 1)
