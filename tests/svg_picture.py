"""What an SVG picture shows, read back from its text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_hex
from numpy.typing import NDArray

Array = NDArray[Any]
NAMESPACE = "{http://www.w3.org/2000/svg}"
PALETTE = [to_hex(each) for each in colormaps["tab10"].colors]
UNIT = (-0.02, 1.02)  # the ends of an axis from 0 to 1
TICKS = ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
NUMBER = r"-?[0-9]+(?:\.[0-9]{1,2})?"  # two decimals of a pixel, and no more


@dataclass(frozen=True)
class Drawn:
    """A picture's elements in the order in which they are drawn."""

    root: ElementTree.Element

    def every(self, tag: str) -> list[ElementTree.Element]:
        return list(self.root.iter(NAMESPACE + tag))

    def size(self) -> tuple[float, float]:
        """Width and height, which its view box has too."""
        given = self.root.attrib
        assert given["viewBox"] == f"0 0 {given['width']} {given['height']}"
        return float(given["width"]), float(given["height"])

    def texts(self) -> list[str]:
        return ["".join(each.itertext()) for each in self.every("text")]

    def text(self, words: str) -> ElementTree.Element:
        (found,) = [each for each in self.every("text") if each.text == words]
        return found

    def lines(self) -> list[tuple[str, Array]]:
        """Colour and points [n, 2] of each line."""
        return [(each.attrib["stroke"], points(each)) for each in self.every("polyline")]

    def dots(self) -> Array:
        """Centres [n, 2] of all dots."""
        return np.array([[float(each.attrib["cx"]), float(each.attrib["cy"])] for each in self.every("circle")])

    def area(self) -> tuple[float, float, float, float]:
        """Left, upper, right and lower edge of the frame."""
        outline = rf"M({NUMBER}) ({NUMBER})H({NUMBER})V({NUMBER})H\1z"
        (found,) = [match for each in self.every("path") if (match := re.match(outline, each.attrib["d"]))]
        left, top, right, bottom = map(float, found.groups())
        return left, top, right, bottom

    def place(self, x: Array, y: Array, across: tuple[float, float], up: tuple[float, float]) -> Array:
        """Where values are [n, 2] in a frame whose edges have these values."""
        left, top, right, bottom = self.area()
        return np.stack(
            [
                left + (np.asarray(x) - across[0]) / (across[1] - across[0]) * (right - left),
                bottom - (np.asarray(y) - up[0]) / (up[1] - up[0]) * (bottom - top),
            ],
            axis=1,
        )


def read(data: bytes) -> Drawn:
    root = ElementTree.fromstring(data.decode())
    assert root.tag == NAMESPACE + "svg"
    return Drawn(root)


def points(element: ElementTree.Element) -> Array:
    words = element.attrib["points"].split()
    assert all(re.fullmatch(f"{NUMBER},{NUMBER}", word) for word in words)
    return np.array([[float(number) for number in word.split(",")] for word in words])


def away(places: Array, line: Array) -> float:
    """The largest distance of places [n, 2] from a line through points [m, 2]."""
    start, step = line[:-1], np.diff(line, axis=0)
    beyond = places[:, None] - start
    along = (beyond * step).sum(axis=2) / np.maximum((step * step).sum(axis=1), 1e-12)
    return float(np.linalg.norm(beyond - np.clip(along, 0.0, 1.0)[..., None] * step, axis=2).min(axis=1).max())
