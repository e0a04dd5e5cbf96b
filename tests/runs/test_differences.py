"""Configurations in words, to the letter."""

from __future__ import annotations

import pytest

from logodds.runs.differences import between, in_words, varying, word


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("[64, 64]", "64-64"),
        ("[32]", "32"),
        ("[]", "none"),
        ("[0.5, 1.0]", "0.5-1"),
        ("['benign', 'malignant']", "benign, malignant"),
        ("[['a', 'b'], ['c']]", "a, b, c"),
        ("None", "none"),
        ("True", "true"),
        ("0.0", "0"),
        ("0.01", "0.01"),
        ("1e-05", "1e-05"),
        ("0.11445744019101334", "0.11445744019101334"),
        ("100000000.0", "1e+08"),
        ("20", "20"),
        ("sgd", "sgd"),
        ("", "(empty)"),
        ("{'a': 'b'}", "{'a': 'b'}"),
        ("[[[[", "[[[["),
        ("(" * 5000, "(" * 40 + "…" + "(" * 19),
        ("two\nlines", "two lines"),
    ],
)
def test_word(value: str, expected: str) -> None:
    assert word(value) == expected


def test_what_varies_in_the_order_of_the_configuration() -> None:
    one = {"a.same": "1", "optim.lr": "0.1", "model.hidden": "[32]", "tracking.name": "none", "a.b": "1"}
    other = {"a.same": "1", "optim.lr": "0.2", "tracking.name": "mlflow", "a.b": "2", "optim.momentum": "0.9"}
    assert varying([one, other]) == ["optim.lr", "a.b"]  # what one of them lacks comes with another option
    assert varying([one, other, one | {"model.hidden": "[64]"}]) == ["optim.lr", "model.hidden", "a.b"]
    assert varying([one, one]) == []
    assert varying([one, one | {"train.checkpoint_seconds": "1.0"}]) == []


def test_long_numbers_are_rounded_where_they_stay_apart() -> None:
    def of(*values: str) -> list[str | None]:
        return [each["lr"] for each in in_words([{"optim.lr": value} for value in values])]

    assert of("0.123456789", "0.987654321", "0.1") == ["0.1235", "0.9877", "0.1"]
    assert of("0.123451", "0.123459", "0.1") == ["0.12345", "0.12346", "0.1"]
    assert of("0.12345678901", "0.12345678902") == ["0.12345678901", "0.12345678902"]


def test_between_two() -> None:
    one, other, bare = in_words(
        [
            {"optim.lr": "0.1", "model.hidden": "[64, 64]", "model.name": "mlp"},
            {"optim.lr": "0.01", "model.hidden": "[32]", "model.name": "mlp"},
            {"optim.lr": "0.1", "model.name": "logistic"},
        ]
    )
    assert between(one, other) == "lr 0.1 instead of 0.01; hidden 64-64 instead of 32"
    assert between(one, bare) == "hidden 64-64, which the other lacks; model mlp instead of logistic"
    assert between(bare, one) == "no hidden instead of 64-64; model logistic instead of mlp"
    assert between(one, one) == "the same configuration"
