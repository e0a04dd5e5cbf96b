"""What a person should know, beside the results."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from logodds.system.terminal import document
from logodds.system.terminal.text import printable


def show_notes(notes: Iterable[str]) -> None:
    """A line each on standard error."""
    for note in dict.fromkeys(notes):
        print(f"note: {printable(note)}", file=sys.stderr)
        document.append("notes", printable(note))
