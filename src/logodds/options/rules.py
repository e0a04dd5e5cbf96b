"""Rules for configuration values, each given with a dataclass field."""

from __future__ import annotations

import dataclasses
import math
import re
import sys
from typing import Any

NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
VARIABLE = "LOGODDS_DEVICE"  # the only one of the environment that a value may stand for: others may be secrets
REFERENCE = re.compile(rf"\$\{{(oc\.env:{VARIABLE}(,\s*\w+)?|[\w.]+)\}}")  # that, or another key


@dataclasses.dataclass(frozen=True)
class Bounds:
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
    return dataclasses.field(metadata={"rule": Bounds(above, least, below, most)})


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


def forbidden(value: Any) -> str | None:
    """Why some text must not be a value: it stands for a variable of the environment, or for a call; None where it may.
    What a value stands for is recorded."""
    if "${" in REFERENCE.sub("", str(value)):
        return f"${{…}} may stand for another key or ${{oc.env:{VARIABLE}}} alone; write the value itself"
    return None
