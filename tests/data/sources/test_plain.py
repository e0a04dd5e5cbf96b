"""Columns that are read as plain numbers: the table, the notes and the errors are those of their words."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from table_files import read, written

from logodds.data.cells import Cells
from logodds.data.sources.readers import gathering, parser, plain
from logodds.system.errors import UserError

ROWS = 40
MISSING = gathering.MissingWords(Cells(("NA", "?", "nan"), comma=False, stated=False))
#: What one column is made of; most columns of a table are of the first ones.
WORDS: dict[str, Callable[[random.Random], str]] = {
    "normal": lambda draw: repr(draw.gauss(0, 1)),
    "whole": lambda draw: str(draw.randrange(-500, 500)),
    "few": lambda draw: str(draw.randrange(3)),
    "money": lambda draw: f"{draw.uniform(0, 50):.2f}",
    "thousandths": lambda draw: f"{draw.uniform(1, 999):.3f}",
    "tenths": lambda draw: str(draw.randrange(40) / 10),
    "small": lambda draw: repr(draw.uniform(0, 1e-6)),
    "exponents": lambda draw: f"{draw.randrange(1, 99)}E{draw.randrange(9)}",
    "floats": lambda draw: str(float(draw.randrange(100))),
    "large": lambda draw: str(draw.randrange(2**52, 2**54)),
    "date": lambda draw: f"2024{draw.randrange(1, 13):02}{draw.randrange(1, 29):02}",
    "signed": lambda draw: f"{draw.choice('+-')}{draw.randrange(10**8, 10**9)}",
    "comma": lambda draw: f"{draw.randrange(999)},{draw.randrange(100):02}",
    "grouped": lambda draw: f"{draw.randrange(1, 99)},{draw.randrange(1000):03}",
    "code": lambda draw: f"{draw.randrange(10**4):05}",
    "words": lambda draw: draw.choice(["red", "green", "blue"]),
    "truth": lambda draw: draw.choice(["true", "false"]),
    "empty": lambda draw: "",
    "constant": lambda draw: "1.50",
}
#: Words that make something else of a column that has them among others.
TRICKY = (
    *(
        "",
        "",
        " ",
        "NA",
        "nan",
        "NaN",
        "null",
        "na",
        "-nan",
        "NAN",
        "nan(3)",
        "inf",
        "-Infinity",
        "1e400",
        "-1e39",
        "1e-400",
    ),
    *(
        "007",
        "-01",
        "+05",
        "00",
        "0",
        "-0",
        "+0",
        "0.0",
        "-0.0",
        "00.5",
        "0x10",
        "1_000",
        "1d5",
        "1e",
        "1.",
        ".5",
        "-.5",
    ),
    *("1.10", "1.1", "1,5", "1.234", "1,234", "+49301234567", "12E3", "12e3", "9007199254740993"),
    *("123456789012345678901234567890", "0.1000000000000000055511151231257827", "true", "-999"),
)


def described(path: Path, **given: Any) -> Any:
    """All that is read of a file, or its error."""
    try:
        table = read(path, **given)
    except UserError as error:
        return str(error)
    return table.digest, table.notes, dict(table.stored_as), table.columns.schema.types


def of_words(monkeypatch: pytest.MonkeyPatch, path: Path, **given: Any) -> Any:
    """The same where the words of all columns are kept."""

    class Words(gathering.Gathering):
        def __init__(self, as_words: bool) -> None:
            super().__init__(as_words=True)

    with monkeypatch.context() as patch:
        patch.setattr(parser, "Gathering", Words)
        return described(path, **given)


def table_of(draw: random.Random, names: Collection[str]) -> str:
    """A table with one column of each kind, some with a tricky word or two."""
    columns = []
    for name in names:
        words = [WORDS[name](draw) for _ in range(ROWS)]
        for _ in range(draw.choice([0, 0, 1, 1, 2])):
            words[draw.randrange(ROWS)] = draw.choice(TRICKY)
        columns.append([f'"{word}"' if "," in word or draw.random() < 0.02 else word for word in words])
    columns.append([draw.choice(["no", "yes"]) for _ in range(ROWS - 2)] + ["no", "yes"])
    header = ",".join([*(f"{name}{index}" for index, name in enumerate(names)), "y"])
    return "\n".join([header, *map(",".join, zip(*columns, strict=True))]) + "\n"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in (1, 2, 3))])
def test_numbers_are_read_as_their_words_are(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(seed)
    monkeypatch.setattr(parser, "SMALL_BLOCK", 600)  # several blocks, also such as have no tricky word
    monkeypatch.setattr(parser, "BYTES_OF_COLUMN", 0)
    numbers = 0
    for index in range(60):
        usual = ["normal", "whole", "money", "few"] if index % 2 else list(WORDS)
        path = written(tmp_path, table_of(draw, draw.choices(usual, k=draw.randrange(1, 4))), f"{index % 3}.csv")
        given: dict[str, Any] = draw.choice(
            [{}, {}, {}, {"missing": ["-999", "5"]}, {"classes": ["yes", "no"]}, {"thousands": "none"}]
        )
        if draw.random() < 0.2:
            given["test_path"] = str(
                written(tmp_path, path.read_text().replace(".5", ",5", draw.randrange(2)), "t.csv")
            )
        found = described(path, **given)
        assert found == of_words(monkeypatch, path, **given), path.read_text()
        numbers += not isinstance(found, str) and pa.float64() in found[3]
    assert numbers > 20


@pytest.mark.parametrize(
    ("words", "kind", "points"),
    [
        (["1", "-20", "0"], pa.int64(), 0),
        (["1", "", "NA", "na"], pa.int64(), 0),
        (["1.5", "-2", "3e-05"], pa.float64(), 1),
        (["1", "-0"], pa.float64(), 0),
        (["1", "+2"], pa.float64(), 0),
        (["1e5", "2"], pa.float64(), 0),
        (["1", "9007199254740992"], pa.float64(), 0),
        (["-9007199254740991", " 2 "], pa.int64(), 0),
        (["1", "01"], pa.string(), 0),
        (["0.5", "-00.5"], pa.string(), 0),
        (["1", "inf"], pa.string(), 0),
        (["1", "0x10"], pa.string(), 0),
        (["1.1", "1.10", "1.1", "1.1"], pa.string(), 0),
        (["true", "false"], pa.string(), 0),
        (["1", "\u0661"], pa.string(), 0),
    ],
)
def test_a_block_is_kept_as_numbers_if_they_are_plain(words: list[str], kind: pa.DataType, points: int) -> None:
    column = gathering.Gathering(as_words=False)
    gathering.add([column], [pa.array(words)], MISSING)
    assert (column.column().type, column.points, column.lost) == (kind, points, False)


def test_blocks_are_read_at_their_offsets() -> None:
    column = gathering.Gathering(as_words=False)
    gathering.add([column], [pa.array(["007", "1.5", "2.25", "x"]).slice(1, 2)], MISSING)
    assert (column.column().to_pylist(), column.points) == ([1.5, 2.25], 2)


def test_columns_are_gathered_together_as_one_by_one() -> None:
    draw = random.Random(0)
    kinds: dict[pa.DataType, int] = Counter()
    for _ in range(200):
        names = draw.choices(["normal", "whole", "money", "floats", "signed"], k=8)
        blocks = [[[WORDS[name](draw) for _ in range(4)] for name in names] for _ in range(2)]
        for _ in range(draw.randrange(4)):
            draw.choice(draw.choice(blocks))[draw.randrange(4)] = draw.choice(TRICKY)
        found = []
        for width in (1, len(names)):
            columns = [gathering.Gathering(as_words=False) for _ in names]
            for block in blocks:
                for start in range(0, len(names), width):
                    some = slice(start, start + width)
                    gathering.add(columns[some], [pa.array(words) for words in block[some]], MISSING)
            found.append([(column.lost, column.points, column.lost or column.column()) for column in columns])
        assert found[0] == found[1], blocks
        kinds.update(column.type for lost, _, column in found[1] if not lost)
    assert set(kinds) == {pa.int64(), pa.float64(), pa.string()}


def test_words_after_blocks_of_numbers_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser, "SMALL_BLOCK", 64)
    monkeypatch.setattr(parser, "BYTES_OF_COLUMN", 0)
    rows = [f"{index * 37 % 101}.5,{index * 7 % 30},{'no' if index % 2 else 'yes'}" for index in range(99)]
    table = read(written(tmp_path, "\n".join(["a,b,y", *rows, "0.25,01234,no"])))
    assert table.columns.column("b").to_pylist()[-2:] == ["26", "01234"]
    assert table.columns.column("a").to_pylist()[-2:] == [91.5, 0.25]


@pytest.mark.parametrize(
    ("numbers", "certain"),
    [
        ([1.234, 12.5, 100.0, 0.0], False),
        ([1.2345], True),
        ([-1.2345], True),
        ([1.00025], True),
        ([0.5], True),
        ([-0.001], True),
        ([1.0], False),
        ([99.9995], True),
        ([1e6 + 0.00025], False),  # float64 keeps no thousandth of a thousandth of it
        ([1.0] * 5000 + [1.2345], True),
        ([], False),
    ],
)
def test_a_number_of_other_than_three_decimals_separates_no_thousands(numbers: list[float], certain: bool) -> None:
    """The one below 1 too: nobody writes its thousands."""
    found = plain._fraction_in(np.array([numbers, [1.0] * len(numbers)]))
    assert found.tolist() == [certain, False]
