"""The facts of a run that replays alone read, in the file ``provenance.json`` of its record.

The file is one JSON object of texts with sorted names: the digest of the code, and the environment except the device,
which is a tag. The file's own digest is a tag too. Earlier versions recorded each fact as a tag.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from logodds.system.errors import UserError
from logodds.tracking import verified
from logodds.tracking.reader import Reader
from logodds.tracking.recorded import Recorded

FILE = "provenance.json"
SOURCES = "sources.sha256"  # of the listing of the code that trains
NAMES = (SOURCES, "cpu.capability", "cpu.model", "platform", "threads")
PREFIXES = ("env.", "version.")
LONGEST = 1 << 16  # bytes of the file; those that trainings write have about 700


def dumps(values: Mapping[str, str]) -> bytes:
    """Return the content of the file. Values that are not facts by their name, such as the device, are
    left out."""
    return (json.dumps(_selected(values), indent=1, sort_keys=True) + "\n").encode()


def read(reader: Reader, run: Recorded) -> dict[str, str] | None:
    """Return the facts of a run by name: from its file or, in a record of an earlier version, from its tags. Values
    that are not facts by their name are left out.

    Returns:
        None if the file is gone or does not match its digest. It is not parsed then.

    Raises:
        UserError: the file matches its digest but is not of the form that a training writes.
        StorageError: the store cannot be read.
    """
    if verified.DIGESTS[FILE] not in run.tags:
        return _selected(run.tags)
    data = reader.artifact(run.id, FILE)
    if data is None or verified.damaged(run, FILE, data):
        return None
    return _selected(_parsed(data, run.id))


def _parsed(data: bytes, run_id: str) -> dict[str, str]:
    def refused(reason: str) -> UserError:
        return UserError(f"run={run_id}: {FILE} in its record {reason}; no training writes that, choose another run")

    if len(data) > LONGEST:
        raise refused(f"has more than {LONGEST} bytes")
    try:
        plain: Any = json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise refused("is not JSON") from error
    if not isinstance(plain, dict) or not all(_is_text(value) for item in plain.items() for value in item):
        raise refused("is no mapping of texts")
    return plain


def _is_text(value: object) -> bool:
    """Whether a value is a text that can be written; JSON can hold halves of a character, which cannot."""
    return isinstance(value, str) and not any("\ud800" <= letter <= "\udfff" for letter in value)


def _selected(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if name in NAMES or name.startswith(PREFIXES)}
