"""The last look at the raw rows before a run trains."""

from __future__ import annotations

from logodds.runs import fitted
from logodds.runs.config import Config
from logodds.runs.inputs import Inputs
from logodds.runs.notes import notes
from logodds.runs.task import fits
from logodds.system import memory
from logodds.system.terminal.notes import show_notes


def ready(config: Config, given: Inputs) -> Inputs:
    """Check that a model can be trained on its rows, show the notes about them, and return the inputs without the raw
    columns, which training does not read.

    Raises:
        UserError: options and rows do not fit each other.
    """
    given.inspected()  # now, because soon the encoded rows lie in memory beside the raw ones
    memory.give_back()
    fits(config, given)
    show_notes(notes(config, given))
    return given.encoded(fitted.drawn(given.features))
