"""Suggestions for a word that is not known."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

ROOM = 125  # largest number of characters for the list of known words in an error message


def nearest(word: str, words: Iterable[str]) -> str:
    """Return ``did you mean …?`` with the words most similar to ``word``; if none is similar, a list of known words."""
    known = sorted(words, key=_natural)
    close = difflib.get_close_matches(word, known, n=3, cutoff=0.51)
    if close:
        return f"did you mean {', '.join(close)}?"
    shown = list(known)
    while len(shown) > 1 and len(", ".join(shown)) > ROOM:
        shown.pop()
    return f"known: {', '.join(shown)}{', …' if len(shown) < len(known) else ''}"


def _natural(word: str) -> list[tuple[int, str]]:
    """Return a key that sorts c2 before c10."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"([0-9]+)", word)]
