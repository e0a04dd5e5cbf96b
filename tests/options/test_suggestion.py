"""What is offered in place of an unknown word."""

from __future__ import annotations

import pytest

from logodds.options.suggestion import nearest


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("irs", "did you mean iris?"),
        ("iris", "did you mean iris?"),
        ("tou", "did you mean toy?"),
        ("", "known: breast_cancer, iris, toy"),
        ("zzz", "known: breast_cancer, iris, toy"),
        ("tears", "known: breast_cancer, iris, toy"),
    ],
)
def test_nearest(word: str, expected: str) -> None:
    assert nearest(word, {"toy", "iris", "breast_cancer"}) == expected


def test_nearest_offers_three_at_most_and_the_best_first() -> None:
    assert nearest("lr", ["lr1", "lr2", "lr", "lr3", "lr4"]).startswith("did you mean lr, ")
    assert nearest("lr", ["lr1", "lr2", "lr", "lr3", "lr4"]).count(",") == 2
