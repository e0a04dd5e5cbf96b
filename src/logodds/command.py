"""How every command ends: its exit code, and one line for an error."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NoReturn

from logodds.errors import LogoddsError, StorageError, UserError
from logodds.names import printable

# Objects between the collector's rounds, where Python has 700: nearly all that imports make stays, and to look it
# through again and again is a sixth of their time.
GARBAGE = 50_000


def run(main: Callable[[], int], usage: str | None = None) -> NoReturn:
    """Call ``main`` and exit: with what it returns, 2 for the user's mistake, 74 for a store or disk, 1 for a failed
    job, 130 after Ctrl-C, 143 after SIGTERM. ``--help`` prints ``usage`` instead; None leaves it to
    ``main``."""
    if usage is not None and {"-h", "--help"} & set(sys.argv[1:]):
        print(usage.strip())
        sys.exit(0)
    signal.signal(signal.SIGTERM, _terminated)
    gc.set_threshold(GARBAGE)
    try:
        code = main()
    except LogoddsError as error:
        print(f"error: {printable(str(error))}", file=sys.stderr)
        code = error.exit_code
    except BrokenPipeError:  # the reader of our output, such as `head`, has gone; so nothing can be told
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        told = printable(f"{where}{error.strerror or error}")
        print(f"error: {told}; check the path, its permissions and the disk", file=sys.stderr)
        code = StorageError.exit_code
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        code = 130
    sys.exit(code)


def one_path(arguments: list[str], form: str) -> Path:
    """The single path that a stage command takes.

    Raises:
        UserError: no argument or several.
    """
    if len(arguments) != 2 or arguments[1].startswith("-"):
        raise UserError(f"usage: python {arguments[0]} {form}")
    return Path(arguments[1])


def _terminated(signum: int, frame: FrameType | None) -> None:
    print("terminated", file=sys.stderr)
    # As an exception, so that every context on the way out ends truthfully.
    sys.exit(128 + signum)
