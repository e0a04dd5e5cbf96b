"""Overrides ``key=value`` as they are typed: quoted for Hydra's grammar, and then for the shell."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence

PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./%+ -]*(?<! )")  # a value that needs no quotes in Hydra's grammar
NAME = re.compile(r"(?! )[A-Za-z0-9_ .%*@?|+/()\[\]{}:=,-]+(?<! )")  # a mapping's key that can be typed, after escaping
BARE = re.compile(r"[A-Za-z0-9_@%+=:,./\[\]-]+")  # text that needs no quotes in a shell
QUOTED = re.compile(r""""[^"]*"|'[^']*'""")  # a text in quotes
ITEM = re.compile(rf"(?:^|,)(\s*(?:{QUOTED.pattern})\s*(?=,|$)|[^,]*)")  # of a list
WHOLE = re.compile(r"0|-?[1-9]\d*")  # a number of which Hydra makes the same text again
# What Hydra reads as a number or as true or false, although it stands for a text.
LITERAL = re.compile(r"(?i:[+-]?(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(e[+-]?\d+)?|true|false|[+-]?(nan|inf))")
NOT_TEXT = {"null", "true", "false", "nan", "inf"}  # words that Hydra reads as something else
# A mapping's key that Hydra reads as something else than a text, and what stands behind it to keep it one: an escaped
# space, because there are no quotes around keys.
NOT_NAME = re.compile(rf"(?<!\\)([{{,]\s*)({LITERAL.pattern}|(?i:null))(?=\s*:)")
KEPT = r"\ "


def as_typed(key: str, value: str | Sequence[str] | Mapping[str, str]) -> str:
    """Return ``key=value`` for a command line, with the quotes that Hydra needs and, around them, those of the shell.

    Examples: ``'problem.path="my (1).csv"'``, ``'problem.missing=["",NA]'``, ``'problem.kinds={Id: number}'``.
    """
    if isinstance(value, str):
        text = _word(value)
    elif isinstance(value, Mapping):
        if not all(NAME.fullmatch(name) for name in value):
            return f"{key} in a file of conf/problem/"  # Hydra's grammar allows no quotes around a mapping's keys
        text = "{" + ",".join(f"{_name(name)}: {_word(item)}" for name, item in value.items()) + "}"
    else:
        text = "[" + ",".join(map(_word, value)) + "]"
    line = f"{key}={text}"
    return line if BARE.fullmatch(line) else shlex.quote(line)


def as_hydra_reads(override: str) -> str:
    """Return ``key=[a,b]`` with quotes around those of its texts that Hydra would refuse or read as something else,
    ``key=0.10`` with quotes around such a text, and ``key={null: a}`` with a mark behind such a name, which
    :func:`name_as_spelt` takes away.

    So ``[<=50K,>50K]``, ``[-1,+1]``, ``[it's,none]`` and ``[true,false]`` are lists of texts as they stand. What has
    quotes already, escapes or lists within, or an empty text stays as it is.
    """
    key, _, value = override.partition("=")
    if value.startswith("{"):
        return f"{key}={NOT_NAME.sub(lambda match: match[1] + match[2] + KEPT, value)}"
    if LITERAL.fullmatch(value) and not WHOLE.fullmatch(value):
        return f'{key}="{value}"'
    if not (value.startswith("[") and value.endswith("]")) or "\\" in value:
        return override
    texts = [match[1].strip() for match in ITEM.finditer(value[1:-1])]
    if not all(texts) or any("[" in text or "]" in text for text in texts if not QUOTED.fullmatch(text)):
        return override
    written = [text if QUOTED.fullmatch(text) or WHOLE.fullmatch(text) else _word(text) for text in texts]
    return f"{key}=[{','.join(written)}]"


def name_as_spelt(name: str) -> str:
    """Return a mapping's key without the mark that :func:`as_hydra_reads` put behind it."""
    text = name.removesuffix(" ")
    return text if LITERAL.fullmatch(text) or text.lower() == "null" else name


def short_names(keys: Iterable[str]) -> dict[str, str]:
    """Return a short name for each key, such as ``lr`` for ``optim.lr`` and ``model`` for ``model.name``.

    A key keeps its full name if its short name would not be unique, as with ``train.seed`` and ``split.seed``.
    """
    short = {}
    for key in keys:
        section, _, last = key.rpartition(".")
        short[key] = section if last == "name" and section else last
    return {key: name if list(short.values()).count(name) == 1 else key for key, name in short.items()}


def _word(text: str) -> str:
    if PLAIN.fullmatch(text) and text.lower() not in NOT_TEXT:
        return text
    escaped = re.sub(r'(\\*)("|\Z)', lambda match: match[1] * 2 + ('\\"' if match[2] else ""), text)
    return f'"{escaped}"'


def _name(text: str) -> str:
    return re.sub(r"([()\[\]{}:=,])", r"\\\1", text)
