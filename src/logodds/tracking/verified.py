"""Files of a record that commands take for what they were, against the digests among its tags."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from logodds.system.errors import UserError
from logodds.tracking.recorded import Recorded

#: Tags by path. Records of earlier versions do not have all of them.
DIGESTS = {
    "config.yaml": "config.yaml.sha256",
    "packages.txt": "packages.txt.sha256",
    "history.csv": "history.sha256",
    "uncommitted.diff": "uncommitted.sha256",
}
OWN = ("config.yaml", "packages.txt")  # whose tags are none but these


def digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """The tags of those of some files whose digests are not recorded otherwise."""
    return {DIGESTS[name]: hashlib.sha256(files[name]).hexdigest() for name in OWN}


def damaged(run: Recorded, name: str, data: bytes | None) -> bool:
    """Whether a file of a run is not what was recorded."""
    digest = run.tags.get(DIGESTS[name])
    return digest is not None and data is not None and hashlib.sha256(data).hexdigest() != digest


def refuse_damaged(run: Recorded, name: str, data: bytes | None) -> None:
    """Raises:
    UserError: :func:`damaged`.
    """
    if damaged(run, name, data):
        raise UserError(f"run={run.id}: {name} in its record is not what its digest says; choose another run")
