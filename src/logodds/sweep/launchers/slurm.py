"""``hydra/launcher=slurm``: train the groups of a sweep as jobs of a Slurm cluster."""

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
    """Options for training the groups of a sweep as jobs of a Slurm cluster.

    Attributes:
        cluster: ``slurm``, or ``local`` to run the jobs as processes on this machine.
        n_jobs: the least number of groups to form if there are enough jobs; each group is one Slurm job.
        job_name: name under which the cluster lists the jobs.
        partition: partition of the cluster; None: the cluster's default.
        timeout_min: minutes after which the cluster ends a job.
        cpus_per_task: CPUs that a group requests; None: ``train.threads``.
        gpus_per_node: GPUs that a group requests; None: one with ``train.device=cuda``, otherwise none.
        mem_gb: gigabytes of memory that a group requests; None: the cluster's default.
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
        """Return what a group of this configuration requests, as parameters of submitit."""
        parameters = {
            "name": self.job_name,
            "timeout_min": self.timeout_min,
            "cpus_per_task": config.train.threads if self.cpus_per_task is None else self.cpus_per_task,
            "gpus_per_node": int(config.train.device == "cuda") if self.gpus_per_node is None else self.gpus_per_node,
            "mem_gb": self.mem_gb,
            "slurm_partition": self.partition,
        }
        return {name: value for name, value in parameters.items() if value is not None}

    def execution(self, configs: Sequence[Config]) -> AbstractContextManager[Execution]:
        from logodds.sweep.launch.slurm import connected

        return connected(self.cluster, self.n_jobs, self.request, configs)
