"""Rules for configuration values, which are attached to dataclass fields."""

from __future__ import annotations

import dataclasses
import math
import re
import sys
from typing import Any

NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
VARIABLE = "LOGODDS_DEVICE"  # the only environment variable that a value may refer to: others may be secrets
REFERENCE = re.compile(rf"\$\{{(oc\.env:{VARIABLE}(,\s*\w+)?|[\w.]+)\}}")  # to VARIABLE or to another key


@dataclasses.dataclass(frozen=True)
class Bounds:
    """A finite number between bounds.

    Attributes:
        above: the number must be larger than this; None: no such bound.
        least: the number must be this or larger.
        below: the number must be smaller than this.
        most: the number must be this or smaller.
        text: the rule in the words of an error message, after "must be"; all rules have it.
    """

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
    """A name that is safe as the name of a folder and of an MLflow experiment."""

    text: str = "1 to 64 letters, digits, '.', '_' or '-', and not only dots"

    def holds(self, value: Any) -> bool:
        return NAME.fullmatch(value) is not None and bool(value.strip("."))


@dataclasses.dataclass(frozen=True)
class Character:
    """A single character, or a word for a character that a shell or Hydra would interpret.

    Attributes:
        words: the words that are allowed.
    """

    words: tuple[str, ...]

    @property
    def text(self) -> str:
        return "one character or one of " + ", ".join(self.words)

    def holds(self, value: Any) -> bool:
        return len(value) == 1 or value in self.words


@dataclasses.dataclass(frozen=True)
class Weights:
    """Positive numbers, or a word for computing them from the train rows.

    Attributes:
        word: the word, such as ``balanced``.
        single: whether the value is one number rather than a list of numbers or null.
    """

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
        """Return the value with its numbers as floats, so that 1 and 1.0 are the same configuration."""
        if isinstance(value, list):
            return [float(item) for item in value]
        return float(value) if isinstance(value, int) else value

    @staticmethod
    def _positive(value: Any) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and 0.0 < value <= sys.float_info.max


def number(
    *, above: float | None = None, least: float | None = None, below: float | None = None, most: float | None = None
) -> Any:
    """Return a dataclass field for a number, or a list of numbers, in an interval; NaN and infinity are not allowed."""
    return dataclasses.field(metadata={"rule": Bounds(above, least, below, most)})


def choice(*words: str) -> Any:
    """Return a dataclass field for one of ``words``."""
    return dataclasses.field(metadata={"rule": OneOf(words)})


def weights(word: str, *, single: bool) -> Any:
    """Return a dataclass field for weights, see :class:`Weights`."""
    return dataclasses.field(metadata={"rule": Weights(word, single)})


def label() -> Any:
    """Return a dataclass field for a name, see :class:`Label`."""
    return dataclasses.field(metadata={"rule": Label()})


def character(*words: str) -> Any:
    """Return a dataclass field for one character, or one of ``words`` that stand for a character."""
    return dataclasses.field(metadata={"rule": Character(words)})


def forbidden(value: Any) -> str | None:
    """Return why a text must not be a value; None if it may.

    A value must not refer to an environment variable other than :data:`VARIABLE`, or to a function call, because
    the text that it is replaced by is recorded.
    """
    if "${" in REFERENCE.sub("", str(value)):
        return f"${{…}} may stand for another key or ${{oc.env:{VARIABLE}}} alone; write the value itself"
    return None
