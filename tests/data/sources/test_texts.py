"""Folders of texts: what is in the table is what the files hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from logodds.data import table
from logodds.data.sources.readers import texts
from logodds.data.sources.texts import TextFolders
from logodds.system.errors import UserError


def problem(path: Path, **changes: Any) -> TextFolders:
    plain: dict[str, Any] = {"classes": None, "test_path": None, "largest_rows": 100, "encoding": "utf-8"}
    return TextFolders(name="t", source="texts", path=str(path), **(plain | changes))


def write(root: Path, **files: bytes) -> Path:
    """Files called ``class_name`` in their class folders."""
    for name, data in files.items():
        path = root.joinpath(*name.split("_")).with_suffix(".txt")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def test_a_table_of_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "CHUNK", 2)
    train = write(tmp_path / "train", neg_1="schlimm ß €\r\n".encode(), neg_2=b"\xef\xbb\xbfmark", pos_1=b"")
    test = write(tmp_path / "test", pos_1=b"good", neg_1=b"bad")
    found = problem(train, test_path=str(test)).read()
    assert found.columns.schema.field("text").type == pa.large_string()
    assert found.columns.column("text").to_pylist() == ["schlimm ß €\r\n", "mark", "", "bad", "good"]
    assert found.columns.column("text").num_chunks == 3
    assert (found.target.tolist(), found.classes, found.test_rows) == ([0, 0, 1, 0, 1], ("neg", "pos"), 2)
    assert found.notes == (f"1 of 5 texts are empty, {train / 'pos' / '1.txt'} first",)
    table.save(found, tmp_path / "table.arrow")
    assert table.load(tmp_path / "table.arrow").columns.equals(found.columns)


@pytest.mark.parametrize(("encoding", "data"), [("latin-1", b"caf\xe9"), ("utf-16", "café".encode("utf-16"))])
def test_another_encoding(tmp_path: Path, encoding: str, data: bytes) -> None:
    found = texts.read(problem(write(tmp_path, a_1=data, b_1=data), encoding=encoding))
    assert found.columns.column("text").to_pylist() == ["café", "café"]


def test_files_of_several_encodings_are_read_each_in_its_own_and_told(tmp_path: Path) -> None:
    root = write(tmp_path, a_1="café".encode("cp1252"), a_2="café".encode(), b_1="café".encode("utf-16"), b_2=b"plain")
    found = problem(root, encoding="auto").read()
    assert found.columns.column("text").to_pylist() == ["café", "café", "café", "plain"]
    assert found.notes[-2:] == (
        f"1 of 4 texts: encoding cp1252, {root / 'a' / '1.txt'} first",
        f"1 of 4 texts: encoding utf-16, {root / 'b' / '1.txt'} first",
    )
    with pytest.raises(UserError, match=r"1.txt: byte 3 is not utf-8; set problem.encoding=auto"):
        problem(root).read()
    told = f"1 of 4 texts: UTF-8 by their bytes, read by problem.encoding=iso8859-1, {root / 'a' / '2.txt'} first"
    (root / "b" / "1.txt").write_bytes(b"")
    assert told in problem(root, encoding="latin-1").read().notes


@pytest.mark.parametrize(
    ("data", "changes", "told"),
    [
        (b"caf\xe9", {}, "{file}: byte 3 is not utf-8; set problem.encoding=auto"),
        ("café".encode("utf-16"), {}, "{file}: byte 0 is not utf-8; set problem.encoding=auto"),
        (
            b"a\0b",
            {},
            "{file}: holds a NUL character, so it is no text or in another encoding; "
            "set problem.encoding=auto or utf-16",
        ),
        (b"a" * (2**24 + 1), {}, "{file}: more than 16777216 bytes, too long for one text; split it"),
        (b"a", {"encoding": "utf8000"}, "problem.encoding=utf8000: unknown; use auto, utf-8, utf-16 or cp1252"),
        (b"a", {"encoding": "base64"}, "problem.encoding=base64: unknown; use auto, utf-8, utf-16 or cp1252"),
        (b" \n", {}, "problem.path={root}: every text is empty; nothing can be learnt from them"),
    ],
    ids=["latin-1", "utf-16", "NUL", "long", "unknown", "not of text", "empty"],
)
def test_a_text_is_refused(tmp_path: Path, data: bytes, changes: dict[str, Any], told: str) -> None:
    root = write(tmp_path, a_1=data, b_1=b"")
    with pytest.raises(UserError) as caught:
        texts.read(problem(root, **changes))
    assert str(caught.value) == told.format(root=root, file=root / "a" / "1.txt")
