"""Ctrl-C, SIGTERM and SIGHUP, put off while something must not be left half done; workers that end with their
parent."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PR_SET_PDEATHSIG = 1  # of Linux's prctl


class SignalArrived(KeyboardInterrupt):
    """Work ends here because a signal has arrived that was put off; the signal itself takes effect at the end of
    :func:`put_off`, in the place of this exception."""


@contextmanager
def put_off() -> Iterator[list[int]]:
    """A signal that arrives inside takes effect at the end; the list holds those that have, without such as
    are ignored. In other threads than the main one nothing happens: Python runs no handlers there."""
    arrived: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield arrived
        return

    def note(signum: int, frame: FrameType | None) -> None:
        arrived.append(signum)

    handlers = {number: signal.getsignal(number) for number in ENDS}
    before = {number: handler for number, handler in handlers.items() if handler != signal.SIG_IGN}
    try:
        for number in before:
            signal.signal(number, note)
        yield arrived
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if arrived:
            signal.raise_signal(arrived[0])


@contextmanager
def withheld(number: signal.Signals) -> Iterator[None]:
    """A signal never takes effect in a process that is started inside."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def done() -> None:
    """Nothing is left that must end as it should: from here on a signal ends the process at once. As an exception it
    would come up in what Python calls at its exit, and be told with a traceback."""
    for number in ENDS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def heed() -> None:
    """For a worker: SIGTERM ends it like any command, without a word."""
    signal.signal(signal.SIGTERM, _leave)


def follow(parent: int, number: signal.Signals) -> None:
    """When its parent has ended, however it did, this process gets a signal (on Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:  # it has ended before it could be followed
        os.kill(os.getpid(), number)


def _leave(signum: int, frame: FrameType | None) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once: what ends the runs is not to be cut off
    sys.exit(128 + signum)
