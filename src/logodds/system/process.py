"""Identify a process, so that others can tell whether it has ended."""

from __future__ import annotations

import os
import re
import socket
from functools import cache
from pathlib import Path

OWNER = "process"  # tag of a run that holds the process that writes it, see `this`
NUMBER = re.compile("[0-9]{1,9}")
BOOT = Path("/proc/sys/kernel/random/boot_id")


@cache
def this() -> str:
    """Return an identifier of this process: host, boot id, process number and start time since boot.

    The number alone would not be enough, since the system uses numbers again.
    """
    return f"{socket.gethostname()} {_boot()} {os.getpid()} {_started(os.getpid())}"


def has_ended(owner: str) -> bool:
    """Return whether a process has ended; False for processes on other hosts, about which nothing is known."""
    if is_elsewhere(owner):
        return False
    _, boot, number, started = owner.split(" ")
    return boot != _boot() or _started(int(number)) != started


def is_elsewhere(owner: str) -> bool:
    """Return whether nothing can be known here about a process.

    That is so if it runs on another host or if ``owner`` is not an identifier at all: anybody can write tags.
    """
    host, *rest = owner.split(" ")
    return host != socket.gethostname() or len(rest) != 3 or NUMBER.fullmatch(rest[1]) is None


def is_alive(number: int) -> bool:
    """Return whether a process with this number runs on this host."""
    return _started(number) != ""


def _boot() -> str:
    return BOOT.read_text().strip() if BOOT.is_file() else ""


def _started(number: int) -> str:
    """Return when a process started, in clock ticks after boot; empty if it is not running.

    Without /proc, return ``there`` for any running process.
    """
    try:
        state, *fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        if Path("/proc/self").exists():
            return ""
        try:
            os.kill(number, 0)
        except OSError:
            return ""
        return "there"
    return "" if state == "Z" else fields[18]
