"""How a person types a command of this project, for messages that say what to type next."""

from __future__ import annotations

import re
import sys

from logodds.system import places

PROGRAM = "logodds"  # the console script, and what it leaves in ``sys.argv[0]``


def typed(words: str) -> str:
    """What to type for a command with its arguments: for ``train problem=iris``, in a checkout
    ``python src/train.py problem=iris``; where the console script runs, or the package is installed elsewhere,
    ``logodds train problem=iris``."""
    if sys.argv[:1] == [PROGRAM] or places.checkout() is None:
        return f"{PROGRAM} {words}"
    name, space, rest = words.partition(" ")
    return f"python src/{name}.py{space}{rest}"


def as_typed(text: str) -> str:
    """A help text in which every ``logodds COMMAND`` is replaced by what to type for it."""
    return re.sub(rf"\b{PROGRAM} ([a-z]+)", lambda found: typed(found[1]), text)
