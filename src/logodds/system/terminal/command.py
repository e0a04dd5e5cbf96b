"""Run a command and end the process: its exit code, and one line for an error."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NoReturn

from logodds.system import interrupt, signals
from logodds.system.errors import JobError, LogoddsError, StorageError, UserError, is_out_of_memory, of_system
from logodds.system.terminal import document
from logodds.system.terminal.invocation import as_typed, typed
from logodds.system.terminal.text import in_lines, masked, printable

# Allocations between two garbage collections; Python's default is 700. Nearly all objects that imports create are
# permanent, and collecting again and again would be a sixth of the time that imports take.
GARBAGE = 50_000
STAGE = "DVC_STAGE"  # environment variable that DVC sets for its stages


def run(main: Callable[[], int], usage: str | None = None) -> NoReturn:
    """Call ``main`` and exit the process.

    The exit code is what ``main`` returns, or 2 for a mistake of the user, 74 for an error of a store or disk, 1 for a
    failed job, 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP (unless it is ignored, as under ``nohup``). With
    ``--json`` a JSON document is printed, see ``document.py``.

    Args:
        main: the command.
        usage: what ``--help`` prints; with None, ``main`` handles ``--help`` itself.
    """
    if usage is not None and {"-h", "--help"} & set(sys.argv[1:]):
        print(f"{as_typed(usage).strip()}\n\n{document.HELP}")
        sys.exit(0)
    interrupt.is_raised()
    signal.signal(signal.SIGTERM, _terminated)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _terminated)
    if STAGE in os.environ:  # else a stage would outlive a killed DVC, and the next one would find its folder in use
        signals.follow(os.getppid(), signal.SIGTERM)
    gc.set_threshold(GARBAGE)
    with document.printed(main.__module__.rpartition(".")[2]) as printed:
        code, error = _called(main)
        printed |= {"exit_code": code, "error": error}
    signals.done()
    # Python collects all objects once more at exit, which would take a tenth of a short command's time.
    gc.freeze()
    sys.exit(code)


def _called(main: Callable[[], int]) -> tuple[int, str | None]:
    """Call ``main`` and return its exit code and its error message, if it ended with an error."""
    try:
        return _heeded(main), None
    except LogoddsError as error:
        return error.exit_code, _tell(str(error))
    except BrokenPipeError:  # the reader of our output, such as `head`, has ended, so nothing can be printed
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1, None
    except OSError as error:
        return StorageError.exit_code, _tell(str(of_system(error)))
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        remedy = "use a smaller model, fewer or shorter rows, or a smaller batch"
        if "CUDA" in str(error) or "CUBLAS" in str(error) or "CUDNN" in str(error):
            return JobError.exit_code, _tell(f"out of memory of the GPU; {remedy}, or train.device=cpu")
        return JobError.exit_code, _tell(f"out of memory; {remedy}")
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130, "interrupted"
    except SystemExit as ended:  # of a signal, see _terminated, or of Hydra, which has printed its message
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        return code, "terminated" if code > 128 else "see standard error" if code else None


def _heeded(main: Callable[[], int]) -> int:
    """Call ``main``. Where Ctrl-C or SIGTERM broke off what other code was doing, that code may end with an exception
    of its own: raise that of the signal then, unless the other says that a file or a store was left unfinished."""
    try:
        return main()
    except (StorageError, OSError):
        raise
    except Exception as error:
        inner: BaseException | None = error
        while inner is not None and not isinstance(inner, (KeyboardInterrupt, SystemExit)):
            inner = inner.__cause__ or inner.__context__
        if inner is None:
            raise
        raise inner from None


def _tell(error: str) -> str:
    line = printable(masked(error))
    print(in_lines(f"error: {line}", sys.stderr), file=sys.stderr)
    return line


def one_path(name: str, form: str) -> Path:
    """Return the only argument of a command, a path.

    Args:
        name: the command, for the message.
        form: the form of the path, for the message.

    Raises:
        UserError: there is no argument, or there are several.
    """
    arguments = sys.argv[1:]
    if len(arguments) != 1 or arguments[0].startswith("-"):
        raise UserError(f"usage: {typed(f'{name} {form}')}")
    return Path(arguments[0])


def _terminated(signum: int, frame: FrameType | None) -> None:
    print("terminated", file=sys.stderr)
    signals.leave(128 + signum)
