"""Copies of train rows among held-out rows, and columns that hold the target, against pandas."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from logodds.data import leakage
from logodds.data.leakage import Copies, copies, giveaways
from logodds.data.split import Split
from logodds.data.table import Table

ROWS = 400


def parts(rows: int = ROWS, resubstitution: bool = False) -> Split:
    order = np.random.default_rng(1).permutation(rows)
    cuts = np.split(order, [rows // 2, rows * 3 // 4])
    return Split(*([np.arange(rows)] * 3 if resubstitution else cuts), resubstitution=resubstitution)


def pictures(pixels: Any) -> pa.ChunkedArray:
    """Two chunks, as a table has them that was read in parts."""
    half = len(pixels) // 2
    chunks = [pa.FixedShapeTensorArray.from_numpy_ndarray(part) for part in (pixels[:half], pixels[half:])]
    return pa.chunked_array(chunks)


def columns(kind: str) -> tuple[pa.Table, pd.DataFrame]:
    """Rows with few values, so that many are equal; and what tells them apart, for pandas."""
    random = np.random.default_rng(0)
    whole = random.integers(-3, 4, size=(ROWS, 3)) * random.choice([1.0, 0.5], size=(ROWS, 1))
    match kind:
        case "numbers":
            lacking = random.random((ROWS, 3)) < 0.1
            arrays = {f"x{k}": pa.array(whole[:, k], mask=lacking[:, k]) for k in range(3)}
            return pa.table(arrays), pd.DataFrame(np.where(lacking, 99.0, whole))
        case "words":
            words = whole.astype(str)
            arrays = {
                f"x{k}": pa.array(np.where(words[:, k] == "0.0", None, words[:, k]), pa.string()) for k in range(3)
            }
            return pa.table(arrays), pd.DataFrame(words)
        case "texts":
            texts = [f"a text {value}" for value in whole @ [1, 10, 100]]
            return pa.table({"t": pa.array(texts, pa.large_string())}), pd.DataFrame(texts)
        case "dates":
            days = [datetime.datetime(2024, 1, 10) + datetime.timedelta(float(value)) for value in whole @ [1, 10, 100]]
            return pa.table({"d": pa.array(days, pa.timestamp("us"))}), pd.DataFrame(days)
    pixels = (whole[:, :, None, None] + np.arange(15).reshape(3, 5) + 9).astype(np.uint8)
    pixels[::3] = pixels[::3, :, ::-1]  # the same pixels at other places
    return pa.table({"p": pictures(pixels)}), pd.DataFrame(pixels.reshape(ROWS, -1))


def table(kind: str) -> tuple[Table, pd.DataFrame]:
    rows, plain = columns(kind)
    target = np.random.default_rng(2).integers(2, size=ROWS)
    return Table(rows, target, "y", ("no", "yes")), plain.assign(target=target)


@pytest.mark.parametrize("kind", ["numbers", "words", "texts", "dates", "pictures"])
def test_copies_are_those_of_pandas(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leakage, "ROWS", 70)
    monkeypatch.setattr(leakage, "PICTURES", 1 << 10)
    rows, plain = table(kind)
    split = parts()
    given = list(plain.columns)
    expected = []
    for part, numbers in (("validation", split.val), ("test", split.test)):
        equal = [
            len(plain.iloc[numbers].merge(plain.iloc[split.train].drop_duplicates(keys), on=keys))
            for keys in (given[:-1], given)
        ]
        expected.append(Copies(part, len(numbers), *equal))
    assert copies(rows, split, rows.columns.column_names) == expected
    assert 0 < expected[0].same_class < expected[0].equal < expected[0].rows


def test_columns_that_no_model_reads_do_not_tell_rows_apart() -> None:
    rows, _ = table("numbers")
    numbered = Table(rows.columns.append_column("id", pa.array(np.arange(ROWS))), rows.target, "y", ("no", "yes"))
    assert copies(numbered, parts(), ["x0", "x1", "x2"]) == copies(rows, parts(), ["x0", "x1", "x2"])
    assert [part.equal for part in copies(numbered, parts(), ["id", "x0"])] == [0, 0]


def test_a_zero_is_a_zero_whatever_its_sign() -> None:
    zeros = Table(pa.table({"x": [0.0, -0.0, 1.0]}), np.array([0, 0, 1]), "y", ("a", "b"))
    split = Split(np.array([0, 2]), np.array([1]), np.array([], np.int64), resubstitution=False)
    assert copies(zeros, split, ["x"]) == [Copies("validation", 1, 1, 1)]


def test_close_numbers_are_not_equal() -> None:
    x = np.concatenate([np.arange(200.0), np.nextafter(np.arange(200.0), 1e9)])
    rows = Table(pa.table({"x": x}), np.arange(400) % 2, "y", ("a", "b"))
    split = Split(np.arange(200), np.arange(200, 400), np.array([], np.int64), resubstitution=False)
    assert copies(rows, split, ["x"]) == [Copies("validation", 200, 0, 0)]


def test_pictures_that_differ_in_a_bit_are_not_equal() -> None:
    """Of two words of 64 bits, which the hash mixes one by one."""
    bits = np.packbits(np.eye(128, dtype=np.uint8), axis=1).reshape(128, 1, 4, 4)
    rows = Table(pa.table({"p": pictures(bits)}), np.arange(128) % 2, "y", ("a", "b"))
    for held_out in range(128):
        rest = np.delete(np.arange(128), held_out)
        split = Split(rest, np.array([held_out]), np.array([], np.int64), resubstitution=False)
        assert copies(rows, split, ["p"]) == [Copies("validation", 1, 0, 0)]


def test_rows_that_are_not_held_out_are_no_copies() -> None:
    assert copies(table("numbers")[0], parts(resubstitution=True), ["x0"]) == []


TARGET = np.random.default_rng(3).integers(3, size=60)


@pytest.mark.parametrize(
    ("values", "gives_away"),
    [
        (pa.array(np.array(["r", "g", "b"])[TARGET]), True),
        (pa.array(np.array([7.0, -1.0, 0.5])[TARGET]), True),
        (pa.array(np.array(["r", "g", None])[TARGET]), True),
        (pa.array(np.array(["r", "g", "g"])[TARGET]), False),
        (pa.array(TARGET + np.linspace(0.0, 0.1, 60)), False),  # a threshold separates the classes
        (pa.array(np.array(["r", "g", "b"])[np.roll(TARGET, 1)]), False),
        (pa.array([f"{number}-{row % 2}" for row, number in enumerate(TARGET)]), False),
    ],
    ids=["words", "numbers", "missing", "two of three", "threshold", "others", "two words a class"],
)
def test_a_column_of_other_names_for_the_classes_is_found(values: pa.Array, gives_away: bool) -> None:
    rows = Table(pa.table({"x": values, "z": np.arange(60.0) % 3}), TARGET, "y", ("a", "b", "c"))
    assert giveaways(rows, np.arange(60), ["x", "z"]) == (["x"] if gives_away else [])
    assert giveaways(rows, np.arange(19), ["x", "z"]) == []  # by chance


def test_the_train_rows_decide() -> None:
    words = np.array(["r", "g", "b"])[TARGET]
    words[-1] = "r"
    rows = Table(pa.table({"x": words, "p": pictures(np.zeros((60, 1, 2, 2), np.uint8))}), TARGET, "y", ("a", "b", "c"))
    assert giveaways(rows, np.arange(59), ["x", "p"]) == ["x"]
    assert giveaways(rows, np.arange(60), ["x", "p"]) == ([] if TARGET[-1] else ["x"])
