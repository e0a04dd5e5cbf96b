"""A member of a sweep: the task of one of its configurations."""

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
    """A sweep that a tracker keeps: the id of its parent run, and what became of its members before."""

    parent: str
    before: Ledger


def task(config: Config, inputs: InputsCache, naming: Naming, number: int, sweep: Underway | None, place: str) -> Task:
    """What is to be trained for a member; where an earlier process was cut off at it, that goes on.

    Args:
        naming: its run's name and tags.
        number: of the member, which gives its run a colour.
        sweep: None without a tracker.
        place: name of the folder that it is saved in until it has ended.
    """
    origin, folder = inputs.origin(config), run_folder(config)
    named = replace(naming, colour=COLOURS[number % len(COLOURS)])
    if sweep is None:
        return Task(config, inputs.of(config), origin, folder, named)
    run = sweep.before.left.take_cut(inputs.signature(config))
    named = replace(named, tags={**naming.tags, "sweep.id": sweep.parent}, parent=sweep.parent, run=run)
    return Task(config, inputs.of(config), origin, folder, named, ledger.folder() / sweep.parent / place)
