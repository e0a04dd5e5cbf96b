"""``hydra/launcher=sweep``: the jobs of a batch train on this machine.

``n_jobs``: groups of jobs that train at a time, each in a process of its own; 1: one after the other, in this process.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hydra.core.config_store import ConfigStore

from hydra_plugins.sweep.base import KEYS, BatchLauncher
from logodds.config import Config
from logodds.schema import read

if TYPE_CHECKING:
    from logodds.sweep.execution import Execution


@dataclass
class SweepLauncherConf:
    _target_: str = "hydra_plugins.sweep.launcher.SweepLauncher"
    n_jobs: Any = 1


ConfigStore.instance().store(group="hydra/launcher", name="sweep", node=SweepLauncherConf, provider="logodds")


class SweepLauncher(BatchLauncher):
    """Final."""

    def execution(self, configs: Sequence[Config]) -> "nullcontext[Execution]":
        from logodds.sweep.execution import Here
        from logodds.sweep.processes import Processes, ProcessOptions

        jobs = read(ProcessOptions, self.options, KEYS).n_jobs
        return nullcontext(Here() if jobs == 1 else Processes(jobs))
