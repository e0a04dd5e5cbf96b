"""A member of a sweep: the training task of one of its configurations."""

from __future__ import annotations

from dataclasses import dataclass, replace

from logodds.runs.config import Config
from logodds.runs.folder import run_folder
from logodds.runs.inputs import InputsCache
from logodds.runs.task import Task
from logodds.sweep import ledger
from logodds.sweep.ledger import Ledger
from logodds.tracking.naming import Naming
from logodds.tracking.pages import COLOURS


@dataclass(frozen=True)
class Underway:
    """A sweep in progress that a tracker records.

    Attributes:
        parent: id of the sweep's parent run.
        before: what an earlier process left of this sweep.
    """

    parent: str
    before: Ledger


def task(
    config: Config, inputs: InputsCache, naming: Naming, number: int, sweep: Underway | None, folder_name: str
) -> Task:
    """Return the training task of a member. Where an earlier process was cut off while it trained the member, the task
    continues that run.

    Args:
        config: the member's configuration.
        inputs: the rows that members train on, read once for all of them.
        naming: name and tags of the member's run.
        number: the member's number in the sweep, which selects the colour of its run.
        sweep: the sweep in progress; None without a tracker.
        folder_name: name of the folder that holds the member's checkpoints until it has ended, inside the sweep's.
    """
    origin, folder = inputs.origin(config), run_folder(config)
    named = replace(naming, colour=COLOURS[number % len(COLOURS)])
    if sweep is None:
        return Task(config, inputs.of(config), origin, folder, named)
    run = sweep.before.left.take_cut(inputs.signature(config))
    named = replace(named, tags={**naming.tags, "sweep.id": sweep.parent}, parent=sweep.parent, run=run)
    return Task(config, inputs.of(config), origin, folder, named, ledger.folder() / sweep.parent / folder_name)
