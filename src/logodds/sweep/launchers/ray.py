"""``hydra/launcher=ray``: train the groups of a sweep as tasks of a Ray cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, final

from logodds.options.rules import choice, number
from logodds.sweep.launcher import Launcher

if TYPE_CHECKING:
    from logodds.runs.config import Config
    from logodds.sweep.launch.execution import Execution


@final
@dataclass(kw_only=True)
class RayOptions(Launcher):
    """Options for training the groups of a sweep as tasks of a Ray cluster.

    Attributes:
        address: address of the cluster as host:port; ``auto`` for the cluster that runs on this machine; None to start
            a cluster here.
        num_cpus: CPUs that a group requests; None: ``train.threads``.
        num_gpus: GPUs that a group requests; None: one with ``train.device=cuda``, otherwise none.
        max_retries: how often a group is given to another worker after its worker has died.
    """

    name: str = choice("ray")
    address: str | None
    num_cpus: float | None = number(above=0.0)
    num_gpus: float | None = number(least=0.0)
    max_retries: int = number(least=0, most=1000)
    defaults: ClassVar[Mapping[str, Any]] = {"address": None, "num_cpus": None, "num_gpus": None, "max_retries": 3}

    def request(self, config: Config) -> dict[str, float]:
        """Return the CPUs and GPUs that a group of this configuration requests."""
        cpus = config.train.threads if self.num_cpus is None else self.num_cpus
        gpus = config.train.device == "cuda" if self.num_gpus is None else self.num_gpus
        return {"CPU": float(cpus), "GPU": float(gpus)}

    def execution(self, configs: Sequence[Config]) -> AbstractContextManager[Execution]:
        from logodds.sweep.launch.raycluster import connected

        return connected(self.address, self.request, self.max_retries, configs)
