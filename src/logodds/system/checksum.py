"""Sealed files contain their own sha256, so that a change of any bit is detected before their content is used.

The digest is computed over the whole file with zeros in the place of the digest. No second file is needed, and a
sealed file is still valid in its format.
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
CHECKPOINT = b"logodds checkpoint 1 sha256 "  # first line, up to the digest of the rest; see ``checkpoint.py``
CHUNK = 1 << 20  # bytes read at a time


def placeholder() -> str:
    """Return a placeholder to put into the content of a file, which :func:`fill` replaces by the seal."""
    return BLANK.decode()


def fill(data: bytearray | memoryview) -> None:
    """Replace the placeholders of :func:`placeholder` in the bytes of a file by its seal, in place."""
    digest = hashlib.sha256(data).hexdigest().encode()
    for match in list(re.finditer(BLANK, data)):
        data[match.end() - DIGITS : match.end()] = digest


def filled(data: bytes) -> bytes:
    """Return a sealed copy of the bytes of a file, see :func:`fill`."""
    copy = bytearray(data)
    fill(copy)
    return bytes(copy)


def check(path: Path, what: str, again: str) -> None:
    """Check the seal of a file, for which the whole file is read.

    Args:
        path: the file.
        what: what the file should be, for the message, such as ``a split``.
        again: how to write the file again, for the message.

    Raises:
        UserError: the file has no seal, or it has changed since it was sealed.
    """
    with path.open("rb", buffering=0) as file:
        match = None
        digest, rest = hashlib.sha256(), b""
        for chunk in iter(lambda: file.read(CHUNK), b""):
            data = rest + chunk
            match = match or SEAL.search(data)
            if match:
                data = data.replace(match[0], BLANK)
            keep = min(len(data), len(BLANK) - 1)  # a seal may continue in the next chunk
            digest.update(data[: len(data) - keep])
            rest = data[len(data) - keep :]
        digest.update(rest)
    if match is None:
        raise UserError(f"{path}: not {what}; {again}")
    if match[0] != MARK + digest.hexdigest().encode():
        raise UserError(f"{path}: damaged: its content does not match its digest; {again}")
