"""Names where there is little room."""

from __future__ import annotations

import pytest

from logodds.names import shortened


@pytest.mark.parametrize(
    ("name", "width", "expected"),
    [
        ("versicolor", 10, "versicolor"),
        ("versicolor", 9, "versic…or"),
        ("species number 12", 16, "species nu…er 12"),
        ("two\n lines\t", 20, "two lines"),
        ("", 5, ""),
        ("abc", 1, "…"),
    ],
)
def test_shortened(name: str, width: int, expected: str) -> None:
    assert shortened(name, width) == expected
    assert len(shortened(name, width)) <= width
