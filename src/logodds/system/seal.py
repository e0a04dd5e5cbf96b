"""Files that hold the sha256 of themselves, by which a change of any bit is found before anything of them is used.

The digest is that of the whole file with zeros in its place: a sealed file stays what its format says, one file.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from logodds.system.errors import UserError

MARK = b"sealed sha256 "
DIGITS = 64
BLANK = MARK + b"0" * DIGITS
SEAL = re.compile(re.escape(MARK) + rb"[0-9a-f]{64}")
CHECKPOINT = b"logodds checkpoint 1 sha256 "  # its first line, before the digest of the rest; see ``checkpoint.py``
CHUNK = 1 << 20  # bytes read at a time


def blank() -> str:
    """The text that is to become a seal, which goes into what is to be written."""
    return BLANK.decode()


def seal(data: bytearray | memoryview) -> None:
    """Make what :func:`blank` left in a file's bytes its seal."""
    digest = hashlib.sha256(data).hexdigest().encode()
    for found in list(re.finditer(BLANK, data)):
        data[found.end() - DIGITS : found.end()] = digest


def sealed(data: bytes) -> bytes:
    """:func:`seal` on a copy."""
    found = bytearray(data)
    seal(found)
    return bytes(found)


def check(path: Path, what: str, again: str) -> None:
    """Look the whole file through.

    Args:
        what: what it should be, such as ``a split``.
        again: how it is written again.

    Raises:
        UserError: it has no seal, or a bit of it has changed.
    """
    with path.open("rb") as file:
        found = None
        digest, rest = hashlib.sha256(), b""
        for chunk in iter(lambda: file.read(CHUNK), b""):
            data = rest + chunk
            found = found or SEAL.search(data)
            if found:
                data = data.replace(found[0], BLANK)
            keep = min(len(data), len(BLANK) - 1)  # a seal may go on in the next chunk
            digest.update(data[: len(data) - keep])
            rest = data[len(data) - keep :]
        digest.update(rest)
    if found is None:
        raise UserError(f"{path}: not {what}; {again}")
    if found[0] != MARK + digest.hexdigest().encode():
        raise UserError(f"{path}: damaged, it is not what its digest says; {again}")
