"""Notes for the user, beside the results of a command."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from logodds.system.terminal import document
from logodds.system.terminal.text import in_lines, printable


def show_notes(notes: Iterable[str]) -> None:
    """Print each note once, on a line of standard error, and add it to the JSON document."""
    for note in dict.fromkeys(notes):
        print(in_lines(f"note: {printable(note)}", sys.stderr), file=sys.stderr)
        document.append("notes", printable(note))
