"""Formats by their first bytes: what is read, and what is told instead."""

from __future__ import annotations

import io
import json
import lzma
import pickle
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather, orc
from table_files import read, refusal, written

COLUMNS: dict[str, Any] = {
    "i": [1, None, 3],
    "f": [0.5, 1.5, 2.5],
    "s": ["NA", None, "a b"],
    "n": ["1.5", "2", None],
    "y": ["no", "yes", "no"],
}
EXPECTED = {"i": [1.0, None, 3.0], "f": [0.5, 1.5, 2.5], "s": ["NA", None, "a b"], "n": [1.5, 2.0, None]}
FRAME = pd.DataFrame({"x": [1, 2], "y": [0, 1]})


def saved(path: Path, form: str, table: pa.Table) -> Path:
    if form == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))
    elif form == "stream":
        with pa.ipc.new_stream(str(path), table.schema) as stream:
            stream.write_table(table, max_chunksize=2)
    elif form == "orc":
        orc.write_table(table, str(path))
    elif form == "feather 1":
        with pytest.warns(DeprecationWarning, match="Feather V1"):
            feather.write_feather(table, str(path), version=1)
    else:
        feather.write_feather(table, str(path))
    return path


FORMS = ["jsonl", "stream", "orc", "feather 1", "feather 2"]


@pytest.mark.parametrize("form", FORMS)
def test_formats_with_types_are_read_as_parquet_is(tmp_path: Path, form: str) -> None:
    table = read(saved(tmp_path / "table.csv", form, pa.table(COLUMNS)))
    assert table.columns.to_pydict() == EXPECTED
    assert (table.classes, table.target.tolist(), table.cells.stated) == (("no", "yes"), [0, 1, 0], True)
    assert any("column 'n' has numbers stored as texts" in note for note in table.notes)
    assert table.notes[0].endswith(" by its content")  # the name is that of a CSV file


@pytest.mark.parametrize("form", FORMS)
def test_caps_hold_for_every_format(tmp_path: Path, form: str) -> None:
    path = saved(tmp_path / "t", form, pa.table({"x": list(range(500)), "y": [0, 1] * 250}))
    assert "rows, more than problem.largest_rows=400; raise it if memory allows" in refusal(path, largest_rows=400)
    assert "more than problem.largest_bytes=50" in refusal(path, largest_bytes=50)


@pytest.mark.parametrize("form", FORMS)
def test_a_damaged_file_of_every_format_is_refused(tmp_path: Path, form: str) -> None:
    path = saved(tmp_path / "t", form, pa.table(COLUMNS))
    path.write_bytes(path.read_bytes()[:-20])
    text = refusal(path)
    assert text.startswith("FILE: cannot be read (")
    assert text.endswith("; write it again")


def test_json_lines_keep_whole_numbers_beyond_64_bits_apart(tmp_path: Path) -> None:
    rows = [{"x": 12345678901234567890 + row % 2, "z": 1e30 * row / 7, "y": row % 2} for row in range(4)]
    table = read(written(tmp_path, "\ufeff" + "\n".join(map(json.dumps, rows))))
    assert table.columns.column("x").to_pylist() == ["12345678901234567890", "12345678901234567891"] * 2
    assert table.columns.column("z").to_pylist() == [row["z"] for row in rows]


def test_json_lines_of_two_types_are_told_with_their_row(tmp_path: Path) -> None:
    path = written(tmp_path, '{"x": 1, "y": 0}\n{"x": "a", "y": 1}\n')
    told = "JSON parse error: Column(/x) changed from number to string in row 2"
    assert refusal(path) == f"FILE: cannot be read ({told}); write it again"


def bytes_of(write: Any) -> bytes:
    sink = io.BytesIO()
    write(sink)
    return sink.getvalue()


def zipped(*names: str) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), "x,y\n1,0\n")  # without the time, since ids of tests hold it
    return sink.getvalue()


def tarred(form: int) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", format=form) as archive:
        archive.addfile(tarfile.TarInfo("a.csv"))
    return sink.getvalue()


PANDAS = "write it with pandas: DataFrame(…).to_parquet(…)"
LINES = 'write one object per line: DataFrame(…).to_json(…, orient="records", lines=True)'


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (pa.Codec("lz4").compress(b"x,y\n1,0\n").to_pybytes(), "compressed (lz4); unpack it first"),
        (pa.Codec("zstd").compress(b"x,y\n1,0\n").to_pybytes(), "compressed (zstd); unpack it first"),
        (lzma.compress(b"x,y\n1,0\n"), "compressed (xz); unpack it first"),
        (lzma.compress(b"x,y\n1,0\n", lzma.FORMAT_ALONE), "compressed (lzma); unpack it first"),
        (bytes_of(lambda sink: np.save(sink, np.eye(3))), f"a NumPy array (npy); {PANDAS}"),
        (bytes_of(lambda sink: np.savez(sink, a=np.eye(3))), f"an archive of NumPy arrays (npz); {PANDAS}"),
        (pickle.dumps(FRAME), f"a pickle, which may hold code and is not read; {PANDAS}"),
        (pickle.dumps([1, 2], protocol=2), f"a pickle, which may hold code and is not read; {PANDAS}"),
        (b"% a comment\n\n@RELATION t\n@attribute x numeric\n@data\n1,2\n", "an ARFF file (Weka); export it as CSV"),
        (b"+1 1:0.5 3:2\n-1 2:1\n", f"a file of libsvm; {PANDAS}"),
        (FRAME.to_html().encode(), f"an HTML page; take the file that it shows or links, or {PANDAS}"),
        (b"<!DOCTYPE html>\n<html>404</html>", f"an HTML page; take the file that it shows or links, or {PANDAS}"),
        (b"<?xml version='1.0'?><a/>", f"an XML file; {PANDAS}"),
        (FRAME.to_json().encode(), f"a JSON document; {LINES}"),
        (FRAME.to_json(orient="records").encode(), f"a JSON document; {LINES}"),
        (FRAME.to_json(orient="split", indent=2).encode(), f"a JSON document; {LINES}"),
        (b"\x89HDF\r\n\x1a\n", f"an HDF5 file; {PANDAS}"),
        (b"SQLite format 3\0", "an SQLite database; export it as CSV"),
        (zipped("a.csv"), "a zip archive; unpack it first"),
        (zipped("xl/workbook.bin"), "a workbook (xlsb or ods); save it as xlsx, or export it as CSV"),
        (zipped("a.npy", "b.csv"), "a zip archive; unpack it first"),
        (zipped("a.csv")[:-9], "a damaged zip archive or Excel workbook; write it again"),
        *((tarred(form), "an archive (tar); unpack it first") for form in (tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT)),
        (b"7z\xbc\xaf\x27\x1c\0", "an archive (7z); unpack it first"),
        (b"Rar!\x1a\x07", "an archive (rar); unpack it first"),
        (b"Obj\x01\x02", f"an Avro file; {PANDAS}"),
        (b"$FL2@(#)", "an SPSS file; export it as CSV"),
        (b"<stata_dta><header>", "a Stata file; export it as CSV"),
        (b"RDX3\nX\n", "an R file; export it as CSV"),
        (b"%PDF-1.7", "a PDF; export it as CSV"),
        (zipped("mimetype", "content.xml"), "a workbook (xlsb or ods); save it as xlsx, or export it as CSV"),
        (b"\xd0\xcf\x11\xe0", "an Excel workbook of the old form (xls); save it as xlsx, or export it as CSV"),
    ],
)
def test_what_is_no_table_is_told_with_what_to_write(tmp_path: Path, data: bytes, told: str) -> None:
    assert refusal(written(tmp_path, data)) == f"FILE: the file is {told}"


def test_what_is_told_to_write_is_read(tmp_path: Path) -> None:
    FRAME.to_json(tmp_path / "t.jsonl", orient="records", lines=True)
    FRAME.to_parquet(tmp_path / "t.parquet")
    for name in ("t.jsonl", "t.parquet"):
        assert read(tmp_path / name).columns.to_pydict() == {"x": [1.0, 2.0]}


@pytest.mark.parametrize("text", ["[a],y\n1,0\n2,1\n", "{a},y\n1,0\n2,1\n", "<a>,y\n1,0\n2,1\n", "1:2 y,y\n1,0\n2,1\n"])
def test_a_csv_that_begins_with_a_bracket_is_a_csv(tmp_path: Path, text: str) -> None:
    assert list(read(written(tmp_path, text)).columns.to_pydict().values()) == [[1.0, 2.0]]
