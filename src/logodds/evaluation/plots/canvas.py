"""What matplotlib draws filled contours on: PNG bytes out, without pyplot's global state."""

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
    """A figure of ``size`` inches with labelled axes."""
    figure = Figure(figsize=size, dpi=DPI)
    figure.set_layout_engine("constrained", w_pad=0.1, h_pad=0.1)
    axes = figure.add_subplot()
    axes.set(title=title, xlabel=x, ylabel=y)
    return figure, axes


def png(figure: Figure) -> bytes:
    """The picture's file. Names of classes and columns are drawn as they are: no ``$`` starts a formula."""
    texts: list[Text] = figure.findobj(Text)
    families = [*rcParams["font.family"], *_fallback("".join(each.get_text() for each in texts))]
    for each in texts:
        each.set_parse_math(False)
        each.set_fontfamily(families)
    buffer = io.BytesIO()
    # No software version inside: equal figures are then equal bytes.
    # Compression harder than this takes longer than all else in a small picture.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # where no font has it, a box tells
        figure.savefig(buffer, format="png", metadata={"Software": None}, pil_kwargs={"compress_level": 1})
    return buffer.getvalue()


def _fallback(text: str) -> Sequence[str]:
    """The first installed font, by name, that has what the default one lacks of a text; none where none has it all."""
    missing = {ord(letter) for letter in text if letter.isprintable()}
    missing -= get_font(findfont(FontProperties())).get_charmap().keys()
    if not missing:
        return []
    for font in sorted(fontManager.ttflist, key=lambda each: (each.name, each.fname)):
        if missing <= get_font(font.fname).get_charmap().keys():
            return [font.name]
    return []


def pale(colour: str) -> tuple[float, float, float]:
    """The colour of an area behind points of this colour."""
    red, green, blue = 1.0 - 0.35 * (1.0 - np.array(to_rgb(colour)))
    return float(red), float(green), float(blue)
