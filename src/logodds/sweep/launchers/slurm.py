"""``hydra/launcher=slurm``: as jobs of a Slurm cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, final

from logodds.options.rules import choice, label, number
from logodds.sweep.launcher import Launcher

if TYPE_CHECKING:
    from logodds.runs.config import Config
    from logodds.sweep.launch.execution import Execution


@final
@dataclass(kw_only=True)
class SlurmOptions(Launcher):
    """Groups of a sweep as jobs of a Slurm cluster.

    Attributes:
        cluster: ``slurm``, or ``local`` for processes on this machine, run as such jobs would be.
        n_jobs: at least so many groups, each a job.
        job_name: what the cluster's lists call the jobs.
        partition: of the cluster; None: the cluster's own choice.
        timeout_min: minutes after which the cluster ends a job.
        cpus_per_task: None: ``train.threads``.
        gpus_per_node: None: one with ``train.device=cuda``, else none.
        mem_gb: gigabytes of memory; None: the cluster's own choice.
    """

    name: str = choice("slurm")
    cluster: str = choice("slurm", "local")
    n_jobs: int = number(least=1, most=1024)
    job_name: str = label()
    partition: str | None = label()
    timeout_min: int = number(least=1)
    cpus_per_task: int | None = number(least=1)
    gpus_per_node: int | None = number(least=0)
    mem_gb: float | None = number(above=0.0)
    defaults: ClassVar[Mapping[str, Any]] = {
        "cluster": "slurm",
        "n_jobs": 1,
        "job_name": "logodds",
        "partition": None,
        "timeout_min": 60,
        "cpus_per_task": None,
        "gpus_per_node": None,
        "mem_gb": None,
    }

    def request(self, config: Config) -> dict[str, Any]:
        """What a group of this configuration asks for, in submitit's words."""
        found = {
            "name": self.job_name,
            "timeout_min": self.timeout_min,
            "cpus_per_task": config.train.threads if self.cpus_per_task is None else self.cpus_per_task,
            "gpus_per_node": int(config.train.device == "cuda") if self.gpus_per_node is None else self.gpus_per_node,
            "mem_gb": self.mem_gb,
            "slurm_partition": self.partition,
        }
        return {name: value for name, value in found.items() if value is not None}

    def execution(self, configs: Sequence[Config]) -> AbstractContextManager[Execution]:
        from logodds.sweep.launch.slurm import connected

        return connected(self.cluster, self.n_jobs, self.request, configs)
