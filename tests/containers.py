"""Processes that hold locks, in a namespace of process numbers of their own, as containers have, or in that of the
tests."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import pytest

IN_CONTAINER = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")


def _reason() -> str:
    try:
        done = subprocess.run([*IN_CONTAINER, "true"], capture_output=True, text=True)
    except FileNotFoundError:
        return "there is no unshare(1)"
    return done.stderr.strip()


REASON = _reason()
needs_containers = pytest.mark.skipif(REASON != "", reason=f"no namespaces here: {REASON}")


def kill(process: subprocess.Popen[str], held: Iterable[Path]) -> None:
    """Kill the session of a process, and wait until the kernel has released the locks that it held, one after another.

    Args:
        held: the files of the locks.
    """
    with ExitStack() as opened:
        files = [opened.enter_context(file.open()) for file in held]
        os.killpg(process.pid, signal.SIGKILL)
        for file in files:
            fcntl.flock(file, fcntl.LOCK_SH)
