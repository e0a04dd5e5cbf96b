"""``hydra/launcher=sweep``: train the groups of a sweep on this machine, in this process or in several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, final

from logodds.options.rules import choice, number
from logodds.sweep.launcher import Launcher

if TYPE_CHECKING:
    from logodds.runs.config import Config
    from logodds.sweep.launch.execution import Execution


@final
@dataclass(kw_only=True)
class ProcessOptions(Launcher):
    """Options for training the groups of a sweep on this machine.

    Attributes:
        n_jobs: number of groups that train at a time, each in its own process; with 1 they train one after the other
            in this process.
    """

    name: str = choice("sweep")
    n_jobs: int = number(least=1, most=1024)
    defaults: ClassVar[Mapping[str, Any]] = {"n_jobs": 1}

    def execution(self, configs: Sequence[Config]) -> AbstractContextManager[Execution]:
        from logodds.sweep.launch.execution import Here
        from logodds.sweep.launch.processes import Processes

        return nullcontext(Here() if self.n_jobs == 1 else Processes(self.n_jobs))
