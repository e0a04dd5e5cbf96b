"""Every moment at which a process changes what is on disk, to be broken there: before, within and after each opening
for writing, write, flush, replacement, removal, new folder, and commit of SQLite."""

from __future__ import annotations

import builtins
import errno
import io
import os
import resource
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any

CRASHED = 86  # exit code of a process that ends without another word
KINDS = {
    "mkdir": ("mkdir",),
    "unlink": ("unlink", "remove", "rmdir"),
    "replace": ("replace", "rename", "link"),
    "write": ("write", "pwrite", "sendfile", "ftruncate", "truncate"),
    "fsync": ("fsync", "fdatasync", "sync"),
}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
DAY = 86_400.0


@dataclass
class Points:
    """``seen``: the moments so far, as ``before write``; at number ``at`` of those whose text is among ``chosen`` (all,
    if empty) comes what ``act`` names."""

    act: str
    at: int
    chosen: Sequence[str] = ()
    seen: list[str] = field(default_factory=list)

    def reach(self, moment: str) -> None:
        if self.chosen and moment not in self.chosen:
            return
        self.seen.append(moment)
        if len(self.seen) == self.at:
            ACTS[self.act]()

    def around(self, kind: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def called(*given: Any, **named: Any) -> Any:
            self.reach(f"before {kind}")
            found = call(*given, **named)
            self.reach(f"after {kind}")
            return found

        return called

    def install(self) -> None:
        """From here on in this process."""
        for kind, names in KINDS.items():
            for name in names:
                setattr(os, name, self.around(kind, getattr(os, name)))
        os.open = self._descriptor(os.open)  # type: ignore[assignment]
        io.open = builtins.open = self._file(io.open)  # type: ignore[assignment]
        sqlite3.connect = sqlite3.dbapi2.connect = self._database(sqlite3.connect)  # type: ignore[assignment]

    def _descriptor(self, call: Callable[..., int]) -> Callable[..., int]:
        outside = self.around("open", call)

        @wraps(call)
        def opened(path: Any, flags: int, *given: Any, **named: Any) -> int:
            device = os.fspath(path) in (os.devnull, "/dev/null")
            return (outside if flags & WRITING and not device else call)(path, flags, *given, **named)

        return opened

    def _file(self, call: Callable[..., Any]) -> Callable[..., Any]:
        outside = self.around("open", call)

        @wraps(call)
        def opened(file: Any, mode: str = "r", *given: Any, **named: Any) -> Any:
            if not set(mode) & set("wax+"):
                return call(file, mode, *given, **named)
            return File((call if isinstance(file, int) else outside)(file, mode, *given, **named), self)

        return opened

    def _database(self, call: Callable[..., Any]) -> Callable[..., Any]:
        points = self

        class Connection(sqlite3.Connection):
            """Final."""

            def commit(self) -> None:
                points.around("commit", super().commit)()

            def __exit__(self, kind: Any, error: Any, trace: Any) -> Any:
                if kind is None and self.in_transaction:
                    return points.around("commit", super().__exit__)(kind, error, trace)
                return super().__exit__(kind, error, trace)

        return lambda *given, **named: call(*given, **{"factory": Connection, **named})


class File:
    """Final. A file whose writes are moments; half of the bytes are on disk within each."""

    def __init__(self, file: Any, points: Points) -> None:
        self._file, self._points = file, points

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> File:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def write(self, data: Any) -> int:
        self._points.reach("before write")
        half = len(data) // 2
        self._file.write(data[:half])
        self._file.flush()
        self._points.reach("within write")
        self._file.write(data[half:])
        self._points.reach("after write")
        return len(data)


def _fails(number: int) -> Callable[[], None]:
    def act() -> None:
        raise OSError(number, os.strerror(number))

    return act


def _raises() -> None:
    raise ZeroDivisionError("a fault of the test")


def _no_memory() -> None:
    """What is there stays; nothing that is larger than a page or two can be had."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize(), resource.RLIM_INFINITY))
    raise MemoryError


def _clock(seconds: float) -> Callable[[], None]:
    def act() -> None:
        now, nanoseconds = time.time, time.time_ns
        time.time = lambda: now() + seconds
        time.time_ns = lambda: nanoseconds() + int(seconds * 1e9)

    return act


def _signal(number: signal.Signals) -> Callable[[], None]:
    return lambda: os.kill(os.getpid(), number)


ACTS: dict[str, Callable[[], None]] = {
    "nothing": lambda: None,
    "crash": lambda: os._exit(CRASHED),
    "EIO": _fails(errno.EIO),
    "ENOSPC": _fails(errno.ENOSPC),
    "exception": _raises,
    "exit": lambda: sys.exit(3),
    "memory": _no_memory,
    "a day on": _clock(DAY),
    "a day back": _clock(-DAY),
    **{each.name: _signal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)},
}
