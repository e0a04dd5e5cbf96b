"""Confusion matrices from the record's table."""

from __future__ import annotations

import base64
import json

import pytest
import svg_picture

from logodds.review.comparison.confusions import ConfusionMatrix, address, in_words, read

TABLE = {
    "columns": ["actual", "predicted", "rows"],
    "data": [["a", "a", 5], ["a", "b", 0], ["b", "a", 2], ["b", "b", 7]],
}
MATRIX = ConfusionMatrix(("a", "b"), ((5, 0), (2, 7)))


def test_table_picture_and_words() -> None:
    assert read(json.dumps(TABLE).encode()) == MATRIX
    assert in_words(MATRIX) == "a called a 5; b called a 2; b called b 7"
    kind, _, data = address(MATRIX).partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert {"5", "0", "2", "7", "a", "b"} < set(svg_picture.read(base64.b64decode(data)).texts())


def test_words_of_many_classes_end() -> None:
    classes = tuple(str(index) for index in range(8))
    assert in_words(ConfusionMatrix(classes, ((1,) * 8,) * 8)).endswith("3 called 5 1 and 34 more pairs")


@pytest.mark.parametrize(
    "data",
    [
        None,
        b"",
        b"not json",
        b"[]",
        b"null",
        json.dumps(TABLE | {"columns": ["x"]}).encode(),
        json.dumps(TABLE | {"data": TABLE["data"][:3]}).encode(),
        json.dumps(TABLE | {"data": [["a", "a", "many"]]}).encode(),
        json.dumps(TABLE | {"data": []}).encode(),
        json.dumps(TABLE | {"data": [["a", "a"]]}).encode(),
    ],
)
def test_what_is_no_such_table_is_left_out(data: bytes | None) -> None:
    assert read(data) is None
