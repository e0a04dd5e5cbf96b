"""From a configuration to table, split and features."""

from __future__ import annotations

import pickle
import weakref
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from table_files import written

from logodds.data import table as tables
from logodds.runs import inputs
from logodds.runs.compose import compose
from logodds.runs.notes import notes
from logodds.runs.ready import ready

MODELS = {
    "tabular": ["+problem.kinds.words=drop"],
    "tokens": ["+problem.kinds.words=text", "model=bilstm"],
    "ngrams": ["+problem.kinds.words=text", "model=logistic"],
}


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
    assert inputs.of_files(config.problem, config.split)[0].columns.column_names == ["x"]
    config = compose([*given, "split.method=ordered", "split.column=id"])
    rows, parts = inputs.of_files(config.problem, config.split)
    assert sorted(parts.test.tolist()) == list(range(60 - len(parts.test), 60))
    found = inputs.fitted(rows, parts, config.features, config.split.column)
    assert found.features.names == ["x"]


@pytest.mark.parametrize("kind", ["tabular", "tokens", "ngrams"])
def test_inputs_reach_another_process_without_the_rows_made_of_them(tmp_path: Path, kind: str) -> None:
    lines = "".join(
        f"{row % 7 + row / 8},{'some' if row % 3 else 'other'} words {row},{row % 2}\n" for row in range(60)
    )
    path = written(tmp_path, f"x,words,y\n{lines}", "a.csv")
    config = compose(["problem=csv", "problem.target=y", f"problem.path={path}", f"features={kind}", *MODELS[kind]])
    read, parts = inputs.of_files(config.problem, config.split)
    table_file = tmp_path / "table.arrow"
    tables.save(read, table_file)
    found = inputs.fitted(tables.load(table_file), parts, config.features, config.split.column)
    before = len(pickle.dumps(found))
    rows = found.data
    assert len(pickle.dumps(found)) == before
    again = pickle.loads(pickle.dumps(found))
    np.testing.assert_equal(asdict(again.data), asdict(rows))
    assert again.table.columns.equals(found.table.columns)
    assert again.split.digest() == parts.digest()


@pytest.mark.parametrize("columns", [1, 3])
def test_a_run_trains_without_the_raw_columns(tmp_path: Path, columns: int) -> None:
    names = [f"x{index}" for index in range(columns)]
    draws = np.random.default_rng(0).normal(size=(90, columns)).round(1)
    lines = "".join(f"{','.join(map(str, numbers))},{row % 2}\n" for row, numbers in enumerate(draws))
    path = written(tmp_path, f"{','.join([*names, 'y'])}\n{lines}", "a.csv")
    config = compose(["problem=csv", "problem.target=y", f"problem.path={path}"])
    whole, lean = inputs.of(config), ready(config, inputs.of(config))
    assert lean.table.columns.column_names == (names if columns < 3 else [])  # those of a picture
    assert len(lean.table) == 90
    np.testing.assert_equal(asdict(lean.data), asdict(whole.data))
    for told in ("digest", "notes", "copies", "giveaways", "unseen"):
        assert getattr(lean, told) == getattr(whole, told)
    assert lean.table.digest == whole.table.digest
    assert notes(config, lean) == notes(config, whole)


def test_the_raw_columns_are_given_up(tmp_path: Path) -> None:
    path = written(
        tmp_path, "a,b,c,y\n" + "".join(f"{row % 11},{row % 7},{row % 5},{row % 2}\n" for row in range(90)), "a.csv"
    )
    config = compose(["problem=csv", "problem.target=y", f"problem.path={path}"])
    before = inputs.of(config)
    column = weakref.ref(before.table.columns)
    after = ready(config, before)
    del before
    assert column() is None
    assert len(after.data.x_train)
