"""The console script ``logodds``, and what messages say is to be typed in either life."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from conftest import ROOT

from logodds.commands import console
from logodds.system import locations
from logodds.system.terminal import invocation

CONSOLE = [sys.executable, "-m", "logodds"]
#: Modules of the wing that are no commands: the console itself, and the lives of two commands.
PARTS = {"__init__", "console", "train_stage", "train_runs", "evaluate_stage", "evaluate_run"}


def called(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([*CONSOLE, *arguments], cwd=ROOT / "src", capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    return done


def test_every_command_is_listed_and_has_a_shim() -> None:
    modules = {path.stem for path in (ROOT / "src" / "logodds" / "commands").glob("*.py")} - PARTS
    assert modules == set(console.COMMANDS) == {path.stem for path in (ROOT / "src").glob("*.py")}
    for name in modules:
        text = (ROOT / "src" / f"{name}.py").read_text()
        assert len([line for line in text.splitlines() if line]) <= 7
        assert f"from logodds.commands import {name}\n" in text


def test_help_lists_the_commands() -> None:
    lines = called("--help").stdout.splitlines()
    assert lines[0] == "usage: logodds COMMAND [ARGUMENT ...]"
    assert [line.split()[0] for line in lines if line.startswith("  ")] == [
        name for name in console.COMMANDS if name not in console.INTERNAL
    ]
    assert max(map(len, lines)) <= 100
    assert called().stdout.splitlines() == called("-h").stdout.splitlines() == lines


def test_version() -> None:
    assert called("--version").stdout == f"logodds {version('logodds')}\n"


def test_an_unknown_command_is_told_with_the_nearest() -> None:
    done = called("trian", code=2)
    assert (done.stdout, done.stderr) == ("", "error: logodds trian: no such command; did you mean train?\n")


def test_help_imports_nothing_heavy() -> None:
    command = [sys.executable, "-X", "importtime", *CONSOLE[1:], "--help"]
    done = subprocess.run(command, cwd=ROOT / "src", capture_output=True, text=True, check=True)
    heavy = re.compile(r"\| +(torch|hydra|mlflow|pandas|numpy|sklearn|matplotlib|omegaconf)$", re.MULTILINE)
    assert "logodds.commands.console" in done.stderr
    assert heavy.findall(done.stderr) == []


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in console.COMMANDS if name not in console.OWN_HELP])
def test_help_is_that_of_the_shim_but_for_what_is_typed(name: str) -> None:
    command = [sys.executable, ROOT / "src" / f"{name}.py", "--help"]
    shim = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    own = called(name, "--help").stdout
    assert f"python src/{name}.py" in shim
    assert re.sub(r"python src/(\w+)\.py", r"logodds \1", shim) == own


@pytest.mark.parametrize(("name", "usage"), [("doctor", "doctor"), ("split", "split out/PROBLEM/config.yaml")])
def test_usage_says_how_it_was_called(name: str, usage: str) -> None:
    assert called(name, "a", "b", code=2).stderr == f"error: usage: logodds {usage}\n"


def test_what_is_typed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "argv", ["src/train.py"])
    assert invocation.typed("train problem=a b=c") == "python src/train.py problem=a b=c"
    assert invocation.typed("doctor") == "python src/doctor.py"
    assert invocation.as_typed("logodds fetch  x\nlogodds: logodds") == "python src/fetch.py  x\nlogodds: logodds"
    monkeypatch.setattr(sys, "argv", [invocation.PROGRAM, "problem=a"])
    assert invocation.typed("train problem=a") == "logodds train problem=a"
    monkeypatch.setattr(sys, "argv", ["elsewhere.py"])
    monkeypatch.setattr(locations, "LIBRARY", tmp_path)
    monkeypatch.setattr(locations, "CHECKOUT", locations.checkout_of(tmp_path))
    assert invocation.typed("train problem=a") == "logodds train problem=a"
