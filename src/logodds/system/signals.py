"""Handling of Ctrl-C, SIGTERM and SIGHUP.

They can be deferred while work must not be left half done, and workers can be made to end with their parent.
"""

from __future__ import annotations

import atexit
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
AGAIN = 0.25  # seconds after which an exit that has been swallowed is raised again
PR_SET_PDEATHSIG = 1  # of Linux's prctl


class SignalArrived(KeyboardInterrupt):
    """Raised to leave a :func:`put_off` context early because a deferred signal has arrived.

    At the end of the context the signal takes effect, in place of this exception.
    """


@contextmanager
def put_off() -> Iterator[list[int]]:
    """Defer signals: one that arrives inside the context takes effect at its end.

    In a thread other than the main thread this does nothing, since Python runs signal handlers in the main thread only.

    Yields:
        A list of the signals that have arrived so far, without those that the process ignores.
    """
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
    """Block a signal in all processes that are started inside the context, for as long as they run."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def done() -> None:
    """From here on, let a signal end the process at once, because no work is left that could be damaged.

    As an exception it would be raised in Python's exit handlers and printed with a traceback.
    """
    signal.setitimer(signal.ITIMER_REAL, 0.0)  # of `leave`
    for number in ENDS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def heed() -> None:
    """In a worker, let SIGTERM end the process with exit code 143, as it ends a command, but without a message."""
    signal.signal(signal.SIGTERM, _leave)


def follow(parent: int, number: signal.Signals) -> None:
    """Let this process get a signal as soon as its parent has ended, in whatever way (on Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:  # the parent ended before this call
        os.kill(os.getpid(), number)


def leave(code: int) -> NoReturn:
    """End the process by a SystemExit, so that all contexts are left properly.

    Python and libraries swallow an exception that a signal raises at the wrong moment, such as in a callback or while a
    module is imported. A timer therefore looks whether the contexts are being left, and raises the exit again if they
    are not, but never inside :func:`put_off`.
    """
    ended = SystemExit(code)

    def look(signum: int, frame: FrameType | None) -> None:
        if signal.getsignal(signal.SIGTERM) == handler and not _is_handled(ended):
            raise ended

    handler = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, AGAIN, AGAIN)
    atexit.register(signal.setitimer, signal.ITIMER_REAL, 0.0)
    raise ended


def _is_handled(error: BaseException) -> bool:
    """Return whether an exception is being handled, by an ``except`` or ``finally`` that may have raised others."""
    current = sys.exception()
    while current is not None and current is not error:
        current = current.__context__
    return current is error


def _leave(signum: int, frame: FrameType | None) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second SIGTERM must not interrupt the cleanup of the runs
    leave(128 + signum)
