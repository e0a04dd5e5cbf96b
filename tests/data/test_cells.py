"""Raw rows of a served model against the file that it was trained on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from table_files import read, written

from logodds.data.cells import PLAIN, Cells
from logodds.data.table import Table, load, save
from logodds.features import features
from logodds.features.fitted import tabular
from logodds.features.tabular import TabularOptions
from logodds.models.logistic import Logistic
from logodds.models.stacks.build import build
from logodds.models.stacks.padding import VECTOR
from logodds.serving import package as packages
from logodds.serving.classifier import Classifier
from logodds.serving.package import Package
from logodds.system.errors import UserError

OPTIONS = TabularOptions(name="tabular", scale="standard", bins=None, rare=0, max_categories=1000)
FILE = """n;d;b;c;y
1;0,5; true;red ;0
 2 ;-1,25;FALSE; blue;1
?;?;?;?;0
na;NA;true;red;1
;;;;1
4;1e3;false;blue;0
"""
GIVEN: dict[str, Any] = {"delimiter": "semicolon", "missing": ["?", "na"]}


@pytest.fixture
def trained(tmp_path: Path) -> tuple[Package, Table, Path]:
    path = written(tmp_path, FILE)
    table = read(path, **GIVEN)
    features = tabular.fit(table, np.arange(len(table)), OPTIONS, None)
    model = Logistic(name="logistic")
    stack = build([model], features.apply(table.columns, np.arange(6)), 1, [7], VECTOR, torch.device("cpu"))
    return Package(model, 1, features, stack.weights(0), ("no", "yes"), 0.5), table, path


def test_a_raw_cell_is_read_as_the_file_was(trained: tuple[Package, Table, Path]) -> None:
    built, table, path = trained
    assert table.columns.column("c").to_pylist() == ["red", "blue", None, "red", None, "blue"]
    expected = built.logits(table.columns)
    words = pd.read_csv(path, sep=";", dtype=str, keep_default_na=False).drop(columns="y")
    for frame in (words, words.astype("category"), words.replace("", None), words.astype(object)):
        np.testing.assert_array_equal(built.logits(pa.Table.from_pandas(frame)), expected)
    for row in range(len(words)):  # also where a row is alone
        raw = pa.Table.from_pandas(words.iloc[row : row + 1], preserve_index=False)
        np.testing.assert_allclose(built.logits(raw), expected[row : row + 1], rtol=1e-6)


def test_the_served_model_reads_what_pandas_reads(trained: tuple[Package, Table, Path], tmp_path: Path) -> None:
    built, table, path = trained
    (tmp_path / "model").mkdir()
    for name, data in packages.files(built).items():
        (tmp_path / "model" / name).write_bytes(data)
    classifier = Classifier(tmp_path / "model")
    frame = pd.read_csv(path, sep=";", decimal=",").drop(columns="y")
    mixed = pd.DataFrame({**frame, "n": pd.Series([1, 2, "?", "na", None, 4], dtype=object), "other": [[0]] * 6})
    expected = classifier.predict(table.columns.to_pandas())
    assert expected["probability"].between(0.0, 1.0).all()
    for each in (frame, mixed):
        pd.testing.assert_frame_equal(classifier.predict(each), expected)


def test_how_cells_are_read_is_kept_with_table_and_features(
    trained: tuple[Package, Table, Path], tmp_path: Path
) -> None:
    built, table, _ = trained
    assert table.cells == Cells(("?", "na"), comma=True, stated=False)
    save(table, tmp_path / "table.arrow")
    assert load(tmp_path / "table.arrow").cells == table.cells
    assert features.loads(features.dumps(built.features)) == built.features


@pytest.mark.parametrize("value", [np.inf, -np.inf, 2e37, "inf", "1e300"])
def test_a_number_that_no_feature_holds_is_refused_by_row(trained: tuple[Package, Table, Path], value: object) -> None:
    built, table, _ = trained
    columns = table.columns.set_column(0, "n", [pa.array([None, value, value], from_pandas=True)] * 2)
    told = f"column 'n' row 2 is {float(str(value))} \\(4 such rows\\); a number must be finite and below 1e37"
    with pytest.raises(UserError, match=told.replace("+", "\\+")):
        built.probabilities(columns)


@pytest.mark.parametrize("words", [["1", " 2,5", "x1 "], ["true", "2", "x1"]])
def test_a_word_that_is_no_number_is_refused_by_row(trained: tuple[Package, Table, Path], words: list[str]) -> None:
    built, table, _ = trained
    columns = table.columns.slice(0, 3).set_column(0, "n", [words])
    row, word = (3, "x1") if words[0] == "1" else (1, "true")
    fault = ", no number; write one or leave it empty" if word == "x1" else " among numbers; write 1 for true and 0 for"
    with pytest.raises(UserError, match=f"column 'n' row {row} is '{word}'{fault}"):
        built.logits(columns)


@pytest.mark.parametrize("thousands", ["", "point"])
def test_cells_that_all_are_missing_are_numbers_in_every_notation(thousands: str) -> None:
    cells = Cells(("?",), comma=thousands != "", stated=False, thousands=thousands)
    assert cells.numbers(pa.chunked_array([["", "?", None, "NA"]])).to_pylist() == [None] * 4
    assert cells.numbers(pa.chunked_array([pa.array([], pa.string())])).to_pylist() == []


def test_thousands_are_kept_with_how_cells_are_read(tmp_path: Path) -> None:
    table = read(written(tmp_path, 'x;y\n1.378,18;0\n"2,5";1\n'))
    assert table.cells == Cells(table.cells.missing, comma=True, stated=False, thousands="point")
    save(table, tmp_path / "table.arrow")
    kept = load(tmp_path / "table.arrow").cells
    assert kept == table.cells == Cells.from_plain(table.cells.to_plain())
    words = pa.chunked_array([["1.234.567,5", " 8 ", "NA", None]])
    assert kept.numbers(words).to_pylist() == [1234567.5, 8.0, None, None]
    with pytest.raises(ValueError, match=r"'1\.5' is no number"):
        kept.numbers(pa.chunked_array([["1", "1.5"]]))
    assert "thousands" not in PLAIN.to_plain()  # as the digests of tables have it that were read before


def test_words_of_a_file_with_types_are_what_they_are() -> None:
    words = pa.chunked_array([[" NA", "", None, "a"]])
    assert PLAIN.words(words).to_pylist() == [" NA", "", None, "a"]
    assert Cells(("NA",), comma=False, stated=False).words(words).to_pylist() == [None, None, None, "a"]
