"""Public data sets: from files at hand by content, from addresses of a server of the test's own, and the command."""

from __future__ import annotations

import hashlib
import importlib
import io
import os
import sys
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from conftest import ROOT

from logodds.data.sources.downloads import public
from logodds.data.sources.downloads.obtain import obtain
from logodds.data.sources.downloads.public import PUBLIC, PublicDataset, PublicFile
from logodds.system.errors import StorageError, UserError

SHARED = ROOT.parent / "shared" / "data"
FILES = {"x.data": b"1,2\n", "x.test": b"3,4\n5,6\n"}


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder without a word."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name of the method it replaces
        pass


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder behind an address, which two data sets of small files are said to come from."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    (tmp_path / "served").mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "served"))) as server:
        members = tuple(PublicFile(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in FILES.items())
        base = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setitem(PUBLIC, "packed", PublicDataset((f"{base}/x.zip",), members))
        monkeypatch.setitem(PUBLIC, "plain", PublicDataset(tuple(f"{base}/{name}" for name in FILES), members))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield tmp_path / "served"
        server.shutdown()
        thread.join()


def zipped(files: dict[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return sink.getvalue()


def held(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["packed", "plain"])
def test_a_data_set_is_fetched_once(served: Path, tmp_path: Path, name: str) -> None:
    for file, data in {**FILES, "x.zip": zipped({"in/readme": b"words", **FILES})}.items():
        (served / file).write_bytes(data)
    out = tmp_path / name
    sizes = {file: len(data) for file, data in FILES.items()}
    assert obtain(name, out, None) == [f"{out / file}: {size} bytes, sha256 matches" for file, size in sizes.items()]
    assert held(out) == FILES
    for file in served.iterdir():
        file.unlink()
    assert obtain(name, out, None) == [f"{out / file}: already there, its sha256 matches" for file in FILES]


def test_only_a_wrong_file_is_fetched_again(served: Path, tmp_path: Path) -> None:
    out = tmp_path / "plain"
    out.mkdir()
    (out / "x.data").write_bytes(FILES["x.data"])
    (out / "x.test").write_bytes(b"3,4\n5,7\n")
    (served / "x.test").write_bytes(FILES["x.test"])
    told = [f"{out / 'x.data'}: already there, its sha256 matches", f"{out / 'x.test'}: 8 bytes, sha256 matches"]
    assert obtain("plain", out, None) == told
    assert held(out) == FILES


def test_an_archive_with_other_files_leaves_nothing(served: Path, tmp_path: Path) -> None:
    (served / "x.zip").write_bytes(zipped({"x.data": FILES["x.data"], "x.test": b"other"}))
    with pytest.raises(StorageError, match=r"x.zip: .*: its x.test is another version .*; get it elsewhere: "):
        obtain("packed", tmp_path / "packed", None)
    assert held(tmp_path / "packed") == {}


def test_an_address_that_is_gone_names_the_way_by_hand(served: Path, tmp_path: Path) -> None:
    with pytest.raises(StorageError) as caught:
        obtain("packed", tmp_path / "packed", None)
    (address,) = PUBLIC["packed"].addresses
    assert str(caught.value) == (
        f"{address}: answered 404 File not found; get it elsewhere: python src/fetch.py packed from=PATH"
    )
    assert not (tmp_path / "packed").exists()


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_files_at_hand_are_found_by_their_content(served: Path, tmp_path: Path, form: str) -> None:
    at_hand = {"deep/renamed.tsv": FILES["x.data"], "x.data": b"9,9\n", "x.test": FILES["x.test"]}
    given = tmp_path / "given"
    if form == "zip":
        given.write_bytes(zipped(at_hand))
    else:
        for name, data in at_hand.items():
            (given / name).parent.mkdir(parents=True, exist_ok=True)
            (given / name).write_bytes(data)
    obtain("packed", tmp_path / "out", given)
    assert held(tmp_path / "out") == FILES


def test_files_at_hand_are_refused(served: Path, tmp_path: Path) -> None:
    given = tmp_path / "given"
    with pytest.raises(UserError, match="given: no such file or folder; check the path"):
        obtain("packed", tmp_path / "out", given)
    given.write_bytes(FILES["x.data"])
    digest = hashlib.sha256(FILES["x.test"]).hexdigest()[:12]
    with pytest.raises(UserError) as caught:
        obtain("packed", tmp_path / "out", given)
    assert (
        str(caught.value) == f"{given}: holds no x.test of 8 bytes (sha256 {digest}…); name another copy with from=PATH"
    )
    assert held(tmp_path / "out") == {}
    given.write_bytes(zipped({"../x.test": FILES["x.test"]}))
    with pytest.raises(UserError, match=r"member '../x.test' would lie outside the folder; the archive is refused"):
        obtain("packed", tmp_path / "out", given)


def test_every_address_and_digest_is_well_formed() -> None:
    for name, entry in PUBLIC.items():
        assert all(urlsplit(address).scheme == "https" for address in entry.addresses)
        assert all(len(bytes.fromhex(member.sha256)) == 32 for member in entry.members), name
        direct = {address.rpartition("/")[2] for address in entry.addresses}
        names = {member.name for member in entry.members}
        assert names <= direct or all(file.endswith(".zip") for file in direct)


NOWHERE = "no file but a link to nowhere, a pipe or a device; name a file"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("downloads/adult/adult.data", "no such file; fetch it with `python src/fetch.py adult`"),
        ("downloads/adult", "no such file; fetch it with `python src/fetch.py adult`"),
        ("downloads", "no such file; did you mean download?"),
        ("downloads/pets/train", "no such file; check the path"),
        ("my/adult/train", "no such file; check the path"),
        ("data/iris.csv", "no such file; write the tables of data/ with `python src/fetch.py`"),
        ("my/data/iris.csv", "no such file; check the path"),
        ("here/irs.csv", "no such file; did you mean iris.csv?"),
        ("here/empty/x.csv", "no such file; check the path"),
        ("here/link", NOWHERE),
        ("here/pipe", NOWHERE),
    ],
)
def test_what_is_not_there_is_told_with_the_way_to_it(tmp_path: Path, given: str, told: str) -> None:
    (tmp_path / "here" / "empty").mkdir(parents=True)
    (tmp_path / "here" / "iris.csv").touch()
    (tmp_path / "here" / "link").symlink_to("nowhere")
    os.mkfifo(tmp_path / "here" / "pipe")
    (tmp_path / "download").mkdir()
    assert str(public.missing_error("key", given, tmp_path / given, "file")) == f"key={given}: {told}"


def test_in_the_folder_of_tables_a_name_is_guessed(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "iris.csv").touch()
    assert str(public.missing_error("key", "data/irs.csv", tmp_path / "data" / "irs.csv", "file")) == (
        "key=data/irs.csv: no such file; did you mean iris.csv?"
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["adul"], "adul: no public data set of that name; did you mean adult?"),
        (["../adult"], "../adult: no public data set of that name; did you mean adult?"),
        (["adult", "elsewhere"], "usage: python src/fetch.py [adult|mnist|spam|titanic [from=FILE_OR_FOLDER]]"),
        (["from=x"], "usage: python src/fetch.py [adult|mnist|spam|titanic [from=FILE_OR_FOLDER]]"),
        (["--help"], "usage: python src/fetch.py [adult|mnist|spam|titanic [from=FILE_OR_FOLDER]]"),
    ],
)
def test_the_command_refuses(monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str) -> None:
    monkeypatch.setattr(sys, "argv", ["src/fetch.py", *arguments])
    with pytest.raises(UserError) as caught:
        importlib.import_module("logodds.commands.fetch").main()
    assert str(caught.value) == told


@pytest.mark.parametrize("name", ["adult", "mnist", "spam", "titanic"])
@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not here")
def test_the_command_takes_real_files(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    command = importlib.import_module("logodds.commands.fetch")
    monkeypatch.setattr(command.locations, "project_root", lambda: tmp_path)
    monkeypatch.setattr(sys, "argv", ["src/fetch.py", name, f"from={SHARED}"])
    assert command.main() == 0
    told = capsys.readouterr().out.splitlines()
    files = [tmp_path / "downloads" / name / member.name for member in PUBLIC[name].members]
    assert told == [f"{path}: {path.stat().st_size} bytes, sha256 matches" for path in files]


def test_a_file_of_the_working_folder_is_named_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my.csv").touch()
    assert str(public.missing_error("problem.path", "my.csv", ROOT / "my.csv", "file")) == (
        f"problem.path=my.csv: no such file below the project; type problem.path={tmp_path}/my.csv"
    )


LONGEST_REASON = "Temporary failure in name resolution"


@pytest.mark.parametrize("name", PUBLIC)
def test_where_there_is_no_network_the_error_is_one_short_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for variable in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")  # where nobody listens
    for variable in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(StorageError) as caught:
        obtain(name, tmp_path, None)
    text = str(caught.value)
    assert text.endswith(f"get it elsewhere: python src/fetch.py {name} from=PATH")
    assert len(text.replace("Connection refused", LONGEST_REASON)) <= 200
