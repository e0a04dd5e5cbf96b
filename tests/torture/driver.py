"""A process that has imported what commands need and forks one for each of them: no start of Python, and whatever is
broken in there is broken for nobody else.

python -m torture.driver, with tests/ and src/ on the path: takes an order as JSON per line, tells what came of it.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import re
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from conftest import ROOT, environment

LEFT_SECONDS = 2.0  # in which what a killed command has started must have ended
LONGEST = 120.0  # seconds of a command
STARTED = "ready"


@dataclass(frozen=True)
class Order:
    """``commands``: as typed, without ``python src/``, in the project at ``root``; ``faults``: of ``points.Points``, by
    what is to be done: number and chosen moments; ``kill``: after so many seconds; ``together``: all at once, each in a
    process of its own."""

    root: str
    commands: tuple[str, ...]
    faults: tuple[tuple[str, int, tuple[str, ...]], ...] = ()
    kill: float | None = None
    together: bool = False


@dataclass(frozen=True)
class Ended:
    """``code``: as ``os.waitstatus_to_exitcode`` has it; ``seen``: the moments, of a command that came to its end;
    ``left``: processes that lived on."""

    code: int
    stdout: str
    stderr: str
    seen: list[str]
    left: list[int]

    @property
    def told(self) -> list[str]:
        """Lines of errors, without the notes and the progress."""
        lines = (line for line in self.stderr.splitlines() if line and not line.startswith("note: "))
        return [line for line in lines if not re.search(r": \d+/\d+ (epochs|groups?)", line)]


class Driver:
    """Final. The other side of the pipe."""

    def __init__(self, folder: Path) -> None:
        # Of its own: what a command leaves below the machine's, such as locks, is not there for the others.
        (folder / "tmp").mkdir(parents=True)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "torture.driver"],
            env=environment(
                folder, PYTHONPATH=f"{ROOT / 'tests'}:{ROOT / 'src'}", OMP_NUM_THREADS="1", TMPDIR=str(folder / "tmp")
            ),
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._line() == STARTED

    def run(
        self, root: Path, *commands: str, kill: float | None = None, together: bool = False, **faults: Any
    ) -> Ended:
        """``faults``: what is to be done -> number, or (number, moments)."""
        listed = tuple(
            (name.replace("_", " "), *((at, ()) if isinstance(at, int) else at)) for name, at in faults.items()
        )
        order = Order(str(root), commands, listed, kill, together)
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asdict(order)) + "\n")
        self._process.stdin.flush()
        return Ended(**json.loads(self._line()))

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def main() -> None:
    from conftest import load_mlflow

    import logodds

    load_mlflow()
    import matplotlib.pyplot  # noqa: F401

    for module in pkgutil.walk_packages(logodds.__path__, "logodds."):
        with suppress(ImportError):
            importlib.import_module(module.name)
    from logodds.engine import passes
    from logodds.runs import saving

    passes.CHUNK_NUMBERS = 1  # checkpoints within epochs, of a few rows
    saving.SHARE = 1.0  # and one whenever there may be one
    gc.collect()
    gc.freeze()  # a collection would copy the pages of all this in every process
    print(STARTED, flush=True)
    for line in sys.stdin:
        print(json.dumps(asdict(_forked(Order(**json.loads(line))))), flush=True)


def _forked(order: Order) -> Ended:
    places = {name: Path.cwd() / name for name in ("stdout", "stderr", "seen")}
    places["seen"].write_text("[]")
    child = os.fork()
    if child == 0:
        os.setsid()
        _become(order, places)
    code = _waited(child, order.kill)
    out, err, seen = (places[name].read_text() for name in ("stdout", "stderr", "seen"))
    return Ended(code, out, err, json.loads(seen), left(child))


def _waited(child: int, kill: float | None) -> int:
    descriptor = os.pidfd_open(child)
    try:
        if not select.select([descriptor], [], [], LONGEST if kill is None else kill)[0]:
            os.kill(child, signal.SIGKILL)
    finally:
        os.close(descriptor)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def left(session: int) -> list[int]:
    """Living processes of a session, once they had time to end."""
    until = time.monotonic() + LEFT_SECONDS
    while (found := _living(session)) and time.monotonic() < until:
        time.sleep(0.02)
    return found


def _living(session: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, _, of = path.read_text().rpartition(")")[2].split()[:4]
            if int(of) == session and state != "Z":
                found.append(int(path.parent.name))
    return found


def _become(order: Order, places: dict[str, Path]) -> None:
    from inprocess import called, enter
    from torture.points import Points

    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(places[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    commands = order.commands
    if order.together:
        for command in commands:
            if os.fork() == 0:
                commands = (command,)
                break
        else:
            os._exit(max(os.waitstatus_to_exitcode(os.wait()[1]) for _ in commands))
    enter(Path(order.root))
    listed = [Points(act, at, chosen) for act, at, chosen in order.faults]
    for points in listed:
        points.install()
    code = 1
    try:
        for command in commands:
            code = called(command)
            if code:
                break
        atexit._run_exitfuncs()
    except BaseException:
        import traceback

        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    if listed:
        os._exit(code) if listed[0].act != "nothing" else places["seen"].write_text(json.dumps(listed[0].seen))
    os._exit(code)


if __name__ == "__main__":
    main()
