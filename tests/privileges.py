"""What the superuser may do and others may not, put off for a while."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager

VERSION = 0x20080522  # of Linux's capget and capset, whose sets are two words of 32 bits
OVERRIDES = (1 << 1) | (1 << 2)  # to open files whatever their mode says, and to read and search folders


class Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class Capabilities(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


@contextmanager
def modes_of_files_hold() -> Iterator[None]:
    """In this thread a file's mode binds its owner even where that is root, as it binds anybody else."""
    libc, header, sets = ctypes.CDLL(None, use_errno=True), Header(VERSION, 0), (Capabilities * 2)()

    def call(function: str) -> None:
        if getattr(libc, function)(ctypes.byref(header), sets):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    call("capget")
    before = sets[0].effective
    sets[0].effective &= ~OVERRIDES
    call("capset")
    try:
        yield
    finally:
        sets[0].effective = before
        call("capset")
