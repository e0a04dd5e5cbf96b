"""Names of classes and columns, for the eye: where there is little room, and on a terminal."""

from __future__ import annotations

import re
import unicodedata

LARGE = 1e6
COMMANDS = ("Cc", "Cs", "Zl", "Zp")  # control characters, halves of surrogate pairs, breaks of lines
TURNS = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")  # they show text in another order


def shortened(name: str, width: int) -> str:
    """The name on one line of at most ``width`` characters; of a longer one its beginning and its end, by which
    numbered names differ."""
    line = printable(" ".join(name.split()))
    if len(line) <= width:
        return line
    tail = (width - 1) // 3
    return line[: width - 1 - tail] + "…" + line[len(line) - tail :]


def figure(value: float) -> str:
    """A figure with four decimals; one too large for them to matter, as of a diverged model, by its magnitude."""
    return f"{value:.4f}" if abs(value) < LARGE else f"{value:.1e}"


def masked(text: str) -> str:
    """The text without the users and passwords of addresses, as in ``http://me:secret@host``."""
    return re.sub(r"(?<=://)[^/\s]*@", "***@", text)


def printable(text: str) -> str:
    r"""The text on one line, without what a terminal obeys instead of showing: ESC becomes ``\x1b``."""
    if text.isprintable():
        return text
    return "".join(letter.encode("unicode_escape").decode() if _obeyed(letter) else letter for letter in text)


def _obeyed(letter: str) -> bool:
    return unicodedata.category(letter) in COMMANDS or unicodedata.bidirectional(letter) in TURNS
