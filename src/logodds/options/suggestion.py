"""What a person may have meant by a word that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

ROOM = 125  # characters that the words in an error message take


def nearest(word: str, words: Iterable[str]) -> str:
    """``did you mean …?`` with the nearest of ``words``, or the first of them when none is near."""
    known = sorted(words)
    close = difflib.get_close_matches(word, known, n=3, cutoff=0.51)
    if close:
        return f"did you mean {', '.join(close)}?"
    shown = list(known)
    while len(shown) > 1 and len(", ".join(shown)) > ROOM:
        shown.pop()
    return f"known: {', '.join(shown)}{', …' if len(shown) < len(known) else ''}"
