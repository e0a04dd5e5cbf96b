"""What groups that train on other machines need of the tracker."""

from __future__ import annotations

import os
from collections.abc import Sequence

from logodds.runs.config import Config
from logodds.system.errors import UserError


def refuse_untracked(launcher: str, configs: Sequence[Config]) -> None:
    """Raises:
    UserError: ``tracking=none``, where nothing of a run would come back from its node.
    """
    if any(config.tracking.name == "none" for config in configs):
        raise UserError(f"hydra/launcher={launcher}: keeps runs in the tracker alone; leave out tracking=none")


def refuse_local_store(given: str) -> None:
    """Raises:
    UserError: the store is a file of this machine.
    """
    if os.environ.get("MLFLOW_TRACKING_URI", "sqlite:").startswith(("sqlite:", "file:", "/", ".")):
        told = "other machines do not reach the local store"
        raise UserError(f"{given}: {told}; set MLFLOW_TRACKING_URI to an MLflow server, http://HOST:PORT")
