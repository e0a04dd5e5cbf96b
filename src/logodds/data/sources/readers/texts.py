"""Read folders of text files into a :class:`~logodds.data.table.Table`, one row per file."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from logodds.data.sources.folders import shown
from logodds.data.sources.readers.encoding import detect
from logodds.data.sources.readers.folders import listing
from logodds.data.table import Table
from logodds.system.errors import UserError
from logodds.system.terminal.progress import Progress

if TYPE_CHECKING:
    from logodds.data.sources.texts import TextFolders

LARGEST_FILE = 2**24  # bytes
CHUNK = 4096  # texts held as Python objects at a time; Arrow holds the others, in less memory


def read(problem: TextFolders) -> Table:
    """Read every ``.txt`` file below the class folders. The column is ``text``, the target ``class``.

    Raises:
        UserError: the folders are not as :func:`~logodds.data.sources.readers.folders.listing` needs them; the encoding
            is unknown; a file is not in this encoding, holds NUL characters or has more than 16 MiB; or all texts are
            empty.
    """
    try:
        encoding = "auto" if problem.encoding == "auto" else codecs.lookup(problem.encoding).name
        if encoding != "auto":
            "".encode(encoding)  # fails for those of Python's codecs that are not for text
    except (LookupError, TypeError) as error:
        raise UserError(f"problem.encoding={problem.encoding}: unknown; use auto, utf-8, utf-16 or cp1252") from error
    listed = listing(problem, problem.suffixes, "texts")
    chunks: list[pa.Array] = []
    waiting: list[str] = []
    empty: list[Path] = []
    detected: dict[str, list[Path]] = {}
    with Progress("reading", len(listed.files), "text") as progress:
        for row, path in enumerate(listed.files):
            progress.show(row)
            text, note = _text(path, "utf-8-sig" if encoding == "utf-8" else encoding)
            waiting.append(text)
            if note:
                detected.setdefault(note, []).append(path)
            if not waiting[-1].strip():
                empty.append(path)
            if len(waiting) == CHUNK or row + 1 == len(listed.files):
                chunks.append(pa.array(waiting, type=pa.large_string()))
                waiting = []
    if len(empty) == len(listed.files):
        raise UserError(f"problem.path={problem.path}: every text is empty; nothing can be learnt from them")
    notes = listed.notes
    notes += tuple(
        f"{len(paths)} of {len(listed.files)} texts: {note}, {shown(paths[0])} first"
        for note, paths in detected.items()
    )
    if empty:
        notes += (f"{len(empty)} of {len(listed.files)} texts are empty, {shown(empty[0])} first",)
    return Table(
        columns=pa.table({"text": pa.chunked_array(chunks)}),
        target=listed.target,
        target_name="class",
        classes=listed.classes,
        test_rows=listed.test_rows,
        notes=notes,
    )


def _text(path: Path, encoding: str) -> tuple[str, str | None]:
    """Return the text of a file, and a note on its encoding or None."""
    if path.stat().st_size > LARGEST_FILE:
        raise UserError(f"{shown(path)}: more than {LARGEST_FILE} bytes, too long for one text; split it")
    data = path.read_bytes()
    note = None
    if encoding == "auto":
        encoding, note = detect(path, "auto")
        note = note and note.partition(" (")[0]
    elif not encoding.startswith("utf") and not data.isascii() and _decodes(data, "utf-8"):
        note = f"UTF-8 by their bytes, read by problem.encoding={encoding}"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UserError(
            f"{shown(path)}: byte {error.start} is not {encoding.removesuffix('-sig')}; set problem.encoding=auto"
        ) from error
    if "\0" in text:
        raise UserError(
            f"{shown(path)}: holds a NUL character, so it is no text or in another encoding; "
            "set problem.encoding=auto or utf-16"
        )
    return text, note


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
