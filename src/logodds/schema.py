"""Rules for configuration values, and the one way from a config section to its dataclass.

An option's dataclass lives beside the code that it configures and has no defaults: values live in ``conf/``.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import ConfigKeyError, OmegaConfBaseException, ValidationError

from logodds.errors import UserError

T = TypeVar("T")
NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
ROOM = 125  # characters that the words in an error message take
VARIABLE = "LOGODDS_DEVICE"  # the only one of the environment that a value may stand for: others may be secrets
REFERENCE = re.compile(rf"\$\{{(oc\.env:{VARIABLE}(,\s*\w+)?|[\w.]+)\}}")  # that, or another key


@dataclasses.dataclass(frozen=True)
class Interval:
    """A finite number between bounds; ``text`` is how an error message says so."""

    above: float | None = None
    least: float | None = None
    below: float | None = None
    most: float | None = None

    @property
    def text(self) -> str:
        low = f"> {self.above:g}" if self.above is not None else f">= {self.least:g}" if self.least is not None else ""
        high = f"< {self.below:g}" if self.below is not None else f"<= {self.most:g}" if self.most is not None else ""
        return "finite and " + " and ".join(part for part in (low, high) if part)

    def holds(self, value: Any) -> bool:
        return (
            math.isfinite(value)
            and (self.above is None or value > self.above)
            and (self.least is None or value >= self.least)
            and (self.below is None or value < self.below)
            and (self.most is None or value <= self.most)
        )


@dataclasses.dataclass(frozen=True)
class OneOf:
    """One of a few words."""

    words: tuple[str, ...]

    @property
    def text(self) -> str:
        return "one of " + ", ".join(self.words)

    def holds(self, value: Any) -> bool:
        return value in self.words


@dataclasses.dataclass(frozen=True)
class Label:
    """A name that is safe as a folder and as an experiment."""

    text: str = "1 to 64 letters, digits, '.', '_' or '-', and not only dots"

    def holds(self, value: Any) -> bool:
        return NAME.fullmatch(value) is not None and bool(value.strip("."))


@dataclasses.dataclass(frozen=True)
class Character:
    """A single character, or one of some words that stand for characters a shell or Hydra would take for its own."""

    words: tuple[str, ...]

    @property
    def text(self) -> str:
        return "one character or one of " + ", ".join(self.words)

    def holds(self, value: Any) -> bool:
        return len(value) == 1 or value in self.words


@dataclasses.dataclass(frozen=True)
class Weights:
    """Positive numbers, or a word for how to take them from the train rows."""

    word: str
    single: bool

    @property
    def text(self) -> str:
        return f"{'a finite number > 0' if self.single else 'a list of finite numbers > 0, null'} or {self.word}"

    def holds(self, value: Any) -> bool:
        if value == self.word:
            return True
        if self.single:
            return self._positive(value)
        return value is None or (isinstance(value, list) and all(map(self._positive, value)))

    @staticmethod
    def plain(value: Any) -> Any:
        """The value with its numbers as floats, so that 1 and 1.0 are one configuration."""
        if isinstance(value, list):
            return [float(item) for item in value]
        return float(value) if isinstance(value, int) else value

    @staticmethod
    def _positive(value: Any) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and 0.0 < value <= sys.float_info.max


def number(
    *, above: float | None = None, least: float | None = None, below: float | None = None, most: float | None = None
) -> Any:
    """A dataclass field whose value, or each value of its list, lies in an interval; NaN and infinity never do."""
    return dataclasses.field(metadata={"rule": Interval(above, least, below, most)})


def choice(*words: str) -> Any:
    """A dataclass field that holds one of ``words``."""
    return dataclasses.field(metadata={"rule": OneOf(words)})


def weights(word: str, *, single: bool) -> Any:
    """A dataclass field that holds one positive number or a list of them, or ``word``."""
    return dataclasses.field(metadata={"rule": Weights(word, single)})


def label() -> Any:
    """A dataclass field that holds a contained name."""
    return dataclasses.field(metadata={"rule": Label()})


def character(*words: str) -> Any:
    """A dataclass field that holds one character, or one of ``words`` for it."""
    return dataclasses.field(metadata={"rule": Character(words)})


def nearest(word: str, words: Iterable[str]) -> str:
    """``did you mean …?`` with the nearest of ``words``, or the first of them when none is near."""
    known = sorted(words)
    close = difflib.get_close_matches(word, known, n=3, cutoff=0.51)
    if close:
        return f"did you mean {', '.join(close)}?"
    shown = list(known)
    while len(shown) > 1 and len(", ".join(shown)) > ROOM:
        shown.pop()
    return f"known: {', '.join(shown)}{', …' if len(shown) < len(known) else ''}"


def read(cls: type[T], node: Any, prefix: str) -> T:
    """One config section as its dataclass, with types and rules checked.

    Raises:
        UserError: an unknown or missing key, a wrong type, a value against its rule; the message names the full key.
    """
    if not isinstance(node, DictConfig | Mapping):
        raise UserError(f"{prefix}: expected a section of keys, got {node!r}")
    names = [field.name for field in dataclasses.fields(cls)]  # type: ignore[arg-type]  # T is always a dataclass
    for key in node:
        if key not in names:
            raise UserError(f"{prefix}.{key}: unknown key for {cls.__name__}; {nearest(str(key), names)}")
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]
        # OmegaConf's own error does not know the key
        if not _fits(str(field.type), node.get(field.name)):
            raise UserError(_wrong_type(cls, node, field.name, prefix))
    try:
        merged = OmegaConf.merge(OmegaConf.structured(cls), node)
        missing = sorted(OmegaConf.missing_keys(merged))
        if missing:
            raise UserError(f"{prefix}.{missing[0]}: missing; give {prefix}.{missing[0]}=VALUE")
        section: Any = OmegaConf.to_object(merged)
    except (ValidationError, ConfigKeyError) as error:
        raise UserError(_wrong_type(cls, node, str(error.full_key), prefix)) from error
    except OmegaConfBaseException as error:
        raise UserError(f"{prefix}: {str(error).splitlines()[0]}") from error
    for field in dataclasses.fields(section):
        rule = field.metadata.get("rule")
        value = getattr(section, field.name)
        whole = isinstance(rule, Weights)
        if rule is None or (value is None and not whole):
            continue
        for item in value if isinstance(value, list) and not whole else [value]:
            if not rule.holds(item):
                shown = "null" if item is None else item if str(item).isprintable() else repr(item)
                raise UserError(f"{prefix}.{field.name}={shown}: must be {rule.text}")
        if whole:
            setattr(section, field.name, rule.plain(value))
    return section  # type: ignore[no-any-return]  # to_object gives the structured class back


def _fits(kind: str, given: Any) -> bool:
    """Whether lists and mappings stand where ``kind`` has them, as deep; OmegaConf checks the rest."""
    kind, _, _ = kind.partition(" | ")
    container, _, items = kind.removesuffix("]").partition("[")
    if given is None or kind == "Any":
        return True
    if container == "list":
        return isinstance(given, ListConfig | list) and all(_fits(items, item) for item in given)
    if container == "dict":
        return isinstance(given, DictConfig | Mapping) and all(_fits("str", item) for item in given.values())
    return not isinstance(given, ListConfig | DictConfig | list | Mapping)


def _wrong_type(cls: type, node: Any, key: str, prefix: str) -> str:
    """The key, its value and the type it should have, in words that do not name OmegaConf's classes."""
    name = re.split(r"[.\[]", key)[0]
    kinds = {field.name: str(field.type) for field in dataclasses.fields(cls)}
    words = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "a text"}
    kind, _, optional = kinds[name].partition(" | ")
    items = kind.removeprefix("list[").removesuffix("]")
    of = {
        "int": "whole numbers, for example [64,64]",
        "str": "texts, for example [a,b]",
        "list[str]": "lists, for example [[a,b],[c]]",
    }
    if kind.startswith("dict["):
        wanted = f"a mapping of texts, for example '{prefix}.{name}={{a: b}}'"
    else:
        wanted = f"a list of {of[items]}" if kind != items else words[kind]
    given = "null" if node[name] is None else node[name]
    return f"{prefix}.{name}={given}: must be {wanted}{' or null' if optional else ''}"


def read_option(options: Mapping[str, type[T]], node: Any, prefix: str, key: str = "name") -> T:
    """A section one key of which chooses among dataclasses.

    Raises:
        UserError: an unknown name, or what :func:`read` raises.
    """
    if not isinstance(node, DictConfig | Mapping):
        raise UserError(f"{prefix}: must be a section of keys, not {node!r}")
    name = node.get(key)
    if not isinstance(name, str) or name not in options:
        raise UserError(f"{prefix}.{key}={name}: unknown; {nearest(str(name), options)}")
    return read(options[name], node, prefix)


def forbidden(value: Any) -> str | None:
    """Why some text must not be a value: it stands for a variable of the environment, or for a call; None where it may.
    What a value stands for is recorded."""
    if "${" in REFERENCE.sub("", str(value)):
        return f"${{…}} may stand for another key or ${{oc.env:{VARIABLE}}} alone; write the value itself"
    return None


def load(path: Path) -> DictConfig:
    """A resolved configuration file, as ``compose`` wrote it.

    Raises:
        UserError: no such file, or one that is not a mapping of sections with values.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such configuration; write it with `python src/compose.py problem=NAME`")
    told = "not a mapping of sections"
    try:
        text = path.read_text()
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.CSafeLoader)):
            told = "holds aliases, which no resolved configuration has"  # a few of them are a billion values
        elif "${" in text:
            told = "holds ${…}, which no resolved configuration has"
        elif isinstance(node := OmegaConf.load(path), DictConfig) and node:
            return node
    except (yaml.YAMLError, OSError, OmegaConfBaseException, ValueError, RecursionError):
        pass
    raise UserError(f"{path}: {told}; write it again with `python src/compose.py problem=NAME`")


def section(path: Path, name: str) -> Any:
    """One section of a resolved configuration file.

    Raises:
        UserError: as :func:`load`, or there is no such section.
    """
    node = load(path)
    if name not in node:
        raise UserError(f"{path}: has no section {name}; write it again with `python src/compose.py problem=NAME`")
    return node[name]
