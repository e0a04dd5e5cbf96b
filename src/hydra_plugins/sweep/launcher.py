"""Where the jobs of a batch train: on this machine (``hydra/launcher=sweep``), or on a cluster (``ray``, ``slurm``).

The keys are explained where they are read, in ``logodds.sweep``.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hydra_plugins.sweep.base import KEYS, BatchLauncher
from logodds.options.schema import read
from logodds.runs.config import Config

if TYPE_CHECKING:
    from logodds.sweep.launch.execution import Execution


@dataclass
class SweepLauncherConf:
    _target_: str = "hydra_plugins.sweep.launcher.SweepLauncher"
    n_jobs: Any = 1


@dataclass
class RayLauncherConf:
    _target_: str = "hydra_plugins.sweep.launcher.RayLauncher"
    address: Any = None
    num_cpus: Any = None
    num_gpus: Any = None
    max_retries: Any = 3


@dataclass
class SlurmLauncherConf:
    _target_: str = "hydra_plugins.sweep.launcher.SlurmLauncher"
    cluster: Any = "slurm"
    n_jobs: Any = 1
    name: Any = "logodds"
    partition: Any = None
    timeout_min: Any = 60
    cpus_per_task: Any = None
    gpus_per_node: Any = None
    mem_gb: Any = None


class SweepLauncher(BatchLauncher):
    """Final."""

    def execution(self, configs: Sequence[Config]) -> "nullcontext[Execution]":
        from logodds.sweep.launch.execution import Here
        from logodds.sweep.launch.processes import Processes, ProcessOptions

        jobs = read(ProcessOptions, self.options, KEYS).n_jobs
        return nullcontext(Here() if jobs == 1 else Processes(jobs))


class RayLauncher(BatchLauncher):
    """Final."""

    def execution(self, configs: Sequence[Config]) -> "AbstractContextManager[Execution]":
        from logodds.sweep.launch.raycluster import RayOptions, connected

        return connected(read(RayOptions, self.options, KEYS), configs)


class SlurmLauncher(BatchLauncher):
    """Final."""

    def execution(self, configs: Sequence[Config]) -> "AbstractContextManager[Execution]":
        from logodds.sweep.launch.slurm import SlurmOptions, connected

        return connected(read(SlurmOptions, self.options, KEYS), configs)
