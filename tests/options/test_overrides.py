"""Overrides as a person types them, read back by the shell's rules and by Hydra."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from logodds.options.overrides import as_hydra_reads, as_typed, name_as_spelt, short_names

WORDS = [
    *("a", "a b", "my (1).csv", "it's", 'a "b"', "a\\", '\\"', "", " a ", "null", "True", "NaN", "inf", "1", "1e3"),
    *("[a]", "{a: b}", "a: b", "Größe (cm)", "~/x", "$HOME", "${x}", "a=b", "#", "a;b|c&d", "*", "-x", "?", "a,b"),
]
NAMES = (
    "Id",
    "zip code",
    "width (cm)",
    "a-b",
    "a=b",
    "a,b",
    "a[1]",
    "a.b",
    "x:y",
    "growth %",
    "2nd a*b?@|+c/d",
    "x True",
)
NO_NAMES = ("True", "null", "NULL", "1.0", "0.10", "1e3", "-1", "2019", "007", "nan", "+inf", "1_000")


@pytest.mark.parametrize("value", [*WORDS, WORDS, [], ["a"], dict.fromkeys(NAMES, "category")], ids=repr)
def test_a_shell_and_hydra_read_the_value_back(value: str | Sequence[str] | Mapping[str, str]) -> None:
    (override,) = shlex.split(as_typed("problem.x", value))
    parsed = OverridesParser.create().parse_override(override)
    assert parsed.key_or_group == "problem.x"
    assert parsed.value() == value


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("/tmp/x.csv", "k=/tmp/x.csv"),
        ("my (1).csv", """'k="my (1).csv"'"""),
        (["a", "b"], "k=[a,b]"),
        (["", "NA"], """'k=["",NA]'"""),
        ({"Id": "number"}, "'k={Id: number}'"),
    ],
)
def test_no_more_quotes_than_needed(value: str | list[str] | dict[str, str], line: str) -> None:
    assert as_typed("k", value) == line


@pytest.mark.parametrize("names", [NO_NAMES, *((name,) for name in NO_NAMES), ("a", "null", "a,1", "1")], ids=repr)
def test_names_that_yaml_reads_as_something_else_are_read_as_they_are_spelt(names: Sequence[str]) -> None:
    (override,) = shlex.split(as_typed("problem.kinds", dict.fromkeys(names, "category")))
    rewritten = as_hydra_reads(override)
    assert as_hydra_reads(rewritten) == rewritten
    value = OverridesParser.create().parse_override(rewritten).value()
    assert [name_as_spelt(name) for name in value] == list(names)


@pytest.mark.parametrize("name", ["Größe", " a", "a ", '"'])
def test_a_name_that_no_command_line_can_hold_goes_into_a_file(name: str) -> None:
    assert as_typed("problem.kinds", {name: "number"}) == "problem.kinds in a file of conf/problem/"


def test_short_names_stay_apart() -> None:
    assert short_names(["optim.lr", "model.name", "train.seed", "split.seed", "alone"]) == {
        "optim.lr": "lr",
        "model.name": "model",
        "train.seed": "train.seed",
        "split.seed": "split.seed",
        "alone": "alone",
    }


@pytest.mark.parametrize(
    ("given", "texts"),
    [
        ("[<=50K, >50K]", ["<=50K", ">50K"]),
        ("[-1,+1]", ["-1", "+1"]),
        ("[it's,none]", ["it's", "none"]),
        ('[5" pipe,no]', ['5" pipe', "no"]),
        ("[true,false]", ["true", "false"]),
        ("[1.0,01,1e3]", ["1.0", "01", "1e3"]),
        ("[a b,c]", ["a b", "c"]),
        ("[\"a,b\", 'c']", ["a,b", "c"]),
        ("[0,1]", ["0", "1"]),
    ],
)
def test_texts_of_a_list_are_read_as_they_stand(given: str, texts: list[str]) -> None:
    override = OverridesParser.create().parse_override(as_hydra_reads(f"problem.classes={given}"))
    assert [str(text) for text in override.value()] == texts


@pytest.mark.parametrize("given", ["[]", "[,NA]", "[[a],[b]]", "[a,b],[b,a]", "null", r"[a\,b]", "[a,b]", "[0,-1]"])
def test_other_values_and_plain_lists_stay_as_typed(given: str) -> None:
    assert as_hydra_reads(f"problem.classes={given}") == f"problem.classes={given}"


@pytest.mark.parametrize(
    "text", ["0.10", "1e3", "1_000", "+1", "-0.5", "1.", ".5", "true", "False", "nan", "-inf", "-0"]
)
def test_a_text_that_looks_like_a_number_is_read_as_it_stands(text: str) -> None:
    for given, value in ((text, text), (f"[{text},a]", [text, "a"])):
        override = OverridesParser.create().parse_override(as_hydra_reads(f"problem.drop={given}"))
        assert override.value() == value


@pytest.mark.parametrize("given", ["7", "-3", "null", "a", "a,b", "0.1,0.2", '"0.10"', "{a: b}"])
def test_other_values_stay_as_they_are(given: str) -> None:
    assert as_hydra_reads(f"problem.target={given}") == f"problem.target={given}"
