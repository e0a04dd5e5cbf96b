"""A section of a configuration with a field of every kind and under each rule, read as any section is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from omegaconf import OmegaConf

from logodds.options.rules import character, choice, label, number
from logodds.options.schema import read
from logodds.system.errors import UserError


@dataclass(kw_only=True)
class Section:
    """A field of every kind."""

    name: str = label()
    rate: float = number(above=0.0, below=1.0)
    share: float = number(least=0.0, most=1.0)
    count: int = number(least=1, most=10)
    widths: list[int] = number(least=1, most=8)
    words: list[str]
    mode: str = choice("fast", "exact")
    limit: float | None = number(above=0.0)
    mark: str = character("comma", "tab")
    flag: bool


VALID: dict[str, Any] = {
    "name": "run-1",
    "rate": 0.5,
    "share": 0.0,
    "count": 3,
    "widths": [4, 2],
    "words": ["a", "b"],
    "mode": "exact",
    "limit": None,
    "mark": ";",
    "flag": False,
}


def section(**changes: Any) -> Section:
    return read(Section, OmegaConf.create({**VALID, **changes}), "part")


def refusal(**changes: Any) -> str:
    with pytest.raises(UserError) as caught:
        section(**changes)
    text = str(caught.value)
    assert "\n" not in text
    return text
