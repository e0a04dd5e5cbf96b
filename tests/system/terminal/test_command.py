"""The end of every command: its exit code and its one line."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT, environment
from inprocess import kept_handlers

from logodds.system.errors import JobError, LogoddsError, StorageError, UserError
from logodds.system.terminal import command, document

TOO_SMALL = "out of memory; use a smaller model, fewer or shorter rows, or a smaller batch"

TOO_SMALL_GPU = f"{TOO_SMALL.replace('memory', 'memory of the GPU')}, or train.device=cpu"


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    with kept_handlers():
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        yield


@pytest.mark.parametrize(
    ("raised", "code", "line"),
    [
        (UserError("optim.lr=-1: must be > 0"), 2, "error: optim.lr=-1: must be > 0"),
        (UserError("class '\x1b[31m\n' is one"), 2, "error: class '\\x1b[31m\\n' is one"),
        (JobError("train/loss is nan"), 1, "error: train/loss is nan"),
        (LogoddsError("other"), 1, "error: other"),
        (StorageError("MLflow store x: no"), 74, "error: MLflow store x: no"),
        (
            OSError(errno.ENOSPC, "No space left on device", "out/x"),
            74,
            "error: out/x: No space left on device; check the path, its permissions and the disk",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied", "out/x"),
            74,
            "error: out/x: Permission denied; check the path, its permissions and the disk",
        ),
        (
            OSError(errno.EISDIR, "Is a directory", "out/.x.tmp", None, "out/x"),
            74,
            "error: out/x: Is a directory; check the path, its permissions and the disk",
        ),
        (MemoryError(), 1, f"error: {TOO_SMALL}"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 9 bytes"), 1, f"error: {TOO_SMALL}"),
        (RuntimeError("CUDA out of memory. Tried to allocate 9 GiB"), 1, f"error: {TOO_SMALL_GPU}"),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling x"), 1, f"error: {TOO_SMALL_GPU}"),
        (UserError("http://me:secret@host: no"), 2, "error: http://***@host: no"),
        (OSError("odd"), 74, "error: odd; check the path, its permissions and the disk"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
    ids=[
        "user",
        "escaped",
        "job",
        "any",
        "store",
        "disk full",
        "permission",
        "two files",
        "memory",
        "PyTorch's memory",
        "GPU's memory",
        "memory of a library of CUDA",
        "password",
        "bare",
        "Ctrl-C",
    ],
)
def test_an_error_is_one_line(capsys: pytest.CaptureFixture[str], raised: BaseException, code: int, line: str) -> None:
    def main() -> int:
        raise raised

    with pytest.raises(SystemExit) as caught:
        command.run(main)
    assert caught.value.code == code
    assert capsys.readouterr() == ("", f"{line}\n")


@pytest.mark.parametrize("code", [0, 1, 3])
def test_main_s_own_code(capsys: pytest.CaptureFixture[str], code: int) -> None:
    with pytest.raises(SystemExit) as caught:
        command.run(lambda: code)
    assert caught.value.code == code
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_prints_the_usage(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    def main() -> int:
        raise AssertionError("called")

    monkeypatch.setattr(sys, "argv", ["x", "a", option])
    with pytest.raises(SystemExit) as caught:
        command.run(main, "Do it: x PATH\n")
    assert caught.value.code == 0
    assert capsys.readouterr() == (f"Do it: x PATH\n\n{document.HELP}\n", "")


def test_without_a_usage_help_is_main_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["x", "--help"])
    with pytest.raises(SystemExit) as caught:
        command.run(lambda: 3)
    assert caught.value.code == 3


@pytest.mark.parametrize("kind", [ZeroDivisionError, RuntimeError])
def test_a_bug_keeps_its_traceback(kind: type[Exception]) -> None:
    def main() -> int:
        raise kind("bug")

    with pytest.raises(kind, match="bug"):
        command.run(main)


@pytest.mark.parametrize(
    ("last", "code", "line"),
    [
        (IndexError("of a parser"), 130, "interrupted"),
        (UserError("conf/config.yaml: no such key"), 130, "interrupted"),
        (StorageError("MLflow store x: no"), 74, "error: MLflow store x: no"),
    ],
    ids=["any", "as an error of ours", "what stays unfinished"],
)
def test_other_code_that_ctrl_c_breaks_off(
    capsys: pytest.CaptureFixture[str], last: Exception, code: int, line: str
) -> None:
    """It ends with an exception of its own, as Hydra's parser does."""

    def main() -> int:
        try:
            try:
                raise KeyboardInterrupt
            finally:
                raise IndexError
        except IndexError as error:
            raise last from error

    with pytest.raises(SystemExit) as caught:
        command.run(main)
    assert (caught.value.code, capsys.readouterr()) == (code, ("", f"{line}\n"))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_unwinds(capsys: pytest.CaptureFixture[str], number: signal.Signals, code: int) -> None:
    ended: list[str] = []

    def main() -> int:
        try:
            os.kill(os.getpid(), number)
            signal.sigtimedwait([], 10)
        finally:
            ended.append("closed")
        return 0

    with pytest.raises(SystemExit) as caught:
        command.run(main)
    assert (caught.value.code, ended) == (code, ["closed"])
    assert capsys.readouterr() == ("", "terminated\n")


def test_under_nohup_a_command_outlives_its_terminal() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def main() -> int:
        signal.raise_signal(signal.SIGHUP)
        return 7

    with pytest.raises(SystemExit) as caught:
        command.run(main)
    assert caught.value.code == 7


PRINTS = """
import sys
sys.path.insert(0, sys.argv[1])
from logodds.system.terminal import command

def main():
    sys.stdin.readline()
    for _ in range(10000):
        print("a line")
    return 0

command.run(main)
"""


def test_a_reader_that_leaves_early(tmp_path: Path) -> None:
    """As in ``python src/train.py --help | head -1``."""
    process = subprocess.Popen(
        [sys.executable, "-c", PRINTS, str(ROOT / "src")],
        env=environment(tmp_path),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    process.stdin.write(b"\n")
    process.stdin.close()
    told = process.stderr.read()
    process.stderr.close()
    assert (process.wait(timeout=60), told) == (1, b"")


@pytest.mark.parametrize(
    ("arguments", "path"),
    [(["src/split.py", "out/iris/config.yaml"], "out/iris/config.yaml"), (["x", "a b"], "a b")],
)
def test_one_path(monkeypatch: pytest.MonkeyPatch, arguments: list[str], path: str) -> None:
    monkeypatch.setattr(sys, "argv", arguments)
    assert command.one_path("split", "PATH") == Path(path)


@pytest.mark.parametrize("arguments", [["x"], ["x", "a", "b"], ["x", "--help"]])
def test_anything_but_one_path_is_refused(monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(UserError) as caught:
        command.one_path("split", "PATH")
    assert str(caught.value) == "usage: python src/split.py PATH"
