"""What DVC takes so that no two of its processes work at one place: stale where the process is no more."""

from __future__ import annotations

import fcntl
import json
import shlex
from pathlib import Path
from typing import Any

from logodds.review.doctor.finding import FINE, TO_DO, Finding
from logodds.system import process
from logodds.system.errors import counted

CHECK = "DVC locks"


def check(project: Path) -> list[Finding]:
    """``.dvc/tmp/lock`` and ``.dvc/tmp/rwlock``."""
    folder = project / ".dvc" / "tmp"
    found = [each for each in (_lock(folder / "lock"), _entries(folder / "rwlock")) if each is not None]
    return found or [Finding(CHECK, FINE, "none is stale")]


def _lock(path: Path) -> Finding | None:
    """Usually the kernel's, which a process leaves when it ends, and the file stays. With ``core.hardlink_lock`` it is
    the file itself, which has two names then, and does not say whose it is."""
    if not path.is_file():
        return None
    if path.stat().st_nlink > 1:
        told = f"{path} is taken; if no dvc runs, on this host or another, its process was killed and blocks all others"
        return Finding(CHECK, TO_DO, told, fix=shlex.join(["rm", str(path)]))
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = file.read(20).decode(errors="replace").strip()
            return Finding(CHECK, FINE, f"dvc is at work, process {owner}")
    return None


def _entries(path: Path) -> Finding | None:
    if not path.is_file():
        return None
    fix = shlex.join(["rm", str(path)])
    try:
        held = json.loads(path.read_bytes())
        if not set(held) <= {"read", "write"}:
            raise ValueError("none of DVC's")
        entries = [
            (place, one)
            for kind in ("read", "write")
            for place, each in held.get(kind, {}).items()
            for one in _listed(each)
        ]
        dead = [(place, one) for place, one in entries if not process.is_alive(int(one["pid"]))]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Finding(CHECK, TO_DO, f"{path} is damaged; every dvc repro ends with an error", fix=fix)
    if not dead:
        return None
    things = tuple(f"{place}: process {one['pid']}, {one.get('cmd', '')}" for place, one in dead)
    told = f"{path}: {counted(len(dead), 'path')} locked by processes that are no more"
    if len(dead) < len(entries):
        told += "; wait until the others have ended"
    return Finding(CHECK, TO_DO, told, things, fix)


def _listed(each: Any) -> list[Any]:
    return each if isinstance(each, list) else [each]
