"""A launcher, as another package would add it: groups train in this process, the last one first."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import final

from logodds.options.rules import choice, number
from logodds.runs.config import Config
from logodds.runs.task import Task
from logodds.sweep.launch.execution import Execution, Trained, train_group
from logodds.sweep.launcher import Launcher
from logodds.tracking.store import Store


@final
@dataclass(kw_only=True)
class BackwardsOptions(Launcher):
    """In this process, the last group first.

    Attributes:
        seconds: of rest between two groups.
    """

    name: str = choice("backwards")
    seconds: float = number(least=0.0)

    def execution(self, configs: Sequence[Config]) -> AbstractContextManager[Execution]:
        return nullcontext(Backwards(self.seconds))


@final
class Backwards(Execution):
    """One group after the other, from the last."""

    jobs, local = 1, True

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def run(self, groups: Sequence[Sequence[Task]], store: Store | None) -> Trained:
        for place, tasks in reversed(list(enumerate(groups))):
            yield place, train_group(tasks, store)
            time.sleep(self._seconds)
