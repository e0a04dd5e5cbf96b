"""Format names and numbers for people: shortened, and safe to print on a terminal."""

from __future__ import annotations

import re
import shutil
import textwrap
import unicodedata
from typing import IO

QUOTED = re.compile(r"'[^']*=[^']*'")  # an override to be typed
JOINER = "\0"  # in the place of a space at which a line must not be broken; no printable text holds it
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


def is_number(text: str) -> bool:
    """Return whether Python reads the text as a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def printable(text: str) -> str:
    r"""Return the text on one line, with every character escaped that controls a terminal: ESC becomes ``\x1b``."""
    if text.isprintable():
        return text
    return "".join(letter.encode("unicode_escape").decode() if _obeyed(letter) else letter for letter in text)


def _obeyed(letter: str) -> bool:
    return unicodedata.category(letter) in COMMANDS or unicodedata.bidirectional(letter) in TURNS


def in_lines(text: str, stream: IO[str]) -> str:
    """Return a line in several that fit a terminal, broken between words; as it is if the stream is no terminal.

    What is to be typed in single quotes is not broken, because a shell would take the line break as part of it.
    """
    if not stream.isatty():
        return text
    width = shutil.get_terminal_size().columns
    joined = QUOTED.sub(lambda quoted: quoted[0].replace(" ", JOINER), text)
    lines = textwrap.wrap(
        joined, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False, expand_tabs=False
    )
    return "\n".join(lines).replace(JOINER, " ")
