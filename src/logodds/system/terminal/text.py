"""Format names and numbers for people: shortened, and safe to print on a terminal."""

from __future__ import annotations

import re
import unicodedata

LARGE = 1e6  # from here on decimals do not matter
COMMANDS = ("Cc", "Cs", "Zl", "Zp")  # Unicode categories: controls, surrogates, line and paragraph separators
# Bidirectional classes of characters that change the order in which text is shown.
TURNS = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")


def shortened(name: str, width: int) -> str:
    """Return a name on one line of at most ``width`` characters.

    A longer name is cut in the middle, because numbered names differ at their end.
    """
    line = printable(" ".join(name.split()))
    if len(line) <= width:
        return line
    tail = (width - 1) // 3
    return line[: width - 1 - tail] + "…" + line[len(line) - tail :]


def figure(value: float) -> str:
    """Return a number with four decimals, or as in 1.2e+06 if it is very large, as for a diverged model."""
    return f"{value:.4f}" if abs(value) < LARGE else f"{value:.1e}"


def masked(text: str) -> str:
    """Return the text with user names and passwords in URLs hidden, as in ``http://me:secret@host``."""
    return re.sub(r"(?<=://)[^/\s]*@", "***@", text)


def printable(text: str) -> str:
    r"""Return the text on one line, with every character escaped that controls a terminal: ESC becomes ``\x1b``."""
    if text.isprintable():
        return text
    return "".join(letter.encode("unicode_escape").decode() if _obeyed(letter) else letter for letter in text)


def _obeyed(letter: str) -> bool:
    return unicodedata.category(letter) in COMMANDS or unicodedata.bidirectional(letter) in TURNS
