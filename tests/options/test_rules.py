"""Rules of configuration values."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import Any

import pytest
from example_section import refusal, section
from omegaconf import OmegaConf

from logodds.options.rules import Label, weights
from logodds.options.schema import read
from logodds.system.errors import UserError


@dataclass(kw_only=True)
class Weighted:
    """Weights of both kinds."""

    weight: Any = weights("auto", single=True)
    shares: Any = weights("even", single=False)


@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [
        *[("rate", value, "> 0 and < 1") for value in (0.0, 1.0, -0.5, math.nan, math.inf, -math.inf)],
        *[("rate", value, "> 0 and < 1") for value in ("0", "nan", "inf", "-inf", "1e0", "1e999")],
        *[("share", value, ">= 0 and <= 1") for value in (-1e-9, math.nextafter(1.0, 2.0), math.nan, math.inf)],
        *[("count", value, ">= 1 and <= 10") for value in (0, 11, -1, 10**30)],
        *[("widths", value, ">= 1 and <= 8") for value in ([0], [4, 9], [-1, 4])],
        *[("limit", value, "> 0") for value in (0.0, -1.0, math.nan, math.inf)],
        ("mode", "quick", "one of fast, exact"),
        ("mode", "", "one of fast, exact"),
        ("mark", "ab", "one character or one of comma, tab"),
        ("mark", "", "one character or one of comma, tab"),
    ],
)
def test_value_against_rule_names_key_and_rule(key: str, value: Any, rule: str) -> None:
    text = refusal(**{key: value})
    assert text.startswith(f"part.{key}=")
    assert text.endswith(rule)


@pytest.mark.parametrize("value", [math.nextafter(0.0, 1.0), math.nextafter(1.0, 0.0)])
def test_open_bounds_admit_their_neighbours(value: float) -> None:
    assert section(rate=value).rate == value


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_closed_bounds_admit_themselves(value: float) -> None:
    assert section(share=value).share == value


@pytest.mark.parametrize(
    "value", ["../x", "", "a" * 65, ".", "..", "...", "a/b", "a\\b", "a b", "a\n", "\n", "é", "a\0", "~", "a:b"]
)
def test_unsafe_name_is_refused(value: str) -> None:
    assert not Label().holds(value)
    assert refusal(name=value).split(": must be ")[1] == Label().text


@pytest.mark.parametrize("value", ["a", "a" * 64, ".a", "a..b", "-", "_", "A.b-c_9", "0"])
def test_safe_name_is_kept(value: str) -> None:
    assert section(name=value).name == value


def weighted(**changes: Any) -> Weighted:
    return read(Weighted, OmegaConf.create({"weight": 2.5, "shares": None, **changes}), "part")


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("weight", 2, 2.0),
        ("weight", 1e-300, 1e-300),
        ("weight", sys.float_info.max, sys.float_info.max),
        ("weight", "auto", "auto"),
        ("shares", None, None),
        ("shares", "even", "even"),
        ("shares", [], []),
        ("shares", [1, 2.5], [1.0, 2.5]),
    ],
)
def test_weights_are_plain_floats_or_the_word(key: str, value: Any, expected: Any) -> None:
    found = getattr(weighted(**{key: value}), key)
    assert (found, type(found)) == (expected, type(expected))
    if isinstance(found, list):
        assert {type(item) for item in found} <= {float}


@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [
        *[("weight", value, "a finite number > 0 or auto") for value in (0, -1.0, math.nan, math.inf, 10**400)],
        *[("weight", value, "a finite number > 0 or auto") for value in ("even", "2", "", None, True, [1.0], {"a": 1})],
        *[("shares", value, "a list of finite numbers > 0, null or even") for value in (1.0, "auto", "", {"a": 1})],
        *[
            ("shares", value, "a list of finite numbers > 0, null or even")
            for value in ([0.0], [1, -1], [1, math.inf], [math.nan], ["1"], [None], [True], [[1.0]], ["even"])
        ],
    ],
)
def test_weights_against_their_rule_name_key_and_rule(key: str, value: Any, rule: str) -> None:
    with pytest.raises(UserError) as caught:
        weighted(**{key: value})
    text = str(caught.value)
    assert text.startswith(f"part.{key}=")
    assert text.endswith(f": must be {rule}")
    assert "\n" not in text
    assert "None:" not in text
