"""What a result comes from, and a signature that is equal for results of the same origin."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from logodds.data.problem import Problem
from logodds.data.sources import version
from logodds.system import locations
from logodds.tracking.provenance import repository

#: The beginning of signatures. Those without it are from versions in which every file of ``src`` was part of them.
FORM = "2-"
SIGNATURE = "signature"  # tag of a run


@dataclass(frozen=True)
class Origin:
    """What a result comes from, besides its configuration.

    Attributes:
        data: md5 of the problem's files.
        sources: sha256 of the listing of the code that trains, see ``runs/code.py``.
        repository: the state of the git repository, as tags.
        changes: a diff of what is not committed there.
    """

    data: str
    sources: str
    repository: Mapping[str, str]
    changes: bytes = b""

    @property
    def commit(self) -> str | None:
        """The commit of the repository, None outside of a repository."""
        commit = self.repository.get("git.commit", repository.UNKNOWN)
        return None if commit == repository.UNKNOWN else commit

    def signature(self, config: str, rows: str) -> str:
        """Return the signature of a training. Trainings with equal signatures end with equal files.

        Args:
            config: the signature of its configuration.
            rows: the digest of the rows that it reads, see ``Inputs.digest``.
        """
        return f"{FORM}{joined([config, rows, self.sources])}"

    def tags(self) -> dict[str, str]:
        """Return the tags of a run's record."""
        return {"data.md5": self.data, **self.repository}


def of_problem(problem: Problem, sources: str) -> Origin:
    """Return the origin of a result, with the files as they are now.

    Args:
        sources: the digest of the code that trains.

    Raises:
        OSError: a file is missing.
    """
    state = repository.state(locations.project_root())
    return Origin(version.digest(problem), sources, state.tags(), state.changes or b"")


def joined(texts: Sequence[str]) -> str:
    """Return the sha256 of some texts in their order."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()
