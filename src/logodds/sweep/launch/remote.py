"""What groups that train on other machines need of the tracker."""

from __future__ import annotations

from collections.abc import Sequence

from logodds.runs.config import Config
from logodds.system.errors import UserError


def refuse_untracked(launcher: str, configs: Sequence[Config]) -> None:
    """Check that the runs are kept by a tracker.

    Raises:
        UserError: ``tracking=none``, where nothing of a run would come back from its node.
    """
    if not all(config.tracking.keeps_record for config in configs):
        raise UserError(f"hydra/launcher={launcher}: keeps runs in the tracker alone; leave out tracking=none")


def refuse_local_store(given: str, configs: Sequence[Config]) -> None:
    """Check that other machines reach the tracker's store.

    Raises:
        UserError: other machines do not reach the tracker's store.
    """
    for config in configs:
        if (reason := config.tracking.unreachable()) is not None:
            raise UserError(f"{given}: {reason}")
