"""Detect the encoding of a text file, and decode it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from logodds.system.errors import UserError

BLOCK = 1 << 24  # bytes that are decoded at a time
MARKS = {  # longer marks first, because the mark of UTF-32 begins with that of UTF-16
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
OTHER_FILES = {  # files that are mistaken for CSV files, by their first bytes
    b"\x1f\x8b": "compressed (gzip); unpack it first",
    b"PK\x03\x04": "a zip archive or an Excel sheet; unpack it, or export it as CSV",
    b"\xd0\xcf\x11\xe0": "an Excel sheet; export it as CSV",
    b"BZh": "compressed (bzip2); unpack it first",
    b"\xfd7zXZ": "compressed (xz); unpack it first",
    b"(\xb5/\xfd": "compressed (zstd); unpack it first",
}


def detect(path: Path, wanted: str) -> tuple[str, str | None]:
    """Return the codec that decodes the whole file, and a note if it is not plain UTF-8 and was detected.

    Args:
        path: the file.
        wanted: a codec of Python, or ``auto``, which looks for a byte-order mark, then for the zero bytes of UTF-16,
            and then tries UTF-8 and the Western encoding of Windows.

    Raises:
        UserError: a line does not decode or holds a NUL byte, or the file is compressed or an Excel sheet.
    """
    with path.open("rb") as file:
        head = file.read(1 << 12)
    for start, description in OTHER_FILES.items():
        if head.startswith(start):
            raise UserError(f"{path}: the file is {description}")
    if wanted != "auto":
        marked = codecs.lookup(wanted).name == "utf-8" and head.startswith(codecs.BOM_UTF8)
        codec = "utf-8-sig" if marked else wanted
        error = _first_error(path, codec)
        if error is not None:
            raise UserError(f"{path}: line {error[0]} is not {wanted}; set problem.encoding=auto or the right one")
        return codec, None
    codec = next((codec for mark, codec in MARKS.items() if head.startswith(mark)), None) or _without_mark(head)
    error = _first_error(path, codec)
    if error is None:
        return codec, f"encoding {codec}" if codec != "utf-8" else None
    line, rest = error
    if codec != "utf-8":
        raise UserError(f"{path}: begins as {codec}, but line {line} is not; mend it or set problem.encoding")
    text = rest.decode("utf-8", "surrogateescape")
    wrong = len(re.findall("[\udc80-\udcff]", text))
    if len(re.findall("[^\0-\x7f\udc80-\udcff]", text)) > wrong:
        raise UserError(f"{path}: line {line} is not UTF-8, as other lines are; mend it or set problem.encoding")
    codec = "cp1252" if _first_error(path, "cp1252") is None else "latin-1"
    return codec, f"encoding {codec} (line {line} is not UTF-8)"


def _without_mark(head: bytes) -> str:
    """Return UTF-16 or UTF-8 for the beginning of a file without a byte-order mark.

    UTF-16 writes a zero byte beside each Latin letter; texts in other encodings have no zero bytes.
    """
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) // 4 and min(even, odd) * 10 < max(even, odd):
        return "utf-16-le" if odd > even else "utf-16-be"
    return "utf-8"


def _first_error(path: Path, codec: str) -> tuple[int, bytes] | None:
    """Return the first line that does not decode and the bytes of its block, or None if the whole file decodes.

    Raises:
        UserError: there is a NUL byte before it.
    """
    line = 1
    blocks = decoded(path, codec)
    while True:
        try:
            text = next(blocks)
        except StopIteration:
            return None
        except UnicodeDecodeError as error:
            return line + _lines(error.object[: error.start].decode(codec, "ignore")), error.object
        except UnicodeError:
            return line, b""
        if "\0" in text:
            line += _lines(text[: text.index("\0")])
            raise UserError(
                f"{path}: line {line} holds a NUL byte, which no text has; mend the file or set problem.encoding"
            )
        line += _lines(text)


def decoded(path: Path, codec: str) -> Iterator[str]:
    """Yield the text of the file, block by block."""
    decoder = codecs.getincrementaldecoder(codec)()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


def _lines(text: str) -> int:
    """Return the number of line breaks, whichever kind they are."""
    return max(text.count("\n"), text.count("\r"))
