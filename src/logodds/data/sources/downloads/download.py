"""A file from an http address: checked, whole or absent, and continued where an earlier attempt ended."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from ssl import SSLError
from typing import IO, final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from logodds.system import atomic
from logodds.system.errors import StorageError, UserError
from logodds.system.terminal.progress import Progress

SECONDS = 30.0  # without a byte
CHUNK = 2**16  # bytes
SCHEMES = ("http", "https")
OUT_OF_RANGE = 416
PARTIAL = 206


@final
class _Redirects(HTTPRedirectHandler):
    """Follows no redirection to another scheme: neither to ftp nor from https to http."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if urlsplit(newurl).scheme not in {"https", req.type}:
            fp.close()
            raise URLError(f"sent on to {newurl[:60]}, which is less safe")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def download(address: str, path: Path, *, largest: int, sha256: str | None, by_hand: str) -> None:
    """Fetch ``address`` to ``path``, at most ``largest`` bytes, and compare its digest where ``sha256`` is known.

    What arrived before an interruption stays beside as ``NAME.part``; the next call asks for the rest, if the server
    still has the same file (RFC 9110: Range, If-Range). ``by_hand`` says in an error what to do without this address.

    Raises:
        UserError: not an http address.
        StorageError: no connection, an answer that is no file, an interruption, another size or digest.
    """
    if urlsplit(address).scheme not in SCHEMES:
        raise UserError(f"{address}: must be an http or https address")
    part, mark = path.with_name(f"{path.name}.part"), path.with_name(f"{path.name}.part.json")
    validator = _validator(part, mark, address)
    begun = part.stat().st_size if validator else 0
    headers = {"User-Agent": "logodds", "Accept-Encoding": "identity"}
    if begun:
        headers |= {"Range": f"bytes={begun}-", "If-Range": validator}
    request = Request(address, headers=headers)  # noqa: S310  # the scheme is checked above
    try:
        with _network(address, by_hand), build_opener(_Redirects).open(request, timeout=SECONDS) as answer:
            _receive(answer, address, (part, mark), begun, largest, by_hand)
    except _OutOfRangeError:  # what is there is not the beginning of what the server has
        part.unlink()
        download(address, path, largest=largest, sha256=sha256, by_hand=by_hand)
        return
    with part.open("rb") as file:
        os.fsync(file.fileno())
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if sha256 is not None and found != sha256:
        _forget(part, mark)
        raise StorageError(f"{address}: sha256 {found[:12]}…, not the known {sha256[:12]}…; {by_hand}")
    part.replace(path)
    mark.unlink(missing_ok=True)


@final
class _OutOfRangeError(Exception):
    """The server has fewer bytes than we asked it to skip."""


@contextmanager
def _network(address: str, by_hand: str) -> Iterator[None]:
    """Failures of the network as one line; those of the disk pass."""
    try:
        yield
    except HTTPError as error:
        error.close()
        if error.code == OUT_OF_RANGE:
            raise _OutOfRangeError from error
        raise StorageError(f"{address}: answered {error.code} {error.reason}; {by_hand}") from error
    except (URLError, TimeoutError, ConnectionError, SSLError, HTTPException) as error:
        reason = error.reason if isinstance(error, URLError) else error
        words = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
        raise StorageError(f"{address}: cannot be fetched ({words}); {by_hand}") from error


def _receive(
    answer: HTTPResponse, address: str, files: tuple[Path, Path], begun: int, largest: int, by_hand: str
) -> None:
    """Append the answer to the part, or begin it anew where the server sends the whole file."""
    part, mark = files
    if answer.status == PARTIAL:
        if not begun or not (answer.headers["Content-Range"] or "").startswith(f"bytes {begun}-"):
            _forget(part, mark)
            raise StorageError(f"{address}: sent another range than was asked for; run the command again")
    else:
        begun = 0
        _forget(part, mark)
    length = answer.headers["Content-Length"]
    total = begun + int(length) if length is not None and length.isdigit() else None
    too_large = f"{address}: more than the expected {largest} bytes; {by_hand}"
    if total is not None and total > largest:
        _forget(part, mark)
        raise StorageError(too_large)
    if not begun:  # this makes the folder too
        atomic.write_text(mark, json.dumps({"address": address, "validator": _of(answer.headers)}))
    got = begun
    with part.open("ab") as file, Progress(address.rpartition("/")[2], total, "byte") as progress:
        while data := answer.read(CHUNK):
            got += len(data)
            if got > largest:
                _forget(part, mark)
                raise StorageError(too_large)
            file.write(data)
            progress.show(got)
    if total is not None and got < total:
        raise StorageError(f"{address}: the connection ended after {got} of {total} bytes; run the command again")


def _of(headers: HTTPMessage) -> str:
    """What tells this version of the file from others: a strong ETag or else the date; empty if there is neither."""
    tag = headers["ETag"] or ""
    return tag if tag.startswith('"') else headers["Last-Modified"] or ""


def _validator(part: Path, mark: Path, address: str) -> str:
    """That of the part which is there, empty where there is none that could be continued."""
    try:
        about = json.loads(mark.read_text())
        return str(about["validator"]) if about["address"] == address and part.stat().st_size else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _forget(part: Path, mark: Path) -> None:
    part.unlink(missing_ok=True)
    mark.unlink(missing_ok=True)
