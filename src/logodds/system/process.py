"""Identify a process, so that others can tell whether it has ended."""

from __future__ import annotations

import os
import re
import socket
from functools import cache
from pathlib import Path

OWNER = "process"  # tag of a run that holds the process that writes it, see `this`
NUMBER = re.compile("[0-9]{1,9}")
PROC = Path("/proc")
BOOT = PROC / "sys/kernel/random/boot_id"
NAMESPACE = ":"  # between the boot id and the namespace's number


@cache
def this() -> str:
    """Return an identifier of this process: host, boot id with the namespace of process numbers, process number and
    start time since boot.

    The number alone would not be enough, since the system uses numbers again, and each container has its own.
    """
    return f"{socket.gethostname()} {_boot()}{NAMESPACE}{_namespace()} {os.getpid()} {_started(os.getpid())}"


def has_ended(owner: str) -> bool:
    """Return whether a process has ended; False for processes on other hosts and in other containers, about which
    nothing is known."""
    if is_elsewhere(owner):
        return False
    _, kernel, number, started = owner.split(" ")
    return kernel.partition(NAMESPACE)[0] != _boot() or _started(int(number)) != started


def is_elsewhere(owner: str) -> bool:
    """Return whether nothing can be known here about a process by its number.

    That is so if it runs on another host or in another namespace of process numbers, as containers have, or if
    ``owner`` is not an identifier at all: anybody can write tags.
    """
    host, *rest = owner.split(" ")
    if host != socket.gethostname() or len(rest) != 3 or NUMBER.fullmatch(rest[1]) is None:
        return True
    boot, _, namespace = rest[0].partition(NAMESPACE)
    return boot == _boot() and namespace != _namespace()  # of an earlier boot all have ended


def shares_kernel(owner: str) -> bool:
    """Return whether a process runs, or ran, under the kernel that runs this one, maybe in another container."""
    boot = owner.split(" ")[1].partition(NAMESPACE)[0] if owner.count(" ") == 3 else ""
    return boot != "" and boot == _boot()


def is_alive(number: int) -> bool:
    """Return whether a process with this number runs on this host."""
    return _started(number) != ""


def _boot() -> str:
    return BOOT.read_text().strip() if BOOT.is_file() else ""


@cache
def _namespace() -> str:
    """Return the number of the namespace that process numbers belong to; empty on systems that have none."""
    try:
        return f"{(PROC / 'self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


def _is_own() -> bool:
    """Return whether ``/proc`` shows this process's namespace, and not that of its host."""
    try:
        return str((PROC / "self").readlink()) == str(os.getpid())
    except OSError:
        return False


def _started(number: int) -> str:
    """Return when a process started, in clock ticks after boot; empty if it is not running.

    Without a /proc of its namespace, return ``there`` for any running process.
    """
    if not _is_own():
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return ""
        except PermissionError:  # of another user
            pass
        return "there"
    try:
        state, *fields = (PROC / str(number) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state == "Z" else fields[18]
