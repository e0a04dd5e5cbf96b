"""A resolved configuration on disk."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from logodds.options.configfile import load
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
