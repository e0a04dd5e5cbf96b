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
    """All runs; nothing is created.

    Raises:
        UserError: nothing has been recorded yet.
        StorageError: the store cannot be reached.
    """
    return tracker.chosen().reader(root)


def store_of(root: Path, given: str) -> tuple[Store, str]:
    """The store, at the experiment of a run, and the run's id, of which the beginning may be given.

    Raises:
        UserError: no such run, or several.
        StorageError: the store cannot be reached.
    """
    if NAME.fullmatch(given) is None:
        raise UserError(f"run={given}: not a run id; copy it from the table or from the run's page")
    source = reader(root)
    names = {each.id: each.name for each in source.experiments()}
    whole = source.run(given)
    found = [whole] if whole is not None else source.by_id(given) if len(given) >= LEAST else []
    if len(found) > 1:
        raise UserError(f"run={given}: {len(found)} runs begin like this; give more of the id")
    if not found or NAME.fullmatch(names.get(found[0].experiment, "")) is None:
        raise UserError(f"run={given}: no such run in {source.shown}; copy the id from the run's page")
    return tracker.chosen().store(root, names[found[0].experiment]), found[0].id
