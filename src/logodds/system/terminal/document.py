"""The JSON document that a command prints with ``--json``: one on standard output, for scripts. What people read then
goes to standard error."""

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
_document: dict[str, Any] | None = None  # None where none was asked for


def add(**values: Any) -> None:
    """Put values into the document, by key; nothing happens where none was asked for."""
    if _document is not None:
        _document.update(values)


def append(key: str, *values: Any) -> None:
    """Put values at the end of a list of the document."""
    if _document is not None:
        _document.setdefault(key, []).extend(values)


@contextmanager
def printed(command: str) -> Iterator[dict[str, Any]]:
    """Where ``--json`` is among the arguments, take it out, send to standard error what is printed inside, and print
    the document at the end.

    Args:
        command: its name, the document's first key.

    Yields:
        The document, which is thrown away where none was asked for.
    """
    global _document
    if OPTION not in sys.argv[1:]:
        yield {}
        return
    sys.argv[1:] = [each for each in sys.argv[1:] if each != OPTION]
    _document = {"command": command}
    sys.stdout.flush()
    output = os.dup(1)
    os.dup2(2, 1)  # the descriptor, not sys.stdout: what the command's processes print is sent there too
    try:
        yield _document
    finally:
        sys.stdout.flush()
        os.dup2(output, 1)
        text = json.dumps(_plain(_document), indent=1, allow_nan=False) + "\n"
        _document = None
        # Where the reader has gone there is nobody to tell.
        with suppress(BrokenPipeError), os.fdopen(output, "w", encoding="utf-8") as file:
            file.write(text)


def _plain(value: Any) -> Any:
    """As JSON has it; a number that is not finite is null."""
    if hasattr(value, "tolist"):  # of NumPy
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, str | Path):
        return str(value)
    if isinstance(value, Sequence):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
