"""One process at a time works at a place."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from logodds.system.errors import UserError
from logodds.system.lock import claimed

HOLDS = """
import sys, time
from pathlib import Path
from logodds.system.lock import claimed
with claimed(Path(sys.argv[1]), "training this very run"):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_second_one_is_refused_and_told_who_is_at_it(tmp_path: Path) -> None:
    with claimed(tmp_path / "a", "training this very run"):
        with pytest.raises(UserError) as caught, claimed(tmp_path / "a", "training this very run"):
            pass
        with claimed(tmp_path / "b", "training this very run"):
            pass
    told = f"{tmp_path}/a: process {os.getpid()} is training this very run; wait for it, or end it"
    assert str(caught.value) == told
    with claimed(tmp_path / "a", "training this very run"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_relative_path_is_the_same_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with claimed(tmp_path / "a", "x"), pytest.raises(UserError), claimed(Path("a"), "x"):
        pass


def test_of_a_process_that_was_killed_nothing_is_held(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-c", HOLDS, str(tmp_path / "a")]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(UserError, match=f"process {other.pid} is"), claimed(tmp_path / "a", "x"):
            pass
        other.send_signal(signal.SIGKILL)
    with claimed(tmp_path / "a", "x"):
        pass
