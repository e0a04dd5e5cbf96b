"""The split of a table: its digest, its certificate, its file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from split_tables import assert_parts, imbalanced, options, table

from logodds.data.split import Split, certificate, load, save
from logodds.data.splitter import split
from logodds.system.errors import UserError


@pytest.mark.parametrize("found", [(0.2, 0.2), (0.3, 0.0)], ids=str)
def test_save_and_load_round_trip(tmp_path: Path, found: tuple[float, float]) -> None:
    parts = split(table(imbalanced(50, 0.4, 0)), options("random", *found, 3))
    save(parts, tmp_path / "split")
    again = load(tmp_path / "split", 50)
    assert_parts(again, [parts.train, parts.val, parts.test])
    assert again.resubstitution is parts.resubstitution
    assert again.digest() == parts.digest()
    everything = split(table([0, 1]), options("none", 0.0, 0.0))
    save(everything, tmp_path / "split")
    assert load(tmp_path / "split", 2).resubstitution is True


def test_same_split_is_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        save(split(table(imbalanced(50, 0.4, 0)), options("stratified", 0.2, 0.2, 3)), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("data", [None, b"", b"split", bytes(40), b"\x02\0\0\0\0\0\0\0{}"])
def test_file_that_is_no_split_is_refused(tmp_path: Path, data: bytes | None) -> None:
    if data is not None:
        (tmp_path / "split").write_bytes(data)
    with pytest.raises(UserError, match=r"no such split|not a split"):
        load(tmp_path / "split", 50)


@pytest.mark.parametrize("train", [np.array([0.0, 1.0]), np.array([[0, 1]]), np.array([0, 1], np.int32)])
def test_parts_that_are_no_row_numbers_are_refused(tmp_path: Path, train: np.ndarray[Any, Any]) -> None:
    save(Split(train, np.array([2]), np.array([3]), resubstitution=False), tmp_path / "split")
    with pytest.raises(UserError, match="not a split, its parts are not row numbers"):
        load(tmp_path / "split", 4)


@pytest.mark.parametrize("rows", [49, 51])
def test_the_split_of_another_table_is_refused(tmp_path: Path, rows: int) -> None:
    save(split(table(imbalanced(50, 0.4, 0)), options("random", 0.2, 0.2, 3)), tmp_path / "split")
    with pytest.raises(UserError, match=f"belongs to another table, it does not hold each of {rows} rows once"):
        load(tmp_path / "split", rows)


def test_digest_is_that_of_the_rows_in_order() -> None:
    parts = Split(np.array([3, 1]), np.array([0]), np.array([2]), resubstitution=False)
    assert replace(parts, train=np.array([1, 3])).digest() != parts.digest()
    assert replace(parts, train=np.array([3]), val=np.array([1, 0])).digest() != parts.digest()
    assert replace(parts, val=np.array([2]), test=np.array([0])).digest() != parts.digest()
    assert replace(parts, train=np.array([3, 1], np.int32)).digest() == parts.digest()


def test_certificate_counts_rows_of_each_class() -> None:
    target = imbalanced(60, 0.3, 1)
    parts = split(table(target), options("stratified", 0.2, 0.1, 5))
    found = certificate(table(target), parts)
    for name, rows in (("train", parts.train), ("val", parts.val), ("test", parts.test)):
        positives = int(np.isin(np.flatnonzero(target), rows).sum())
        assert found[name] == {"rows": len(rows), "classes": {"a": len(rows) - positives, "b": positives}}
    assert found["sha256"] == parts.digest()
    assert found["resubstitution"] is False
