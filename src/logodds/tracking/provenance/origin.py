"""What a result comes from, and the signature by which two of the same origin know each other."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from logodds.data.problem import Problem
from logodds.data.sources import version
from logodds.system import places
from logodds.tracking.provenance import environment, repository

SIGNATURE = "signature"  # tag of a run


@dataclass(frozen=True)
class Origin:
    """What a result comes from, beside its configuration: the data's md5, the sources' sha256, the state of the
    repository as tags, and what is not committed there as a diff."""

    data: str
    sources: str
    repository: Mapping[str, str]
    changes: bytes = b""

    @property
    def commit(self) -> str | None:
        """Of the repository, None outside of one."""
        found = self.repository.get("git.commit", repository.UNKNOWN)
        return None if found == repository.UNKNOWN else found

    def signature(self, config: str) -> str:
        """Of a run; ``config``: the signature of its configuration. Equal ones end with equal files."""
        return joined([config, self.data, self.sources])

    def tags(self, config: str) -> dict[str, str]:
        """By their name in a run's record."""
        own = {SIGNATURE: self.signature(config), "data.md5": self.data, "sources.sha256": self.sources}
        return {**own, **self.repository}


def of_problem(problem: Problem) -> Origin:
    """With the files and the code as they are now.

    Raises:
        OSError: a file is missing.
    """
    found = repository.state(places.project_root())
    return Origin(version.digest(problem), environment.sources(), found.tags(), found.changes or b"")


def joined(texts: Sequence[str]) -> str:
    """sha256 of some texts in their order."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()
