"""Elements of an SVG picture, in pixels from its upper left corner. They are text that depends on its values alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from xml.sax.saxutils import escape

import numpy as np

from logodds.system.arrays import Array

SIZE = 14.0  # of letters that say no other
CLOSE = 1.0 / 3.0  # points of a line that are nearer to each other than this look like one
FAR = 1e4  # pixels, more than a picture has
FIRST = np.zeros(1)  # third of a pixel in which a line begins
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


@lru_cache(maxsize=1024)  # the runs of a sweep say much the same
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


@lru_cache(maxsize=1024)
def width_of(words: str, size: float = SIZE) -> float:
    """About the width of words; a font of common width stays within it."""
    wide = sum(
        0.36 if letter in NARROW
        else 0.6 if letter.islower() or letter.isdigit()
        else 1.0 if letter in WIDE or unicodedata.east_asian_width(letter) in "WF"
        else 0.7
        for letter in words
    )  # fmt: skip
    return wide * size


def line(x: Array, y: Array, stroke: Stroke) -> str:
    """A line through points [n], broken where one is not finite, without those that nobody would see; a point without
    neighbours is a dot."""
    points = np.empty(len(x), dtype=np.complex128)
    points.real, points.imag = x, y
    elements = []
    for run in _unbroken(points):
        drawn = thinned(run)
        if len(drawn) > 1:
            elements.append(f'<polyline points="{_pairs(drawn)}" {stroke.attributes()} stroke-linejoin="round"/>')
        if stroke.dot or len(drawn) == 1:
            radius = max(stroke.dot, stroke.width)
            elements += [dot(each.real, each.imag, radius, stroke.colour) for each in (run if stroke.dot else drawn)]
    return "\n".join(elements)


def dot(x: float, y: float, radius: float, colour: str) -> str:
    """A filled circle."""
    return f'<circle cx="{pixels(x)}" cy="{pixels(y)}" r="{pixels(radius)}" fill="{colour}"/>'


def triangle(x: float, y: float, height: float, colour: str) -> str:
    """A filled one that points to ``y`` from ``height`` below, or above where that is negative."""
    return f'<path d="M{pixels(x)} {pixels(y)}l4 {pixels(height)}h-8z" fill="{colour}"/>'


def thinned(points: Array) -> Array:
    """Points [n], x + iy, of a line without those in the middle of a straight piece, then without those in the same
    third of a pixel along the line as one that is kept; both ends stay."""
    step = points[1:] - points[:-1]  # np.diff takes longer to be called
    moved = step != 0.0
    if not moved.all():
        points, step = np.concatenate([points[:1], points[1:][moved]]), step[moved]
    if len(points) < 3:
        return points
    length = np.abs(step)
    turn = step[1:] * step[:-1].conj()  # real: along the line (negative: back), imaginary: across
    bent = np.abs(turn.imag) > STRAIGHT * length[:-1] * length[1:]
    points = _between(points, bent | (turn.real < 0.0))
    third = np.abs(points[1:] - points[:-1]).cumsum() // CLOSE
    return _between(points, third[:-1] > np.concatenate([FIRST, third[:-2]]))


def _between(points: Array, kept: Array) -> Array:
    """Both ends, and those between them that are kept."""
    return np.concatenate([points[:1], points[1:-1][kept], points[-1:]])


def _unbroken(points: Array) -> Iterator[Array]:
    """The pieces of a line between points that are nowhere in a picture."""
    there = np.abs(points) < FAR  # NaN is not
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
