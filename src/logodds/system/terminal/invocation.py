"""How to type a command of this project, for messages that suggest the next command."""

from __future__ import annotations

import re
import sys

from logodds.system import locations

PROGRAM = "logodds"  # name of the console script, and its ``sys.argv[0]``


def typed(words: str) -> str:
    """Return what to type for a command with its arguments.

    For ``train problem=iris`` it is ``python src/train.py problem=iris`` in a checkout. If the console script is
    running, or the package is installed outside a checkout, it is ``logodds train problem=iris``.
    """
    if sys.argv[:1] == [PROGRAM] or locations.checkout() is None:
        return f"{PROGRAM} {words}"
    name, space, rest = words.partition(" ")
    return f"python src/{name}.py{space}{rest}"


def as_typed(text: str) -> str:
    """Return a help text with every ``logodds COMMAND`` replaced by what to type for it, see :func:`typed`."""
    return re.sub(rf"\b{PROGRAM} ([a-z]+)", lambda match: typed(match[1]), text)
