"""Which process something belongs to, and whether that has ended."""

from __future__ import annotations

import os
import re
import socket
from functools import cache
from pathlib import Path

OWNER = "process"  # tag of a run: the process that writes it
NUMBER = re.compile("[0-9]{1,9}")
BOOT = Path("/proc/sys/kernel/random/boot_id")


@cache
def this() -> str:
    """This process: host, boot, number, and when it started since then; a number alone comes back."""
    return f"{socket.gethostname()} {_boot()} {os.getpid()} {_started(os.getpid())}"


def has_ended(owner: str) -> bool:
    """Whether a process on this host is no more; of other hosts nobody knows, so they have not."""
    if is_elsewhere(owner):
        return False
    _, boot, number, started = owner.split(" ")
    return boot != _boot() or _started(int(number)) != started


def is_elsewhere(owner: str) -> bool:
    """Whether nothing can be known here of a process: it is one of another host, or none at all. Tags are anybody's to
    write."""
    host, *rest = owner.split(" ")
    return host != socket.gethostname() or len(rest) != 3 or NUMBER.fullmatch(rest[1]) is None


def is_alive(number: int) -> bool:
    """Whether there is a process of this number here."""
    return _started(number) != ""


def _boot() -> str:
    return BOOT.read_text().strip() if BOOT.is_file() else ""


def _started(number: int) -> str:
    """Clock ticks after the boot; where there is no /proc, whether it is there."""
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
