"""Which format a file has, by its first bytes and whatever its name."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

from logodds.system.errors import UserError

HEAD = 1 << 20  # bytes that are looked at
TYPED = {  # formats that state the types of their columns, by their first bytes
    b"PAR1": "parquet",
    b"ARROW1": "arrow",
    b"\xff\xff\xff\xff": "stream",
    b"FEA1": "feather",
    b"ORC": "orc",
}
NAMES = {  # of what :func:`of` returns, for notes
    **{"parquet": "Parquet", "arrow": "Arrow", "stream": "an Arrow stream", "feather": "Feather", "orc": "ORC"},
    **{"jsonl": "JSON lines", "excel": "an Excel workbook"},
}
PANDAS = "write it with pandas: DataFrame(…).to_parquet(…)"
CSV = "export it as CSV"
UNPACK = "unpack it first"
OTHERS = {  # what is no table that can be read, and what to do
    b"\x1f\x8b": f"compressed (gzip); {UNPACK}",
    b"BZh": f"compressed (bzip2); {UNPACK}",
    b"\xfd7zXZ": f"compressed (xz); {UNPACK}",
    b"(\xb5/\xfd": f"compressed (zstd); {UNPACK}",
    b'\x04"M\x18': f"compressed (lz4); {UNPACK}",
    b"]\x00\x00": f"compressed (lzma); {UNPACK}",
    b"7z\xbc\xaf\x27\x1c": f"an archive (7z); {UNPACK}",
    b"Rar!": f"an archive (rar); {UNPACK}",
    b"\xd0\xcf\x11\xe0": f"an Excel workbook of the old form (xls); save it as xlsx, or {CSV}",
    b"\x93NUMPY": f"a NumPy array (npy); {PANDAS}",
    b"\x89HDF": f"an HDF5 file; {PANDAS}",
    b"SQLite format 3": f"an SQLite database; {CSV}",
    b"Obj\x01": f"an Avro file; {PANDAS}",
    b"$FL2": f"an SPSS file; {CSV}",
    b"<stata_dta>": f"a Stata file; {CSV}",
    b"RDX": f"an R file; {CSV}",
    b"%PDF": f"a PDF; {CSV}",
}
PICKLE = re.compile(rb"\x80[\x02-\x05][\x8c\x95]|\x80[\x02-\x05][c}\])(]")
TEXTS = {  # the same for texts, by a regular expression
    rb"(?i)\s*(<!doctype html|<html|<table)": f"an HTML page; take the file that it shows or links, or {PANDAS}",
    rb"\s*<\?xml": f"an XML file; {PANDAS}",
    rb"(?i)(\s*%[^\n]*\n|\s+)*@relation\b": f"an ARFF file (Weka); {CSV}",
    rb"([+-]?[\d.]+([ \t]+\d+:[^\s:]+)+[ \t]*\r?\n){2}": f"a file of libsvm; {PANDAS}",
    rb"\s*(\[\s*[\[{]|\{\s*\"[^\"]*\"\s*:)": (
        'a JSON document; write one object per line: DataFrame(…).to_json(…, orient="records", lines=True)'
    ),
}


def of(path: Path) -> str:
    """Return ``parquet``, ``arrow``, ``stream``, ``feather``, ``orc``, ``jsonl``, ``excel``, or ``text`` for any other.

    Raises:
        UserError: the file is known to be no table, or one that is not read; the message says what to write instead.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    for start, name in TYPED.items():
        if head.startswith(start):
            return name
    if head.startswith(b"PK\x03\x04"):
        return _packed(path)
    if _has_objects(head.removeprefix(b"\xef\xbb\xbf")):
        return "jsonl"
    found = next((what for start, what in OTHERS.items() if head.startswith(start)), None)
    if PICKLE.match(head):
        found = f"a pickle, which may hold code and is not read; {PANDAS}"
    elif head[257:262] == b"ustar":
        found = f"an archive (tar); {UNPACK}"
    found = found or next((what for pattern, what in TEXTS.items() if re.match(pattern, head)), None)
    if found is not None:
        raise UserError(f"{path}: the file is {found}")
    return "text"


def _packed(path: Path) -> str:
    """Return ``excel`` for a workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError) as error:
        raise UserError(f"{path}: the file is a damaged zip archive or Excel workbook; write it again") from error
    if "xl/workbook.xml" in names:
        return "excel"
    if "xl/workbook.bin" in names or "content.xml" in names:
        raise UserError(f"{path}: the file is a workbook (xlsb or ods); save it as xlsx, or {CSV}")
    if names and all(name.endswith(".npy") for name in names):
        raise UserError(f"{path}: the file is an archive of NumPy arrays (npz); {PANDAS}")
    raise UserError(f"{path}: the file is a zip archive; {UNPACK}")


def _has_objects(head: bytes) -> bool:
    """Return whether the text begins with a line that is a JSON object of one row, not of a whole table."""
    line, _, rest = head.lstrip().partition(b"\n")
    if not line.startswith(b"{"):
        return False
    try:
        values = list(json.loads(line).values())
    except ValueError:
        return False
    return bool(rest.strip()) or not all(isinstance(value, dict | list) for value in values)
