"""Which characters the bytes of a text file stand for."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from logodds.system.errors import UserError

BLOCK = 1 << 24
MARKS = {  # the longer first: the mark of UTF-32 begins with that of UTF-16
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
OTHER_FILES = {  # what people take for a CSV file, by its first bytes
    b"\x1f\x8b": "compressed (gzip); unpack it first",
    b"PK\x03\x04": "a zip archive or an Excel sheet; unpack it, or export it as CSV",
    b"\xd0\xcf\x11\xe0": "an Excel sheet; export it as CSV",
    b"BZh": "compressed (bzip2); unpack it first",
    b"\xfd7zXZ": "compressed (xz); unpack it first",
    b"(\xb5/\xfd": "compressed (zstd); unpack it first",
}


def detect(path: Path, wanted: str) -> tuple[str, str | None]:
    """The codec that decodes the whole file, and a note where it was a guess.

    Args:
        wanted: a codec of Python, or ``auto``: byte-order mark, UTF-16 by its zero bytes, UTF-8, Windows' Western one.

    Raises:
        UserError: a line that does not decode, or that holds a NUL byte.
    """
    with path.open("rb") as file:
        head = file.read(1 << 12)
    for start, told in OTHER_FILES.items():
        if head.startswith(start):
            raise UserError(f"{path}: the file is {told}")
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
    """UTF-16 writes a zero byte beside each Latin letter; no text in another encoding has any."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) // 4 and min(even, odd) * 10 < max(even, odd):
        return "utf-16-le" if odd > even else "utf-16-be"
    return "utf-8"


def _first_error(path: Path, codec: str) -> tuple[int, bytes] | None:
    """The first line that does not decode, and the bytes of its block.

    Raises:
        UserError: a NUL byte before it.
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
    """The file's text, block by block."""
    decoder = codecs.getincrementaldecoder(codec)()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


def _lines(text: str) -> int:
    return max(text.count("\n"), text.count("\r"))
