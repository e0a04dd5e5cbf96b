"""Download a file over http: it appears complete and checked, or not at all. An interrupted download is continued."""

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

SECONDS = 30.0  # without a byte, after which the download fails
CHUNK = 2**16  # bytes
SCHEMES = ("http", "https")
OUT_OF_RANGE = 416  # HTTP status
PARTIAL = 206  # HTTP status


@final
class _Redirects(HTTPRedirectHandler):
    """Refuses redirections to other schemes, such as to ftp or from https to http."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if urlsplit(newurl).scheme not in {"https", req.type}:
            fp.close()
            raise URLError(f"redirected to {newurl[:60]}, which is less safe")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def download(address: str, path: Path, *, largest: int, sha256: str | None, by_hand: str) -> None:
    """Download ``address`` to ``path``.

    What has arrived when a download is interrupted stays beside it as ``NAME.part``. The next call asks for the rest,
    if the server still has the same version of the file (RFC 9110: Range, If-Range).

    Args:
        address: an http or https address.
        path: the file to write.
        largest: bytes; a larger file is refused.
        sha256: the digest that the file must have; None if it is not known.
        by_hand: the end of an error message, which says how to get the file in another way.

    Raises:
        UserError: the address is not an http or https address.
        StorageError: there is no connection, the server answers with an error, the connection breaks off, or the file
            is too large or has another digest.
    """
    if urlsplit(address).scheme not in SCHEMES:
        raise UserError(f"{address}: must be an http or https address")
    part, mark = path.with_name(f"{path.name}.part"), path.with_name(f"{path.name}.part.json")
    validator = _validator(part, mark, address)
    offset = part.stat().st_size if validator else 0
    headers = {"User-Agent": "logodds", "Accept-Encoding": "identity"}
    if offset:
        headers |= {"Range": f"bytes={offset}-", "If-Range": validator}
    request = Request(address, headers=headers)  # noqa: S310  # the scheme is checked above
    try:
        with _network(address, by_hand), build_opener(_Redirects).open(request, timeout=SECONDS) as answer:
            _receive(answer, address, (part, mark), offset, largest, by_hand)
    except _OutOfRangeError:  # the part is not the beginning of the file that the server has
        part.unlink()
        download(address, path, largest=largest, sha256=sha256, by_hand=by_hand)
        return
    with part.open("rb") as file:
        os.fsync(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if sha256 is not None and digest != sha256:
        _forget(part, mark)
        raise StorageError(f"{address}: sha256 {digest[:12]}…, not the known {sha256[:12]}…; {by_hand}")
    part.replace(path)
    mark.unlink(missing_ok=True)


@final
class _OutOfRangeError(Exception):
    """The server has fewer bytes than it was asked to skip."""


@contextmanager
def _network(address: str, by_hand: str) -> Iterator[None]:
    """Turn network errors into a StorageError of one line. Errors of the disk pass unchanged."""
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
    answer: HTTPResponse, address: str, files: tuple[Path, Path], offset: int, largest: int, by_hand: str
) -> None:
    """Append the answer to the part, or begin it anew if the server sends the whole file.

    Args:
        answer: the answer of the server.
        address: the address, for messages.
        files: the part, and the JSON file that says which version of which address it is the beginning of.
        offset: bytes that the part has already.
        largest: bytes that the whole file may have.
        by_hand: the end of an error message.

    Raises:
        StorageError: another range than was asked for, too many bytes, or a connection that breaks off.
    """
    part, mark = files
    if answer.status == PARTIAL:
        if not offset or not (answer.headers["Content-Range"] or "").startswith(f"bytes {offset}-"):
            _forget(part, mark)
            raise StorageError(f"{address}: sent another range than was asked for; run the command again")
    else:
        offset = 0
        _forget(part, mark)
    length = answer.headers["Content-Length"]
    total = offset + int(length) if length is not None and length.isdigit() else None
    too_large = f"{address}: more than the expected {largest} bytes; {by_hand}"
    if total is not None and total > largest:
        _forget(part, mark)
        raise StorageError(too_large)
    if not offset:  # also creates the folder
        atomic.write_text(mark, json.dumps({"address": address, "validator": _of(answer.headers)}))
    received = offset
    with part.open("ab") as file, Progress(address.rpartition("/")[2], total, "byte") as progress:
        while data := answer.read(CHUNK):
            received += len(data)
            if received > largest:
                _forget(part, mark)
                raise StorageError(too_large)
            file.write(data)
            progress.show(received)
    if total is not None and received < total:
        raise StorageError(f"{address}: the connection ended after {received} of {total} bytes; run the command again")


def _of(headers: HTTPMessage) -> str:
    """Return what identifies this version of the file: a strong ETag, else its date, else an empty text."""
    tag = headers["ETag"] or ""
    return tag if tag.startswith('"') else headers["Last-Modified"] or ""


def _validator(part: Path, mark: Path, address: str) -> str:
    """Return what identifies the version of the part on disk; an empty text if no part can be continued."""
    try:
        about = json.loads(mark.read_text())
        return str(about["validator"]) if about["address"] == address and part.stat().st_size else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _forget(part: Path, mark: Path) -> None:
    part.unlink(missing_ok=True)
    mark.unlink(missing_ok=True)
