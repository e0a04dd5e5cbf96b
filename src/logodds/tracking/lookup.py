"""The record of a project, for commands that have no configuration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from logodds.options.rules import NAME
from logodds.system.errors import UserError
from logodds.tracking import tracker
from logodds.tracking.recorded import LEAST

if TYPE_CHECKING:
    from logodds.tracking.reader import Reader
    from logodds.tracking.store import Store


def reader(root: Path) -> Reader:
    """Return a reader of all runs. Nothing is created.

    Raises:
        UserError: nothing has been recorded yet.
        StorageError: the store cannot be reached.
    """
    return tracker.chosen().reader(root)


def store_of(root: Path, given: str) -> tuple[Store, str]:
    """Return the store, opened at the experiment of a run, and the run's full id.

    Args:
        root: the folder that contains ``mlruns/``.
        given: the run's id, or the beginning of it.

    Raises:
        UserError: there is no such run, or there are several.
        StorageError: the store cannot be reached.
    """
    if NAME.fullmatch(given) is None:
        raise UserError(f"run={given}: not a run id; copy it from the table or from the run's page")
    source = reader(root)
    names = {experiment.id: experiment.name for experiment in source.experiments()}
    exact = source.run(given)
    matches = [exact] if exact is not None else source.by_id(given) if len(given) >= LEAST else []
    if len(matches) > 1:
        raise UserError(f"run={given}: {len(matches)} runs begin like this; give more of the id")
    if not matches or NAME.fullmatch(names.get(matches[0].experiment, "")) is None:
        raise UserError(f"run={given}: no such run in {source.shown}; copy the id from the run's page")
    return tracker.chosen().store(root, names[matches[0].experiment]), matches[0].id
