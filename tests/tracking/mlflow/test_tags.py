"""MLflow's own names for what runs are given in the tracker's words."""

from __future__ import annotations

import pytest

from logodds.tracking.mlflow import tags
from logodds.tracking.naming import Naming
from logodds.tracking.writer import Pending, Source

PLAIN = Naming("run", {"a": "b"})


@pytest.mark.parametrize(
    ("naming", "own"),
    [
        (PLAIN, {}),
        (Naming("run", {"a": "b"}, parent="p1"), {"mlflow.parentRunId": "p1"}),
        (Naming("run", {"a": "b"}, colour="#1f77b4"), {"mlflow.runColor": "#1f77b4"}),
    ],
    ids=["plain", "below another", "coloured"],
)
def test_tags_of_a_new_run(naming: Naming, own: dict[str, str]) -> None:
    assert tags.of_naming(naming) == {"a": "b", **own}


@pytest.mark.parametrize(
    ("pending", "expected"),
    [
        (Pending(), {}),
        (Pending(tags={"a": "b"}, tables=["t.json"]), {"a": "b"}),
        (Pending(description="| a |"), {"mlflow.note.content": "| a |"}),
        (Pending(description=""), {"mlflow.note.content": ""}),
        (Pending(colour="#1f77b4"), {"mlflow.runColor": "#1f77b4"}),
        (
            Pending(source=Source("src/train.py", "me", None)),
            {"mlflow.source.name": "src/train.py", "mlflow.source.type": "LOCAL", "mlflow.user": "me"},
        ),
        (
            Pending(source=Source("src/train.py", "me", "abc")),
            {
                "mlflow.source.name": "src/train.py",
                "mlflow.source.type": "LOCAL",
                "mlflow.user": "me",
                "mlflow.source.git.commit": "abc",
            },
        ),
    ],
    ids=["nothing", "own tags", "description", "no description", "colour", "no repository", "commit"],
)
def test_tags_of_a_batch(pending: Pending, expected: dict[str, str]) -> None:
    assert tags.of_pending(pending) == expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (None, '[{"path": "a", "type": "table"}, {"path": "b", "type": "table"}]'),
        ("{[(", '[{"path": "a", "type": "table"}, {"path": "b", "type": "table"}]'),
        ('{"path": "x"}', '[{"path": "a", "type": "table"}, {"path": "b", "type": "table"}]'),
        (
            '[{"path": "b", "type": "table"}, {"path": "x", "type": "other"}, 1]',
            '[{"path": "b", "type": "table"}, {"path": "x", "type": "other"}, {"path": "a", "type": "table"}]',
        ),
    ],
    ids=["none", "no JSON", "no list", "some"],
)
def test_tables_are_added_to_what_the_tag_says(before: str | None, expected: str) -> None:
    assert tags.with_tables(before, ["a", "b"]) == expected
