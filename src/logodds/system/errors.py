"""What can go wrong that is not a bug, each with the exit code it ends a command with."""


class LogoddsError(Exception):
    """A failure to be told in one line: what, which rule, what to do."""

    exit_code = 1


class UserError(LogoddsError):
    """The user's mistake: a key, a value, a file, a row."""

    exit_code = 2


class StorageError(LogoddsError):
    """A disk or a store that cannot be read or written."""

    exit_code = 74


def of_system(error: OSError) -> StorageError:
    """What the system says of a file, in one line."""
    path = error.filename2 or error.filename  # of two the target, the other is a temporary one
    told = f"{f'{path}: ' if path else ''}{error.strerror or error}"
    return StorageError(f"{told}; check the path, its permissions and the disk")


class JobError(LogoddsError):
    """Valid input, but the job could not reach its end."""

    exit_code = 1


def counted(count: int, noun: str) -> str:
    """A number of things in words: 1 row, 2 rows, 2 classes."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}{'es' if noun.endswith('s') else 's'}"
