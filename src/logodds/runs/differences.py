"""What sets the configurations of runs apart, in words."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from logodds.options.overrides import short_names
from logodds.runs.config import WITHOUT_EFFECT
from logodds.system.terminal.text import shortened

ROOM = 60  # characters of a value
DIGITS = range(4, 10)  # of a number, where they are enough


def varying(configs: Sequence[Mapping[str, str]]) -> list[str]:
    """Hydra keys whose values differ, in the order of the first that has them. One that some lack and that is the same
    wherever it is comes with another option, which tells it."""
    keys = dict.fromkeys(key for config in configs for key in config if not key.startswith(WITHOUT_EFFECT))
    return [key for key in keys if len({config[key] for config in configs if key in config}) > 1]


def in_words(configs: Sequence[Mapping[str, str]]) -> list[dict[str, str | None]]:
    """What varies, for each configuration by short name: words as of :func:`word`, None where it lacks the key. Numbers
    of many digits are rounded where all values stay apart."""
    names = short_names(varying(configs))
    said: dict[str, dict[str | None, str | None]] = {}
    for key, name in names.items():
        values = {config[key] for config in configs if key in config}
        apart = (digits for digits in DIGITS if len({word(value, digits) for value in values}) == len(values))
        digits = next(apart, None)
        said[name] = {None: None} | {value: word(value, digits) for value in values}
    return [{name: said[name][config.get(key)] for key, name in names.items()} for config in configs]


def word(value: str, digits: int | None = None) -> str:
    """A parameter as the record holds it, in the words of a person: ``[64, 64]`` -> ``64-64``, ``None`` -> ``none``,
    ``0.0`` -> ``0``; of a number so many significant digits, or all."""
    try:
        plain = ast.literal_eval(value)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return shortened(value, ROOM) or "(empty)"
    return shortened(_said(plain, digits), ROOM)


def _said(value: object, digits: int | None) -> str:
    if isinstance(value, list):
        numbers = all(isinstance(item, int | float) for item in value)
        return ("-" if numbers else ", ").join(_said(item, digits) for item in value) or "none"
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, float):
        short = f"{value:.{digits or 6}g}"
        return short if digits or float(short) == value else repr(value)
    return str(value)


def between(one: Mapping[str, str | None], other: Mapping[str, str | None]) -> str:
    """What ``one`` has instead of ``other``, from words by name: ``lr 0.1 instead of 0.01; hidden 64-64 instead of
    32``."""
    told = []
    for name, word in one.items():
        instead = other[name]
        if word == instead:
            continue
        if word is None:
            told.append(f"no {name} instead of {instead}")
        elif instead is None:
            told.append(f"{name} {word}, which the other lacks")
        else:
            told.append(f"{name} {word} instead of {instead}")
    return "; ".join(told) or "the same configuration"
