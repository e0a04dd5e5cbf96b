"""Errors that are not bugs, each with the exit code of a command that ends with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

# In the message of PyTorch's RuntimeError; the last is that of CUDA's libraries.
OUT_OF_MEMORY = re.compile("can't allocate memory|out of memory|_STATUS_ALLOC_FAILED")


class LogoddsError(Exception):
    """A failure whose message is one line: what is wrong, which rule it breaks, what to do."""

    exit_code = 1


class UserError(LogoddsError):
    """A mistake of the user, in a key, a value, a file or a row."""

    exit_code = 2


class StorageError(LogoddsError):
    """A disk or a store that cannot be read or written."""

    exit_code = 74


def of_system(error: OSError) -> StorageError:
    """Return the operating system's error about a file as an error with one line."""
    path = error.filename2 or error.filename  # with two paths, the second is the target, the first a temporary file
    message = f"{f'{path}: ' if path else ''}{error.strerror or error}"
    return StorageError(f"{message}; check the path, its permissions and the disk")


class JobError(LogoddsError):
    """The input is valid, but the job could not be finished."""

    exit_code = 1


def is_out_of_memory(error: Exception) -> bool:
    """Return whether Python or PyTorch could not allocate memory."""
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and OUT_OF_MEMORY.search(str(error)) is not None
    )


@contextmanager
def of_added_code(what: str, remedy: str) -> Iterator[None]:
    """Raise exceptions of other people's code, which may raise anything, as a UserError of one line.

    Errors with a line of their own, and a lack of memory, stay what they are.

    Args:
        what: the function that is called, for the message.
        remedy: the end of the message.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, LogoddsError) or is_out_of_memory(error):
            raise
        raise UserError(f"{what} failed ({_described(error)}); {remedy}") from error


def _described(error: Exception) -> str:
    """Return the type of an exception, where it was raised, and its message, in one line."""
    import traceback
    from pathlib import Path

    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {Path(frames[-1].filename).name} line {frames[-1].lineno}" if frames else ""
    message = " ".join(str(error).split())
    return f"{type(error).__name__}{where}: {message[:120]}"


def counted(count: int, noun: str) -> str:
    """Return a count with its noun, such as "1 row", "2 rows" or "2 classes"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}{'es' if noun.endswith('s') else 's'}"
