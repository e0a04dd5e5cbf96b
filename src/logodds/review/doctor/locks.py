"""Checks of DVC's locks, which keep its processes apart. A lock is stale when its process no longer exists."""

from __future__ import annotations

import fcntl
import json
import os
import shlex
from pathlib import Path
from typing import Any

from logodds.review.doctor.finding import FINE, TO_DO, Finding
from logodds.system import process
from logodds.system.errors import counted

CHECK = "DVC locks"


def check(project: Path) -> list[Finding]:
    """Check ``.dvc/tmp/lock`` and ``.dvc/tmp/rwlock``."""
    folder = project / ".dvc" / "tmp"
    findings = [finding for finding in (_lock(folder / "lock"), _entries(folder / "rwlock")) if finding is not None]
    return findings or [Finding(CHECK, FINE, "none is stale")]


def _lock(path: Path) -> Finding | None:
    """Check ``.dvc/tmp/lock``.

    Usually it is a lock of the kernel, which ends with its process, while the file stays. With DVC's option
    ``core.hardlink_lock`` the file itself is the lock: it then holds the path of its second hard link, and does not
    name its process, so that nothing tells whether that has ended.
    """
    if not path.is_file():
        return None
    if _is_hard_link(path):
        message = (
            f"{path} is taken; if no dvc runs, on this host or another, its process was killed and blocks all others: "
            "remove the file then"
        )
        return Finding(CHECK, TO_DO, message)
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = file.read(20).decode(errors="replace").strip()
            return Finding(CHECK, FINE, f"dvc is at work, process {owner}")
    return None


def _is_hard_link(path: Path) -> bool:
    """Whether a lock is one of ``core.hardlink_lock``, and no copy of a backup that shares files by hard links."""
    claim = os.fsdecode(path.read_bytes().strip())
    return path.stat().st_nlink > 1 and os.path.isfile(claim) and path.samefile(claim)  # noqa: PTH113  # any text


def _entries(path: Path) -> Finding | None:
    """Check ``.dvc/tmp/rwlock``, a JSON file with the processes that read or write each path."""
    if not path.is_file() or path.is_symlink():
        return None
    fix = shlex.join(["rm", "--", str(path)])
    try:
        held = json.loads(path.read_bytes())
        if not set(held) <= {"read", "write"}:
            raise ValueError("none of DVC's")
        entries = [
            (locked, owner)
            for kind in ("read", "write")
            for locked, value in held.get(kind, {}).items()
            for owner in _listed(value)
        ]
        dead = [(locked, owner) for locked, owner in entries if not process.is_alive(int(owner["pid"]))]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Finding(CHECK, TO_DO, f"{path} is damaged; every dvc repro ends with an error", fix=fix)
    if not dead:
        return None
    items = tuple(f"{locked}: process {owner['pid']}, {owner.get('cmd', '')}" for locked, owner in dead)
    message = f"{path}: {counted(len(dead), 'path')} locked by processes that are no more"
    if len(dead) < len(entries):
        return Finding(CHECK, TO_DO, f"{message}; wait until the others have ended, and call the doctor again", items)
    return Finding(CHECK, TO_DO, message, items, fix)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
