"""Runs of another file in the experiment of a problem, which has the name of its file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logodds.data.problem import located
from logodds.system.terminal.text import shortened

if TYPE_CHECKING:
    from logodds.runs.config import Config
    from logodds.tracking.store import Store

PATH = "problem.path"
ROOM = 60  # characters of a path


def notes(config: Config, store: Store) -> list[str]:
    """Return a note if the experiment of a problem holds runs of another file; none otherwise.

    Raises:
        StorageError: the store cannot be read.
    """
    path, name = config.problem.path, config.problem.name
    other = store.reader.other(store.experiment, PATH, path)
    if other is None or ("\0" not in other and located(other).resolve() == located(path).resolve()):
        return []
    folder = re.sub(r"[^A-Za-z0-9]+", "-", located(path).resolve().parent.name).strip("-")
    return [
        f"experiment {name} holds runs of another file too, {shortened(other, ROOM)}; "
        f"problem.name={folder or 'another'}-{name} keeps those of {shortened(path, ROOM)} apart"
    ]
