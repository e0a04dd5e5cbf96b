"""Sentences among the results of a command."""

from __future__ import annotations

import sys

from logodds.system.terminal.text import in_lines, printable


def show_line(text: str) -> None:
    """Print a sentence on standard output: on one line, or in a terminal on several that fit, broken between words."""
    print(in_lines(printable(text), sys.stdout), flush=True)
