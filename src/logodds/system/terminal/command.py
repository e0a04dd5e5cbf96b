"""How every command ends: its exit code, and one line for an error."""

from __future__ import annotations

import gc
import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NoReturn

from logodds.system import signals
from logodds.system.errors import JobError, LogoddsError, StorageError, UserError, of_system
from logodds.system.terminal import document
from logodds.system.terminal.invocation import as_typed, typed
from logodds.system.terminal.text import masked, printable

# Objects between the collector's rounds, where Python has 700: nearly all that imports make stays, and to look it
# through again and again is a sixth of their time.
GARBAGE = 50_000
STAGE = "DVC_STAGE"  # in the environment of DVC's stages
OUT_OF_MEMORY = re.compile("can't allocate memory|out of memory")  # PyTorch has no other word for it


def run(main: Callable[[], int], usage: str | None = None) -> NoReturn:
    """Call ``main`` and exit: with what it returns, 2 for the user's mistake, 74 for a store or disk, 1 for a failed
    job, 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP (unless it is ignored, as under ``nohup``). ``--help``
    prints ``usage`` instead; None leaves it to ``main``. With ``--json`` a JSON document is printed, see
    ``document.py``."""
    if usage is not None and {"-h", "--help"} & set(sys.argv[1:]):
        print(f"{as_typed(usage).strip()}\n\n{document.HELP}")
        sys.exit(0)
    signal.signal(signal.SIGTERM, _terminated)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _terminated)
    if STAGE in os.environ:  # a stage whose DVC was killed would go on, and DVC's next one find its folder in use
        signals.follow(os.getppid(), signal.SIGTERM)
    gc.set_threshold(GARBAGE)
    with document.printed(main.__module__.rpartition(".")[2]) as printed:
        code, error = _called(main)
        printed |= {"exit_code": code, "error": error}
    signals.done()
    # As it ends, Python looks every object through once more, which takes a tenth of a short command's time.
    gc.freeze()
    sys.exit(code)


def _called(main: Callable[[], int]) -> tuple[int, str | None]:
    """The exit code of a command, and its error where it ended with one."""
    try:
        return main(), None
    except LogoddsError as error:
        return error.exit_code, _tell(str(error))
    except BrokenPipeError:  # the reader of our output, such as `head`, has gone; so nothing can be told
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1, None
    except OSError as error:
        return StorageError.exit_code, _tell(str(of_system(error)))
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and not OUT_OF_MEMORY.search(str(error)):
            raise
        told = "the memory is too small for this; take a smaller model, fewer or shorter rows, or a smaller batch"
        return JobError.exit_code, _tell(told)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130, "interrupted"


def _tell(error: str) -> str:
    line = printable(masked(error))
    print(f"error: {line}", file=sys.stderr)
    return line


def one_path(name: str, form: str) -> Path:
    """The single argument of the stage command ``name``: a path of this form.

    Raises:
        UserError: no argument or several.
    """
    arguments = sys.argv[1:]
    if len(arguments) != 1 or arguments[0].startswith("-"):
        raise UserError(f"usage: {typed(f'{name} {form}')}")
    return Path(arguments[0])


def _terminated(signum: int, frame: FrameType | None) -> None:
    print("terminated", file=sys.stderr)
    # As an exception, so that every context on the way out ends truthfully.
    sys.exit(128 + signum)
