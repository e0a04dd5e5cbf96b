"""What a result comes from, and the signature that is equal for results of the same origin."""

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
    """What a result comes from, beside its configuration.

    Attributes:
        data: md5 of the problem's files.
        sources: sha256 of the source files.
        repository: tags of the repository's state, see :meth:`Repository.tags`.
        changes: what is not committed, as a diff; empty where nothing is.
    """

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
        """The signature of a run, by that of its configuration. Runs with equal ones end with equal files."""
        return joined([config, self.data, self.sources])

    def tags(self, config: str) -> dict[str, str]:
        """Tags of a run's record; ``config``: the signature of its configuration."""
        own = {SIGNATURE: self.signature(config), "data.md5": self.data, "sources.sha256": self.sources}
        return {**own, **self.repository}


def of_problem(problem: Problem) -> Origin:
    """The origin of results that are trained now.

    Raises:
        OSError: a file is missing.
    """
    found = repository.state(places.project_root())
    return Origin(version.digest(problem), environment.sources(), found.tags(), found.changes or b"")


def joined(texts: Sequence[str]) -> str:
    """sha256 of some texts in their order."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()
