"""From a section of a configuration to its dataclass."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
from example_section import VALID, Section, refusal, section
from omegaconf import OmegaConf

from logodds.options.rules import choice, number
from logodds.options.schema import read, read_option
from logodds.system.errors import UserError


@dataclass(kw_only=True)
class Other:
    """A second option of a group."""

    name: str = choice("other")
    depth: int = number(least=1)


def test_valid_section_is_its_dataclass() -> None:
    assert section() == Section(**VALID)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("rate", "1e-3", 1e-3),
        ("rate", "0.25", 0.25),
        ("share", 1, 1.0),
        ("count", "7", 7),
        ("limit", "2.5e+1", 25.0),
        ("limit", 3, 3.0),
        ("words", [], []),
        ("widths", [8], [8]),
        ("words", [1, "0.50"], ["1", "0.50"]),
    ],
)
def test_value_takes_the_type_of_its_field(key: str, value: Any, expected: Any) -> None:
    found = getattr(section(**{key: value}), key)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(("value", "read_as"), [(0.1, "a number"), (True, "true or false")])
def test_a_text_that_yaml_read_as_something_else_is_refused(value: Any, read_as: str) -> None:
    told = f"part.words: {value} was read as {read_as} and not as it is spelt; write it in quotes"
    assert refusal(words=["a", value]) == told


def test_yaml_text_without_a_point_is_a_float() -> None:
    node = OmegaConf.create("rate: '1e-3'\nshare: 1e-8\n")
    found = read(Section, OmegaConf.merge(VALID, node), "part")
    assert (found.rate, found.share) == (1e-3, 1e-8)


@pytest.mark.parametrize(("key", "suggestion"), [("rat", "rate"), ("width", "widths"), ("cuont", "count")])
def test_unknown_key_names_nearest(key: str, suggestion: str) -> None:
    text = refusal(**{key: 1})
    assert text.startswith(f"part.{key}: unknown key")
    assert re.search(rf"did you mean .*\b{suggestion}\b.*\?", text)


def test_unknown_key_far_from_all_lists_them() -> None:
    assert "known: " + ", ".join(sorted(VALID)) in refusal(zzzzzz=1)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("rate", "abc"),
        ("rate", ".nan"),
        ("rate", None),
        ("rate", True),
        ("rate", [0.5]),
        ("rate", {"a": 1}),
        ("count", 1.5),
        ("count", "1.5"),
        ("count", "three"),
        ("count", None),
        ("name", None),
        ("name", ["a"]),
        ("flag", "maybe"),
        ("flag", 0.5),
        ("widths", 4),
        ("widths", "4"),
        ("widths", None),
        ("widths", {"a": 1}),
        ("widths", ["a"]),
        ("widths", [None]),
        ("widths", [1.5]),
        ("words", "a"),
        ("limit", "none"),
        ("mode", None),
    ],
)
def test_wrong_type_names_key(key: str, value: Any) -> None:
    assert refusal(**{key: value}).startswith(f"part.{key}")


@dataclass(kw_only=True)
class Deep:
    """Containers within containers."""

    flat: list[str]
    deep: list[list[str]] | None
    by_name: dict[str, str] | None


DEEP: dict[str, Any] = {"flat": ["a"], "deep": [["a"], []], "by_name": {"a": "b"}}


@pytest.mark.parametrize(
    ("key", "value"),
    [("flat", []), ("deep", None), ("deep", []), ("deep", [["a", "b"], ["c"]]), ("by_name", None), ("by_name", {})],
)
def test_containers_as_deep_as_their_type_are_read(key: str, value: Any) -> None:
    assert getattr(read(Deep, OmegaConf.create({**DEEP, key: value}), "part"), key) == value


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("flat", value) for value in ("a", ["a", ["b"]], [{"a": "b"}], {"a": "b"}, [None], None)),
        *(("deep", value) for value in ("a", ["a"], [["a"], "b"], [["a", ["b"]]], [None], [{"a": "b"}], {"a": ["b"]})),
        *(("by_name", value) for value in ("a", ["a"], {"a": ["b"]}, {"a": {"b": "c"}}, {"a": None})),
    ],
)
def test_containers_of_another_depth_are_refused(key: str, value: Any) -> None:
    with pytest.raises(UserError, match=rf"^part\.{key}=.*: must be a (list|mapping) of "):
        read(Deep, OmegaConf.create({**DEEP, key: value}), "part")


def test_absent_key_is_missing() -> None:
    with pytest.raises(UserError, match=re.escape("part.count: missing; give part.count=VALUE")):
        read(Section, OmegaConf.create({key: value for key, value in VALID.items() if key != "count"}), "part")


def test_question_marks_are_missing() -> None:
    assert refusal(count="???") == "part.count: missing; give part.count=VALUE"


@pytest.mark.parametrize("node", [None, 5, "text", [1, 2]])
def test_section_that_is_no_mapping_is_refused(node: Any) -> None:
    with pytest.raises(UserError, match=r"^part: expected a section of keys"):
        read(Section, OmegaConf.create(node) if isinstance(node, list) else node, "part")


def test_plain_mapping_reads_like_a_config() -> None:
    assert read(Section, VALID, "part") == section()


def test_option_is_chosen_by_name() -> None:
    options: dict[str, type[Section | Other]] = {"other": Other, "section": Section}
    assert read_option(options, OmegaConf.create({"name": "other", "depth": 2}), "part") == Other(name="other", depth=2)


@pytest.mark.parametrize("node", [{"name": "othr", "depth": 2}, {"depth": 2}, {"name": 3}, {"name": None}])
def test_unknown_option_is_refused(node: Any) -> None:
    with pytest.raises(UserError, match=r"^part\.name=.*: unknown; .*\bother\b"):
        read_option({"other": Other}, OmegaConf.create(node), "part")


@pytest.mark.parametrize("node", [5, None, "other"])
def test_an_option_that_is_no_section_is_refused(node: Any) -> None:
    with pytest.raises(UserError, match=f"^part: must be a section of keys, not {node!r}$"):
        read_option({"other": Other}, node, "part")
