"""Ctrl-C before a command has begun, while its modules are imported: nothing is open yet that would have to be closed.
As an exception it would be raised in the middle of some import and be printed with a traceback."""

from __future__ import annotations

import os
import signal
from types import FrameType
from typing import NoReturn


def ends_at_once() -> None:
    """From here on let Ctrl-C print a line and end the process with exit code 130, unless the process ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


def is_raised() -> None:
    """From here on raise Ctrl-C as a KeyboardInterrupt again, so that contexts are left properly."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(signum: int, frame: FrameType | None) -> NoReturn:
    os.write(2, b"interrupted\n")
    os._exit(130)
