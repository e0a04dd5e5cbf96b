"""Notes for the user, beside the results of a command."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from logodds.system.terminal import document
from logodds.system.terminal.text import printable


def show_notes(notes: Iterable[str]) -> None:
    """Print each note once, on a line of standard error, and add it to the JSON document."""
    for note in dict.fromkeys(notes):
        print(f"note: {printable(note)}", file=sys.stderr)
        document.append("notes", printable(note))
