"""Figures of matplotlib, for pictures with filled contours: PNG bytes, without pyplot's global state."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence

import numpy as np
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.text import Text

DPI = 100


def canvas(title: str, x: str, y: str, size: tuple[float, float]) -> tuple[Figure, Axes]:
    """Return a figure with a title and labelled axes; ``size`` is its width and height in inches."""
    figure = Figure(figsize=size, dpi=DPI)
    figure.set_layout_engine("constrained", w_pad=0.1, h_pad=0.1)
    axes = figure.add_subplot()
    axes.set(title=title, xlabel=x, ylabel=y)
    return figure, axes


def png(figure: Figure) -> bytes:
    """Return the PNG file of a figure. Names of classes and columns are drawn literally: ``$`` starts no formula."""
    texts: list[Text] = figure.findobj(Text)
    families = [*rcParams["font.family"], *_fallback("".join(label.get_text() for label in texts))]
    for label in texts:
        label.set_parse_math(False)
        label.set_fontfamily(families)
    buffer = io.BytesIO()
    # Without a software version inside, equal figures are equal bytes.
    # A higher level of compression would take longer than all the rest of a small picture.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # a box shows where no font has the character
        figure.savefig(buffer, format="png", metadata={"Software": None}, pil_kwargs={"compress_level": 1})
    return buffer.getvalue()


def _fallback(text: str) -> Sequence[str]:
    """Return the first installed font, by name, that has all characters of a text which the default font lacks. Return
    an empty sequence if no character is missing, or no font has them all.
    """
    missing = {ord(letter) for letter in text if letter.isprintable()}
    missing -= get_font(findfont(FontProperties())).get_charmap().keys()
    if not missing:
        return []
    for font in sorted(fontManager.ttflist, key=lambda font: (font.name, font.fname)):
        if missing <= get_font(font.fname).get_charmap().keys():
            return [font.name]
    return []


def pale(colour: str) -> tuple[float, float, float]:
    """Return a pale shade of a colour as RGB in [0, 1], for the area behind points of that colour."""
    red, green, blue = 1.0 - 0.35 * (1.0 - np.array(to_rgb(colour)))
    return float(red), float(green), float(blue)
