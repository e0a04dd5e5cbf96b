"""Detect the encoding of a text file, and decode it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path

from logodds.data.sources.readers import guess
from logodds.system.errors import UserError

BLOCK = 1 << 24  # bytes that are decoded at a time
SMALL_BLOCK = 1 << 18  # bytes that stay in the processor's caches
MARKS = {  # longer marks first, because the mark of UTF-32 begins with that of UTF-16
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
MOST_LISTED = 3  # encodings that a message lists
SHOWN = 20  # characters of a word in a note
SAMPLE = 1 << 18  # bytes of lines with other letters than ASCII by which an encoding is guessed


def detect(path: Path, wanted: str) -> tuple[str, str | None]:
    """Return the codec that decodes the whole file, and a note if it is not plain UTF-8 and was detected.

    Args:
        path: the file.
        wanted: a codec of Python, or ``auto``, which looks for a byte-order mark, then for the zero bytes of UTF-16,
            tries UTF-8 and the Western encoding of Windows, and then guesses.

    Raises:
        UserError: a line does not decode or holds a character that no text has, or the encoding is not certain.
    """
    with path.open("rb") as file:
        head = file.read(1 << 12)
    if wanted != "auto":
        return _stated(path, wanted, head)
    codec = next((codec for mark, codec in MARKS.items() if head.startswith(mark)), None) or _without_mark(head)
    error = _first_error(path, codec)
    if error is None:
        return codec, f"encoding {codec}" if codec != "utf-8" else None
    line, rest = error
    if codec != "utf-8":
        raise UserError(f"{path}: begins as {codec}, but line {line} is not; write the file anew in one encoding")
    text = rest.decode("utf-8", "surrogateescape")
    wrong = len(re.findall("[\udc80-\udcff]", text))
    if len(re.findall("[^\0-\x7f\udc80-\udcff]", text)) > wrong:
        raise UserError(f"{path}: line {line} is not UTF-8, as other lines are; write the file anew in one encoding")
    lines = _other_lines(path)
    if guess.western(lines) and _first_error(path, "cp1252") is None:
        return "cp1252", f"encoding cp1252 (line {line} is not UTF-8){_mixed(path, 'cp1252')}"
    certain, likely = guess.likely(lines)
    codec, word = next(iter(likely.items()), ("", ""))
    if certain and _first_error(path, codec) is None:
        return codec, f"encoding {codec} (line {line} is not UTF-8; it has {word!r}){_mixed(path, codec)}"
    names = ", or ".join(f"problem.encoding={codec} for {word!r}" for codec, word in list(likely.items())[:MOST_LISTED])
    raise UserError(
        f"{path}: line {line} is not UTF-8, and its encoding is not certain; "
        + (f"set {names}" if names else "set the right one, such as problem.encoding=cp1252, if it is a text")
    )


def _stated(path: Path, wanted: str, head: bytes) -> tuple[str, str | None]:
    """Return the codec that the user states, and a note if the file has more than ASCII and is UTF-8 by its bytes."""
    name = codecs.lookup(wanted).name
    codec = "utf-8-sig" if name == "utf-8" and head.startswith(codecs.BOM_UTF8) else wanted
    error = _first_error(path, codec)
    if error is not None:
        raise UserError(f"{path}: line {error[0]} is not {wanted}; set problem.encoding=auto or the right one")
    if not name.startswith("utf") and _first_error(path, "ascii") is not None and _first_error(path, "utf-8") is None:
        return codec, f"UTF-8 by its bytes, read by problem.encoding={wanted}"
    return codec, None


def _other_lines(path: Path) -> bytes:
    """Return lines that are not ASCII, as many as are enough to guess an encoding."""
    lines: list[bytes] = []
    size = 0
    with path.open("rb") as file:
        for line in file:
            if size < SAMPLE and not line.isascii():
                lines.append(line[:SAMPLE])
                size += len(lines[-1])
    return b"".join(lines)


def _mixed(path: Path, codec: str) -> str:
    """Return the end of a note if a line with other letters than ASCII is UTF-8 in a file of another encoding; else
    nothing. In encodings of several bytes it may be so by chance."""
    if codec in guess.OF_SEVERAL_BYTES:
        return ""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.isascii():
                continue
            with suppress(UnicodeDecodeError):
                word = guess.OTHER.search(line.decode())
                if word is not None:
                    shown = word[0][:SHOWN]
                    wrong = shown.encode().decode(codec, "replace")
                    return f", although line {number} is: {shown!r} is read as {wrong!r}; write the file anew in one"
    return ""


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
        UserError: there is a NUL byte before it, or a control character in an encoding of single bytes.
    """
    name = codecs.lookup(codec).name
    if name == "utf-8" and _is_ascii(path):
        return None
    blocks = decoded(path, codec)
    number = -1
    while True:
        number += 1
        try:
            text = next(blocks)
        except StopIteration:
            return None
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode(codec, "ignore")
            return _line(path, codec, number, before), error.object
        except UnicodeError:
            return _line(path, codec, number, ""), b""
        if not name.startswith("utf") and (control := guess.CONTROLS.search(text)):
            line = _line(path, codec, number, text[: control.start()])
            raise UserError(
                f"{path}: line {line} as {codec} holds U+{ord(control[0]):04X}, a control character that no text has; "
                "set problem.encoding=auto or the right one"
            )
        if "\0" in text:
            line = _line(path, codec, number, text[: text.index("\0")])
            raise UserError(
                f"{path}: line {line} holds a NUL byte, which no text has; mend the file, or set "
                "problem.encoding=utf-16-le, utf-16-be or utf-32 where it is one of these"
            )


def _is_ascii(path: Path) -> bool:
    """Return whether a file is ASCII without NUL bytes, which takes a tenth of the time that decoding takes."""
    with path.open("rb") as file:
        return all(block.isascii() and b"\0" not in block for block in iter(partial(file.read, SMALL_BLOCK), b""))


def _line(path: Path, codec: str, blocks: int, text: str) -> int:
    """Return the line that follows a text, which follows a number of blocks of the file."""
    return 1 + sum(map(_lines, islice(decoded(path, codec), blocks))) + _lines(text)


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
