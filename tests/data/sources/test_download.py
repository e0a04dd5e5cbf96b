"""Downloads from a server of the test's own: whole, continued, refused; what is left on disk each time."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from logodds.data.sources.downloads import download as module
from logodds.data.sources.downloads.download import download
from logodds.system.errors import StorageError, UserError

DATA = bytes(range(256)) * 2000
DIGEST = hashlib.sha256(DATA).hexdigest()
BY_HAND = "take it from elsewhere"


class Server(ThreadingHTTPServer):
    """Serves ``data`` with ranges; ``cut`` ends an answer early, and ``asked`` keeps every request's range."""

    data = DATA
    headers: dict[str, str]
    cut: int | None = None
    length = True
    ranges = True
    moved: str | None = None

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.headers = {"ETag": '"one"'}
        self.asked: list[str | None] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/file.bin"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name of the method it replaces
        pass

    def do_GET(self) -> None:
        asked, served = self.headers["Range"], self.server
        served.asked.append(asked)
        if self.path != "/file.bin":
            self.send_error(404)
            return
        if served.moved:
            self.send_response(302)
            self.send_header("Location", served.moved)
            self.end_headers()
            return
        start = 0
        known = self.headers["If-Range"] in (served.headers.get("ETag"), served.headers.get("Last-Modified"))
        if asked and served.ranges and known:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(served.data):
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(served.data) - 1}/{len(served.data)}")
        else:
            self.send_response(200)
        if served.length:
            self.send_header("Content-Length", str(len(served.data) - start))
        for name, value in served.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(served.data[start : served.cut])


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def get(server: Server, folder: Path, **changes: Any) -> dict[str, bytes]:
    """What lies in the folder after a download."""
    options: dict[str, Any] = {"largest": len(DATA), "sha256": DIGEST, "by_hand": BY_HAND}
    download(server.address, folder / "file.bin", **(options | changes))
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def refused(server: Server, folder: Path, **changes: Any) -> tuple[str, list[str]]:
    """The error, and what it left behind."""
    with pytest.raises(StorageError) as caught:
        get(server, folder, **changes)
    told = str(caught.value)
    assert told.startswith(f"{server.address}: ")
    left = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    return told.removeprefix(f"{server.address}: "), left


@pytest.mark.parametrize("length", [True, False])
def test_a_file_arrives_whole(server: Server, tmp_path: Path, length: bool) -> None:
    server.length = length
    assert get(server, tmp_path / "new") == {"file.bin": DATA}
    assert get(server, tmp_path / "other", sha256=None) == {"file.bin": DATA}


CUT = "the connection ended after 100000 of 512000 bytes; run the command again"


@pytest.mark.parametrize("headers", [{"ETag": '"one"'}, {"Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT"}])
def test_a_cut_connection_is_continued(server: Server, tmp_path: Path, headers: dict[str, str]) -> None:
    server.headers, server.cut = headers, 100_000
    assert refused(server, tmp_path) == (CUT, ["file.bin.part", "file.bin.part.json"])
    server.cut = 300_000
    assert refused(server, tmp_path)[0] == CUT.replace("100000", "300000")
    server.cut = None
    assert get(server, tmp_path) == {"file.bin": DATA}
    assert server.asked == [None, "bytes=100000-", "bytes=300000-"]


def test_another_version_is_begun_anew(server: Server, tmp_path: Path) -> None:
    server.data, server.cut = DATA[::-1], 100_000
    assert refused(server, tmp_path)[0] == CUT
    server.data, server.cut, server.headers = DATA, None, {"ETag": '"two"'}
    assert get(server, tmp_path) == {"file.bin": DATA}
    assert server.asked == [None, "bytes=100000-"]


@pytest.mark.parametrize("headers", [{}, {"ETag": 'W/"one"'}], ids=["none", "weak"])
def test_without_a_mark_of_the_version_it_is_begun_anew(
    server: Server, tmp_path: Path, headers: dict[str, str]
) -> None:
    server.headers, server.cut = headers, 100_000
    assert refused(server, tmp_path)[0] == CUT
    server.cut = None
    assert get(server, tmp_path) == {"file.bin": DATA}
    assert server.asked == [None, None]


def test_a_server_without_ranges_sends_everything_again(server: Server, tmp_path: Path) -> None:
    server.ranges, server.cut = False, 100_000
    assert refused(server, tmp_path)[0] == CUT
    server.cut = None
    assert get(server, tmp_path) == {"file.bin": DATA}


def test_a_part_that_is_longer_than_the_file_is_begun_anew(server: Server, tmp_path: Path) -> None:
    server.cut = 100_000
    refused(server, tmp_path)
    with (tmp_path / "file.bin.part").open("ab") as file:
        file.write(bytes(len(DATA)))
    server.cut = None
    assert get(server, tmp_path) == {"file.bin": DATA}
    assert server.asked == [None, "bytes=612000-", None]


def test_a_damaged_part_is_found_by_its_digest(server: Server, tmp_path: Path) -> None:
    server.cut = 100_000
    refused(server, tmp_path)
    (tmp_path / "file.bin.part").write_bytes(bytes(100_000))
    server.cut = None
    told, left = refused(server, tmp_path)
    assert told.endswith(f"…, not the known {DIGEST[:12]}…; {BY_HAND}")
    assert left == []
    assert get(server, tmp_path) == {"file.bin": DATA}


def test_another_digest(server: Server, tmp_path: Path) -> None:
    told = f"sha256 {DIGEST[:12]}…, not the known {'0' * 12}…; {BY_HAND}"
    assert refused(server, tmp_path, sha256="0" * 64) == (told, [])


@pytest.mark.parametrize("length", [True, False])
def test_more_bytes_than_expected(server: Server, tmp_path: Path, length: bool) -> None:
    server.length = length
    assert refused(server, tmp_path, largest=len(DATA) - 1) == (f"more than the expected 511999 bytes; {BY_HAND}", [])


def test_an_address_without_a_file(server: Server, tmp_path: Path) -> None:
    address = f"{server.address}.gone"
    with pytest.raises(StorageError) as caught:
        download(address, tmp_path / "new" / "x", largest=1, sha256=None, by_hand=BY_HAND)
    assert str(caught.value) == f"{address}: answered 404 Not Found; {BY_HAND}"
    assert list(tmp_path.iterdir()) == []


def test_offline(tmp_path: Path) -> None:
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        for place, reason in ((f"127.0.0.1:{taken.getsockname()[1]}", "Connection refused"), ("name.invalid", ".*")):
            with pytest.raises(StorageError, match=rf"^http://{place}/x: cannot be fetched \({reason}\); {BY_HAND}$"):
                download(f"http://{place}/x", tmp_path / "x", largest=1, sha256=None, by_hand=BY_HAND)
    assert list(tmp_path.iterdir()) == []


def test_silence_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/x"
        with pytest.raises(StorageError, match=r"cannot be fetched \(timed out\); take"):
            download(address, tmp_path / "x", largest=1, sha256=None, by_hand=BY_HAND)


def test_redirections(server: Server, tmp_path: Path) -> None:
    server.moved = "ftp://127.0.0.1/file.bin"
    told = f"cannot be fetched (redirected to ftp://127.0.0.1/file.bin, which is less safe); {BY_HAND}"
    assert refused(server, tmp_path) == (told, [])
    with Server() as other:
        thread = threading.Thread(target=other.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        server.moved = other.address
        assert get(server, tmp_path) == {"file.bin": DATA}
        other.shutdown()
        thread.join()


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://example.org/x", "/etc/passwd"])
def test_only_http(tmp_path: Path, address: str) -> None:
    with pytest.raises(UserError) as caught:
        download(address, tmp_path / "x", largest=1, sha256=None, by_hand=BY_HAND)
    assert str(caught.value) == f"{address}: must be an http or https address"
