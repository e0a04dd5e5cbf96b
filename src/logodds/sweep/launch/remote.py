"""Checks of the tracker for groups that train on other machines."""

from __future__ import annotations

from collections.abc import Sequence

from logodds.runs.config import Config
from logodds.system.errors import UserError


def refuse_untracked(launcher: str, configs: Sequence[Config]) -> None:
    """Check that a tracker records the runs.

    Raises:
        UserError: ``tracking=none``, with which no result would come back from the nodes.
    """
    if not all(config.tracking.keeps_record for config in configs):
        raise UserError(f"hydra/launcher={launcher}: needs a tracker to keep the runs; leave out tracking=none")


def refuse_local_store(given: str, configs: Sequence[Config]) -> None:
    """Check that other machines can reach the tracker's store.

    Args:
        given: the override ``key=value`` that asks for other machines, for the message.
        configs: the configurations of the sweep's jobs.

    Raises:
        UserError: other machines cannot reach it.
    """
    for config in configs:
        if (reason := config.tracking.unreachable()) is not None:
            raise UserError(f"{given}: {reason}")
