"""From a configuration to table, split and features."""

from __future__ import annotations

from pathlib import Path

import pytest
from files import written

from logodds import inputs
from logodds.compose import compose
from logodds.errors import UserError


def table(folder: Path, name: str, rows: int) -> Path:
    return written(folder, "id,x,y\n" + "".join(f"{row},{row % 7 + row / 8},{row % 2}\n" for row in range(rows)), name)


@pytest.mark.parametrize("folds", [None, 2])
def test_a_test_part_that_is_pooled_is_told(tmp_path: Path, folds: int | None) -> None:
    files = [f"problem.path={table(tmp_path, 'a.csv', 40)}", f"problem.test_path={table(tmp_path, 'b.csv', 20)}"]
    config = compose(["problem=csv", "problem.target=y", *files, f"split.folds={'null' if folds is None else folds}"])
    if folds is None:
        notes = inputs.of_files(config.problem, config.split)[0].notes
        keep = "split.method=given keeps them"
    else:
        notes = inputs.of_folds(config.problem, config.split, config.features)[0].table.notes
        keep = "split.method=given, without folds, keeps them"
    assert notes[-1] == f"the 20 rows of problem.test_path are pooled with the others; {keep}"


def test_an_identifier_may_split_the_rows_and_is_no_feature(tmp_path: Path) -> None:
    given = ["problem=csv", "problem.target=y", f"problem.path={table(tmp_path, 'a.csv', 60)}"]
    config = compose(given)
    with pytest.raises(UserError, match="column 'id' has 60 different whole numbers"):
        inputs.of_files(config.problem, config.split)
    config = compose([*given, "split.method=ordered", "split.column=id"])
    rows, parts = inputs.of_files(config.problem, config.split)
    assert sorted(parts.test.tolist()) == list(range(60 - len(parts.test), 60))
    found = inputs.fitted(rows, parts, config.features, config.split.column)
    assert found.features.names == ["x"]
