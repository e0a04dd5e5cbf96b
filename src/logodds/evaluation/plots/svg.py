"""Elements of an SVG picture as text, in pixels from its upper left corner. Equal arguments give equal text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from xml.sax.saxutils import escape

import numpy as np

from logodds.system.arrays import Array

SIZE = 14.0  # pixels: default size of letters
CLOSE = 1.0 / 3.0  # pixels: points of a line that are nearer to each other than this look like one
FAR = 1e4  # pixels, more than a picture has
FIRST = np.zeros(1)  # index of the third of a pixel in which a line begins
STRAIGHT = 1e-9  # a bend whose sine is below this comes from rounding
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 does not allow
NARROW, WIDE = frozenset(" !'(),-./:;I[\\]`fijlrt|"), frozenset("%@mMW")


@dataclass(frozen=True)
class Stroke:
    """How a line is drawn.

    Attributes:
        colour: a CSS colour.
        width: width in pixels.
        dashes: lengths of dashes and gaps in pixels, separated by spaces; empty for a solid line.
        opacity: from 0 (invisible) to 1.
        dot: radius in pixels of a dot at each point of the line; 0 for no dots.
    """

    colour: str
    width: float = 2.0
    dashes: str = ""
    opacity: float = 1.0
    dot: float = 0.0

    def attributes(self) -> str:
        """Return the stroke as SVG attributes of an element without a fill."""
        dashes = f' stroke-dasharray="{self.dashes}"' if self.dashes else ""
        opacity = f' stroke-opacity="{self.opacity:g}"' if self.opacity < 1.0 else ""
        return f'fill="none" stroke="{self.colour}" stroke-width="{self.width:g}"{dashes}{opacity}'


def document(width: float, height: float, elements: Iterable[str]) -> bytes:
    """Return the file of a picture: the elements on a white ground, later elements on top."""
    w, h = pixels(width), pixels(height)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" '
        f'font-family="sans-serif" font-size="{SIZE:g}" text-anchor="middle">'
    )
    ground = f'<rect width="{w}" height="{h}" fill="white"/>'
    return "\n".join([head, ground, *elements, "</svg>\n"]).encode()


def pixels(value: float) -> str:
    """Return a length or coordinate below 10,000, rounded to two decimals and written without trailing zeros."""
    return f"{round(value, 2) + 0.0:g}"  # adding 0.0 turns -0.0 into 0.0


@lru_cache(maxsize=1024)  # the pictures of a sweep's runs share most of their texts
def text(
    words: str, x: float, y: float, size: float = SIZE, anchor: str = "middle", fill: str = "", turned: bool = False
) -> str:
    """Return a line of text.

    Args:
        words: the text.
        x: horizontal coordinate in pixels.
        y: vertical coordinate in pixels.
        size: size of letters in pixels.
        anchor: which point of the text is at ``x`` (at ``y`` if turned): start, middle or end. The line is centred on
            the other coordinate.
        fill: a CSS colour; empty for black.
        turned: whether the text is turned to be read upwards.
    """
    drop = 0.35 * size  # from the middle of a digit down to its baseline
    left, base = (pixels(x + drop), pixels(y)) if turned else (pixels(x), pixels(y + drop))
    given = f' font-size="{pixels(size)}"' if size != SIZE else ""
    given += f' text-anchor="{anchor}"' if anchor != "middle" else ""
    given += f' fill="{fill}"' if fill else ""
    given += f' transform="rotate(-90 {left} {base})"' if turned else ""
    return f'<text x="{left}" y="{base}"{given}>{escape(UNWRITABLE.sub("�", words))}</text>'


@lru_cache(maxsize=1024)
def width_of(words: str, size: float = SIZE) -> float:
    """Return an upper estimate of the width of a text in a common font, in pixels."""
    wide = sum(
        0.36 if letter in NARROW
        else 0.6 if letter.islower() or letter.isdigit()
        else 1.0 if letter in WIDE or unicodedata.east_asian_width(letter) in "WF"
        else 0.7
        for letter in words
    )  # fmt: skip
    return wide * size


def line(x: Array, y: Array, stroke: Stroke) -> str:
    """Return a line through points with coordinates x [n] and y [n] in pixels. It is broken at points that are not
    finite, and leaves out points that make no visible difference. A point without neighbours is drawn as a dot.
    """
    points = np.empty(len(x), dtype=np.complex128)
    points.real, points.imag = x, y
    elements = []
    for run in _unbroken(points):
        drawn = thinned(run)
        if len(drawn) > 1:
            elements.append(f'<polyline points="{_pairs(drawn)}" {stroke.attributes()} stroke-linejoin="round"/>')
        if stroke.dot or len(drawn) == 1:
            radius = max(stroke.dot, stroke.width)
            elements += [dot(point.real, point.imag, radius, stroke.colour) for point in (run if stroke.dot else drawn)]
    return "\n".join(elements)


def dot(x: float, y: float, radius: float, colour: str) -> str:
    """Return a filled circle."""
    return f'<circle cx="{pixels(x)}" cy="{pixels(y)}" r="{pixels(radius)}" fill="{colour}"/>'


def triangle(x: float, y: float, height: float, colour: str) -> str:
    """Return a filled triangle whose tip is at (x, y) and whose base is ``height`` pixels below, above if negative."""
    return f'<path d="M{pixels(x)} {pixels(y)}l4 {pixels(height)}h-8z" fill="{colour}"/>'


def thinned(points: Array) -> Array:
    """Return the points of a line that make a visible difference. Points inside a straight piece are left out, then
    points in the same third of a pixel along the line as one that is kept. Both ends stay.

    Args:
        points: [n], complex numbers x + iy in pixels.
    """
    step = points[1:] - points[:-1]  # faster than np.diff on few points
    moved = step != 0.0
    if not moved.all():
        points, step = np.concatenate([points[:1], points[1:][moved]]), step[moved]
    if len(points) < 3:
        return points
    length = np.abs(step)
    turn = step[1:] * step[:-1].conj()  # real part: along the line (negative: back); imaginary: across
    bent = np.abs(turn.imag) > STRAIGHT * length[:-1] * length[1:]
    points = _between(points, bent | (turn.real < 0.0))
    third = np.abs(points[1:] - points[:-1]).cumsum() // CLOSE
    return _between(points, third[:-1] > np.concatenate([FIRST, third[:-2]]))


def _between(points: Array, kept: Array) -> Array:
    """Return both ends, and the points between them that are ``kept`` [n - 2]."""
    return np.concatenate([points[:1], points[1:-1][kept], points[-1:]])


def _unbroken(points: Array) -> Iterator[Array]:
    """Yield the pieces of a line between points that cannot be in a picture."""
    there = np.abs(points) < FAR  # false for NaN
    if len(points) and there.all():
        yield points
        return
    for piece in np.split(np.arange(len(points)), np.flatnonzero(~there)):
        run = points[piece[there[piece]]]
        if len(run):
            yield run


def _pairs(points: Array) -> str:
    values = (np.round(points, 2) + 0.0).view(np.float64).tolist()
    return ("%g,%g " * len(points) % tuple(values)).rstrip()
