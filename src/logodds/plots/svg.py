"""Elements of an SVG picture, in pixels from its upper left corner. They are text that depends on its values alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np

from logodds.metrics.binary import Array

SIZE = 14.0  # of letters that say no other
CLOSE = 1.0 / 3.0  # points of a line that are nearer to each other than this look like one
STRAIGHT = 1e-9  # sine of a bend that rounding makes
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 has no place for
NARROW, WIDE = frozenset(" !'(),-./:;I[\\]`fijlrt|"), frozenset("%@mMW")


@dataclass(frozen=True)
class Stroke:
    """How a line is drawn: CSS colour, width, lengths of dashes and gaps, opacity, and the radius of a dot at each of
    its points (0: none)."""

    colour: str
    width: float = 2.0
    dashes: str = ""
    opacity: float = 1.0
    dot: float = 0.0

    def attributes(self) -> str:
        """As attributes of an element that is not filled."""
        dashes = f' stroke-dasharray="{self.dashes}"' if self.dashes else ""
        opacity = f' stroke-opacity="{self.opacity:g}"' if self.opacity < 1.0 else ""
        return f'fill="none" stroke="{self.colour}" stroke-width="{self.width:g}"{dashes}{opacity}'


def document(width: float, height: float, elements: Iterable[str]) -> bytes:
    """The picture's file: the elements, the later ones on top, on white."""
    w, h = pixels(width), pixels(height)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" '
        f'font-family="sans-serif" font-size="{SIZE:g}" text-anchor="middle">'
    )
    ground = f'<rect width="{w}" height="{h}" fill="white"/>'
    return "\n".join([head, ground, *elements, "</svg>\n"]).encode()


def pixels(value: float) -> str:
    """A length or place below 10,000 to two decimals, as short as it can be written."""
    return f"{round(value, 2) + 0.0:g}"  # adding nothing makes -0 a 0


def text(
    words: str, x: float, y: float, size: float = SIZE, anchor: str = "middle", fill: str = "", turned: bool = False
) -> str:
    """Words on one line whose middle height is at ``y`` (``turned``, to be read upwards: at ``x``). ``anchor``: which
    part of them (start, middle, end) is at the other coordinate."""
    drop = 0.35 * size  # from the middle of a digit down to the line on which it stands
    left, base = (pixels(x + drop), pixels(y)) if turned else (pixels(x), pixels(y + drop))
    given = f' font-size="{pixels(size)}"' if size != SIZE else ""
    given += f' text-anchor="{anchor}"' if anchor != "middle" else ""
    given += f' fill="{fill}"' if fill else ""
    given += f' transform="rotate(-90 {left} {base})"' if turned else ""
    return f'<text x="{left}" y="{base}"{given}>{escape(UNWRITABLE.sub("�", words))}</text>'


def width_of(words: str, size: float = SIZE) -> float:
    """About the width of words; a font of common width stays within it."""
    wide = sum(
        0.38 if letter in NARROW
        else 0.64 if letter.islower() or letter.isdigit()
        else 1.0 if letter in WIDE or unicodedata.east_asian_width(letter) in "WF"
        else 0.74
        for letter in words
    )  # fmt: skip
    return wide * size


def line(x: Array, y: Array, stroke: Stroke) -> str:
    """A line through points [n], broken where one is not finite, without those that nobody would see; a point without
    neighbours is a dot."""
    elements = []
    for run in _unbroken(x, y):
        drawn = thinned(run)
        if len(drawn) > 1:
            elements.append(f'<polyline points="{_pairs(drawn)}" {stroke.attributes()} stroke-linejoin="round"/>')
        if stroke.dot or len(drawn) == 1:
            elements += dots(run if stroke.dot else drawn, max(stroke.dot, stroke.width), stroke.colour)
    return "\n".join(elements)


def dots(points: Array, radius: float, colour: str) -> list[str]:
    """A filled circle at each of points [n, 2]."""
    end = f'r="{pixels(radius)}" fill="{colour}"/>'
    return [f'<circle cx="{pixels(x)}" cy="{pixels(y)}" {end}' for x, y in points.tolist()]


def thinned(points: Array) -> Array:
    """Points [n, 2] of a line without those in the middle of a straight piece, then without those in the same third of
    a pixel along the line as one that is kept; both ends stay."""
    step = np.diff(points, axis=0)
    moved = np.append(True, step.any(axis=1))
    points, step = points[moved], step[moved[1:]]
    if len(points) < 3:
        return points
    before, after = step[:-1], step[1:]
    length = np.sqrt((step * step).sum(axis=1))
    bend = np.abs(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0])
    back = (before * after).sum(axis=1) < 0.0
    points = points[_ends_and(back | (bend > STRAIGHT * length[:-1] * length[1:]))]
    step = np.diff(points, axis=0)
    third = np.sqrt((step * step).sum(axis=1)).cumsum() // CLOSE
    return points[_ends_and(np.diff(third[:-1], prepend=0.0) > 0.0)]


def _ends_and(inner: Array) -> Array:
    """Which points are kept: both ends, and those between them that are true here; of a lone point one."""
    return np.concatenate([[True], inner, [True]])


def _unbroken(x: Array, y: Array) -> Iterator[Array]:
    """The pieces [n, 2] of a line between points that are not finite."""
    points = np.stack([x, y], axis=1)
    finite = np.isfinite(points).all(axis=1)
    if finite.all():
        yield points
        return
    for piece in np.split(np.arange(len(points)), np.flatnonzero(~finite)):
        run = piece[finite[piece]]
        if len(run):
            yield points[run]


def _pairs(points: Array) -> str:
    values = (np.round(points, 2) + 0.0).ravel().tolist()
    return ("%g,%g " * len(points) % tuple(values)).rstrip()
