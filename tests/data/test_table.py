"""Tables on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from logodds.data import table as tables
from logodds.data.table import Table
from logodds.system.errors import UserError


def example() -> Table:
    return Table(
        columns=pa.table(
            {
                "x": pa.array([0.1, None, float(np.nextafter(1.0, 2.0)), -0.0], pa.float64()),
                "c": pa.array(["a", None, "", "é\n"], pa.string()),
                "t": pa.array([0, 1, None, 2**40], pa.timestamp("us")),
            }
        ),
        target=np.array([0, 1, 1, 0], np.int64),
        target_name="y",
        classes=("no", "yes"),
    )


def test_round_trip_is_exact(tmp_path: Path) -> None:
    tables.save(example(), tmp_path / "table.arrow")
    found = tables.load(tmp_path / "table.arrow")
    assert found.columns.equals(example().columns)
    assert found.columns.column("x").to_numpy().tobytes() == example().columns.column("x").to_numpy().tobytes()
    np.testing.assert_array_equal(found.target, example().target)
    assert found.target.dtype == np.int64
    assert (found.target_name, found.classes, len(found)) == ("y", ("no", "yes"), 4)


def test_unused_class_survives(tmp_path: Path) -> None:
    lone = Table(pa.table({"x": [1.0]}), np.array([1], np.int64), "y", ("a", "b"))
    tables.save(lone, tmp_path / "table.arrow")
    assert tables.load(tmp_path / "table.arrow").classes == ("a", "b")


def test_chunked_columns_are_joined(tmp_path: Path) -> None:
    parts = pa.concat_tables([example().columns.slice(0, 1), example().columns.slice(1)])
    tables.save(Table(parts, example().target, "y", ("no", "yes")), tmp_path / "table.arrow")
    assert tables.load(tmp_path / "table.arrow").columns.equals(example().columns)


def test_same_table_is_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        tables.save(example(), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such table"):
        tables.load(tmp_path / "table.arrow")


@pytest.mark.parametrize("data", [b"", b"x,y\n1,0\n", b"ARROW1\0\0", bytes(64)])
def test_other_file_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "table.arrow").write_bytes(data)
    with pytest.raises(UserError, match="not a prepared table"):
        tables.load(tmp_path / "table.arrow")


@pytest.mark.parametrize("metadata", [None, {"target": "absent"}])
def test_arrow_file_without_target_is_refused(tmp_path: Path, metadata: dict[str, str] | None) -> None:
    columns = example().columns.replace_schema_metadata(metadata)
    with pa.ipc.new_file(str(tmp_path / "table.arrow"), columns.schema) as writer:
        writer.write_table(columns)
    with pytest.raises(UserError, match="not a prepared table"):
        tables.load(tmp_path / "table.arrow")


@pytest.mark.parametrize("share", [0.3, 0.9, 0.99])
def test_truncated_file_is_refused(tmp_path: Path, share: float) -> None:
    path = tmp_path / "table.arrow"
    tables.save(example(), path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(UserError, match="damaged"):
        tables.load(path)


def test_texts_pictures_notes_and_test_rows_survive(tmp_path: Path) -> None:
    kind = pa.fixed_shape_tensor(pa.uint8(), (3, 2, 2))
    pixels = np.arange(36, dtype=np.uint8).reshape(3, 12)
    pictures = pa.ExtensionArray.from_storage(kind, pa.FixedSizeListArray.from_arrays(pa.array(pixels.ravel()), 12))
    columns = pa.table({"t": pa.array(["a b", None, "\n"], pa.large_string()), "p": pictures})
    names = tuple(f"c{index}" for index in range(256))
    whole = Table(columns, np.array([255, 0, 128], np.int64), "y", names, test_rows=1, notes=("left out", "é"))
    tables.save(whole, tmp_path / "table.arrow")
    found = tables.load(tmp_path / "table.arrow")
    assert found.columns.equals(columns)
    assert found.columns.schema.types == [pa.large_string(), kind]
    np.testing.assert_array_equal(found.columns.column("p").combine_chunks().to_numpy_ndarray().reshape(3, 12), pixels)
    assert (found.target.tolist(), found.classes) == ([255, 0, 128], names)
    assert (found.test_rows, found.notes) == (1, ("left out", "é"))
