"""Progress while many files are read one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from logodds.system.terminal.progress import Progress

T = TypeVar("T")


def through(label: str, files: Sequence[T], sizes: Sequence[int]) -> Iterator[T]:
    """Yield each file [n] in turn, and show the progress by bytes.

    Args:
        label: what is being done.
        files: the files, or objects that stand for them.
        sizes: their sizes in bytes [n].
    """
    done = 0
    with Progress(label, sum(sizes), "byte") as progress:
        for file, size in zip(files, sizes, strict=True):
            yield file
            done += size
            progress.show(done)
