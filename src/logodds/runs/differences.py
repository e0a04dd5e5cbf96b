"""How the configurations of runs differ, in words."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from logodds.options.overrides import short_names
from logodds.runs.config import WITHOUT_EFFECT
from logodds.system.terminal.text import shortened

ROOM = 60  # characters of a value; longer ones are shortened
DIGITS = range(4, 10)  # significant digits to try, until all values are shown differently


def varying(configs: Sequence[Mapping[str, str]]) -> list[str]:
    """Return the Hydra keys whose values differ, in order of first appearance.

    A key that some configurations lack, and that has one value in all others, is left out: it comes with another
    option, and the key that chooses this option is in the list.
    """
    keys = dict.fromkeys(key for config in configs for key in config if not key.startswith(WITHOUT_EFFECT))
    return [key for key in keys if len({config[key] for config in configs if key in config}) > 1]


def in_words(configs: Sequence[Mapping[str, str]]) -> list[dict[str, str | None]]:
    """Return, for each configuration, its values of the keys that vary, by short name and as :func:`word` gives them.

    A value is None where the configuration lacks the key. Numbers with many digits are rounded if all values of the key
    still look different.
    """
    names = short_names(varying(configs))
    words: dict[str, dict[str | None, str | None]] = {}
    for key, name in names.items():
        values = {config[key] for config in configs if key in config}
        apart = (digits for digits in DIGITS if len({word(value, digits) for value in values}) == len(values))
        digits = next(apart, None)
        words[name] = {None: None} | {value: word(value, digits) for value in values}
    return [{name: words[name][config.get(key)] for key, name in names.items()} for config in configs]


def word(value: str, digits: int | None = None) -> str:
    """Return a parameter, given as in the record, the way a person would write it: ``[64, 64]`` -> ``64-64``, ``None``
    -> ``none``, ``0.0`` -> ``0``.

    Args:
        digits: significant digits of a number; None keeps all.
    """
    try:
        plain = ast.literal_eval(value)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return shortened(value, ROOM) or "(empty)"
    return shortened(_worded(plain, digits), ROOM)


def _worded(value: object, digits: int | None) -> str:
    if isinstance(value, list):
        numbers = all(isinstance(item, int | float) for item in value)
        return ("-" if numbers else ", ").join(_worded(item, digits) for item in value) or "none"
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, float):
        short = f"{value:.{digits or 6}g}"
        return short if digits or float(short) == value else repr(value)
    return str(value)


def between(one: Mapping[str, str | None], other: Mapping[str, str | None]) -> str:
    """Return how ``one`` differs from ``other``, both given in words by name: ``lr 0.1 instead of 0.01; hidden 64-64
    instead of 32``."""
    parts = []
    for name, word in one.items():
        instead = other[name]
        if word == instead:
            continue
        if word is None:
            parts.append(f"no {name} instead of {instead}")
        elif instead is None:
            parts.append(f"{name} {word}, which the other lacks")
        else:
            parts.append(f"{name} {word} instead of {instead}")
    return "; ".join(parts) or "the same configuration"
