"""``tracking=mlflow``: runs are recorded in the store at ``MLFLOW_TRACKING_URI``, or in ``mlruns/``."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

from logodds.options.rules import choice
from logodds.tracking.tracker import Tracker

if TYPE_CHECKING:
    from logodds.tracking.reader import Reader
    from logodds.tracking.store import Store

URI = "MLFLOW_TRACKING_URI"


@final
@dataclass(kw_only=True)
class Mlflow(Tracker):
    """Records runs in MLflow.

    Attributes:
        dirty: what happens if the working tree differs from its commit: ``record`` keeps the difference with the run,
            ``refuse`` does not train.
    """

    name: str = choice("mlflow")
    dirty: str = choice("record", "refuse")

    def connect(self, root: Path, problem: str) -> Store:
        """Open the store at the experiment of the problem.

        Raises:
            UserError: ``tracking.dirty=refuse``, and the working tree differs from its commit.
            StorageError: the store cannot be reached.
        """
        if self.dirty == "refuse":
            from logodds.system import locations
            from logodds.tracking.provenance import repository

            repository.state(locations.project_root()).refuse()
        return self.store(root, problem)

    @classmethod
    def store(cls, root: Path, problem: str) -> Store:
        from logodds.tracking.mlflow import opening

        return opening.store(root, problem)

    @classmethod
    def reader(cls, root: Path) -> Reader:
        from logodds.tracking.mlflow import opening

        return opening.reader(root)

    def environment(self, root: Path) -> dict[str, str]:
        from logodds.tracking.mlflow import address

        own = {name: value for name, value in os.environ.items() if name.startswith("MLFLOW_")}
        return {**own, URI: address.uri(root)}

    def unreachable(self) -> str | None:
        if not os.environ.get(URI, "sqlite:").startswith(("sqlite:", "file:", "/", ".")):
            return None
        return f"other machines do not reach the local store; set {URI} to an MLflow server, http://HOST:PORT"
