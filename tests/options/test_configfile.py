"""A resolved configuration on disk."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from logodds.options.configfile import DEEPEST, LONGEST, MOST, load, oddity
from logodds.system.errors import UserError


def test_load_reads_a_mapping(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("a: {b: 1e-3}\n")
    assert load(path) == OmegaConf.create({"a": {"b": 1e-3}})


@pytest.mark.parametrize("text", [None, "- a\n", "5\n", "a: [\n", "a: b: c\n", "\tx: 1\n", "\0"])
def test_load_refuses_what_is_no_mapping(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "config.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UserError, match=re.escape(str(path))) as caught:
        load(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        ("a: " + "[" * DEEPEST, f"more than {DEEPEST} levels"),
        ("a: " + "{a: " * 40_000, f"more than {DEEPEST} levels"),
        ("? " * 100_000, f"more than {DEEPEST} levels"),
        ("a: [" + "1," * (MOST - 5) + "1]", f"more than {MOST} values"),
        ("a: " + "x" * LONGEST, f"more than {LONGEST} characters"),
        ("a: &b 1\nc: *b\n", "references"),
        ("a: " + "[" * (DEEPEST - 1) + "]" * (DEEPEST - 1), None),
        ("a: [" + "1," * (MOST - 10) + "1]", None),
        ("a: " + "x" * (LONGEST - 3), None),
    ],
)
def test_what_would_keep_a_parser_busy_is_found_before_it_is_parsed(text: str, odd: str | None) -> None:
    assert oddity(text) == odd


def test_load_refuses_an_odd_text_by_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("a: " + "[" * 100_000)
    with pytest.raises(UserError, match=f"holds more than {DEEPEST} levels, which no resolved configuration has"):
        load(path)
