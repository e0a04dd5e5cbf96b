"""Many files read one after the other, with the progress by their bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from logodds.system.terminal.progress import Progress

T = TypeVar("T")


def through(label: str, files: Sequence[T], sizes: Sequence[int]) -> Iterator[T]:
    """Each file [n], of so many bytes [n], as it is to be read."""
    done = 0
    with Progress(label, sum(sizes), "byte") as progress:
        for file, size in zip(files, sizes, strict=True):
            yield file
            done += size
            progress.show(done)
