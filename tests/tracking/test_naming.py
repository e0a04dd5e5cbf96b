"""The names of runs."""

from __future__ import annotations

from logodds.tracking.naming import run_name


def test_a_run_is_named_by_its_overrides_with_whole_keys_where_short_ones_are_the_same() -> None:
    assert run_name(["problem=iris", "optim.lr=0.1", "model=mlp"]) == "lr=0.1 model=mlp"
    assert run_name(["problem=csv", "problem.path=a/b.csv", "problem.target=y", "optim.lr=0.1"]) == "lr=0.1"
    assert run_name(["problem=iris3", "problem.target=petal_length"]) == "target=petal_length"
    assert run_name(["+train.seed=1", "split.seed=2", "optim.lr=0.1"]) == "train.seed=1 split.seed=2 lr=0.1"
