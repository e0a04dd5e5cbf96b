"""A key and its value as a person types them: Hydra's grammar within the shell's."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence

PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./%+ -]*(?<! )")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_ ./()\[\]{}:=,-]*")  # a mapping's key, once escaped
BARE = re.compile(r"[A-Za-z0-9_@%+=:,./\[\]-]+")  # what a shell leaves as it is
NOT_TEXT = {"null", "true", "false", "nan", "inf"}  # words that Hydra reads as something else


def as_typed(key: str, value: str | Sequence[str] | Mapping[str, str]) -> str:
    """``key=value`` for a command line, with the quotes that Hydra needs and those that the shell needs round them:
    ``'problem.path="my (1).csv"'``, ``'problem.missing=["",NA]'``, ``'problem.kinds={Id: number}'``."""
    if isinstance(value, str):
        text = _word(value)
    elif isinstance(value, Mapping):
        if not all(NAME.fullmatch(name) for name in value):
            return f"{key} in a file of conf/problem/"  # Hydra's grammar takes no quotes round a mapping's keys
        text = "{" + ",".join(f"{_name(name)}: {_word(item)}" for name, item in value.items()) + "}"
    else:
        text = "[" + ",".join(map(_word, value)) + "]"
    line = f"{key}={text}"
    return line if BARE.fullmatch(line) else shlex.quote(line)


def run_name(overrides: Sequence[str]) -> str:
    """``optim.lr=0.1 model=mlp`` -> ``lr=0.1 model=mlp``: the UI's charts cut names after some 14 characters. The names
    of keys are those of :func:`short_names`."""
    pairs = [override.lstrip("+").partition("=") for override in overrides]
    names = short_names([key for key, _, _ in pairs])
    return " ".join(f"{names[key]}={value}" for key, _, value in pairs if key != "problem")


def short_names(keys: Iterable[str]) -> dict[str, str]:
    """``optim.lr`` -> ``lr``, ``model.name`` -> ``model``; the whole key where two would have the same name, as
    ``train.seed`` and ``split.seed``."""
    short = {}
    for key in keys:
        section, _, last = key.rpartition(".")
        short[key] = section if last == "name" and section else last
    return {key: name if list(short.values()).count(name) == 1 else key for key, name in short.items()}


def _word(text: str) -> str:
    if PLAIN.fullmatch(text) and text.lower() not in NOT_TEXT:
        return text
    escaped = re.sub(r'(\\*)("|\Z)', lambda found: found[1] * 2 + ('\\"' if found[2] else ""), text)
    return f'"{escaped}"'


def _name(text: str) -> str:
    return re.sub(r"([()\[\]{}:=,])", r"\\\1", text)
