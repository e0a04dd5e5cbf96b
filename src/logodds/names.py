"""Names of classes and columns where there is little room."""

from __future__ import annotations


def shortened(name: str, width: int) -> str:
    """The name on one line of at most ``width`` characters; of a longer one its beginning and its end, by which
    numbered names differ."""
    line = " ".join(name.split())
    if len(line) <= width:
        return line
    tail = (width - 1) // 3
    return line[: width - 1 - tail] + "…" + line[len(line) - tail :]
