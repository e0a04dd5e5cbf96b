"""The JSON document that a command prints with ``--json``, for scripts.

It is the only output on standard output; text for people goes to standard error.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

OPTION = "--json"
HELP = f"{OPTION} prints the results as one JSON document, and what people read to standard error."
_document: dict[str, Any] | None = None  # None without --json


def add(**values: Any) -> None:
    """Set values of the document by key; without ``--json`` do nothing."""
    if _document is not None:
        _document.update(values)


def append(key: str, *values: Any) -> None:
    """Append values to a list of the document; without ``--json`` do nothing."""
    if _document is not None:
        _document.setdefault(key, []).extend(values)


@contextmanager
def printed(command: str) -> Iterator[dict[str, Any]]:
    """Print the document at the end of the context, if ``--json`` is among the arguments of the process.

    The option is removed from ``sys.argv``, and everything that is printed inside the context goes to standard error.

    Args:
        command: name of the command, the value of the document's first key.

    Yields:
        The document; without ``--json`` a dictionary that is discarded.
    """
    global _document
    if OPTION not in sys.argv[1:]:
        yield {}
        return
    sys.argv[1:] = [argument for argument in sys.argv[1:] if argument != OPTION]
    # What remains of these if the command ends by an exception that nothing handles.
    _document = {"command": command, "exit_code": 1, "error": "unexpected error; see standard error"}
    sys.stdout.flush()
    output = os.dup(1)
    os.dup2(2, 1)  # the descriptor and not sys.stdout, so that output of child processes is included
    try:
        yield _document
    finally:
        sys.stdout.flush()
        os.dup2(output, 1)
        text = json.dumps(_plain(_document), indent=1, allow_nan=False) + "\n"
        _document = None
        # If the reader has ended, the document is lost; that is no error of this command.
        with suppress(BrokenPipeError), os.fdopen(output, "w", encoding="utf-8") as file:
            file.write(text)


def _plain(value: Any) -> Any:
    """Return a value as types that JSON has; a number that is not finite becomes null."""
    if hasattr(value, "tolist"):  # an array or number of NumPy
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, str | Path):
        return str(value)
    if isinstance(value, Sequence):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
