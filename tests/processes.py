"""Commands in processes of their own, forked by a server that is started once."""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import fork_server


@cache
def server() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """The fork server of this process of tests, which ends with it, and the socket for its orders."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with there:
        started = subprocess.Popen(
            [sys.executable, fork_server.__file__, str(there.fileno())],
            pass_fds=[there.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
    atexit.register(ended, here, started)
    return here, started


def ended(orders: socket.socket, server: subprocess.Popen[bytes]) -> None:
    """The server ends with its orders."""
    orders.close()
    server.wait()


class Started:
    """A script that runs in a folder, with what ``subprocess.Popen`` has of it. Its outputs go to files, so that it
    never waits for a reader. ``session``: it leads a group of processes of its own, as from a terminal."""

    def __init__(
        self, folder: Path, arguments: Sequence[str], environment: dict[str, str], session: bool = False
    ) -> None:
        self.arguments = tuple(arguments)
        self.returncode: int | None = None
        self._outputs = [os.memfd_create(name) for name in ("stdout", "stderr")]
        order = {
            "folder": str(folder),
            "arguments": self.arguments,
            "environment": environment,
            "session": session,
        }
        self._answers, write = os.pipe()
        with Path(os.devnull).open() as nothing:
            descriptors = [nothing.fileno(), *self._outputs, write]
            socket.send_fds(server()[0], [json.dumps(order).encode()], descriptors)
        os.close(write)
        self.pid = self._answer()

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once it has one.

        Raises:
            TimeoutExpired: it runs for longer than so many seconds.
        """
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.arguments, timeout or 0)
        return code

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it has written to stdout and stderr, once it has ended."""
        self.wait(timeout)
        written = [Path(f"/proc/self/fd/{output}").read_text() for output in self._outputs]
        for output in self._outputs:
            os.close(output)
        return written[0], written[1]

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._answers], [], [], timeout)[0]:
            self.returncode = self._answer()
            os.close(self._answers)
        return self.returncode

    def _answer(self) -> int:
        answer = os.read(self._answers, fork_server.ANSWER)
        assert len(answer) == fork_server.ANSWER, "the fork server has ended"
        return int.from_bytes(answer, "little", signed=True)


def forked(folder: Path, arguments: Sequence[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """What a script does in a folder, to its end."""
    started = Started(folder, arguments, environment)
    try:
        out, err = started.communicate()
    except BaseException:
        started.kill()
        raise
    assert started.returncode is not None
    return subprocess.CompletedProcess([sys.executable, *arguments], started.returncode, out, err)
