"""Checks of a run's files against the digests among its tags, before a command relies on them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from logodds.system.errors import UserError
from logodds.tracking.recorded import Recorded

#: The tag that holds a file's sha256, by the file's path. Records of earlier versions lack some of these tags.
DIGESTS = {
    "config.yaml": "config.yaml.sha256",
    "packages.txt": "packages.txt.sha256",
    "provenance.json": "provenance.sha256",
    "history.csv": "history.sha256",
    "uncommitted.diff": "uncommitted.sha256",
}
OWN = ("config.yaml", "packages.txt", "provenance.json")  # files whose digests are written by this module alone


def digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return tags with the digests of the files in :data:`OWN`."""
    return {DIGESTS[name]: hashlib.sha256(files[name]).hexdigest() for name in OWN}


def damaged(run: Recorded, name: str, data: bytes | None) -> bool:
    """Whether a file of a run differs from its recorded digest; False without a digest or without the file."""
    digest = run.tags.get(DIGESTS[name])
    return digest is not None and data is not None and hashlib.sha256(data).hexdigest() != digest


def refuse_damaged(run: Recorded, name: str, data: bytes | None) -> None:
    """Refuse a damaged file.

    Raises:
        UserError: the file differs from its recorded digest.
    """
    if damaged(run, name, data):
        raise UserError(f"run={run.id}: {name} in its record does not match its digest; choose another run")
