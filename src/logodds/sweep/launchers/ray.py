"""``hydra/launcher=ray``: as tasks of a Ray cluster."""

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
    """Groups of a sweep as tasks of a Ray cluster.

    Attributes:
        address: of the cluster, as host:port; ``auto`` for the one that runs on this machine, None to start one here.
        num_cpus: that a group asks for; None: ``train.threads``.
        num_gpus: that a group asks for; None: one with ``train.device=cuda``, else none.
        max_retries: how often a group is given to another worker when its own has died.
    """

    name: str = choice("ray")
    address: str | None
    num_cpus: float | None = number(above=0.0)
    num_gpus: float | None = number(least=0.0)
    max_retries: int = number(least=0, most=1000)
    defaults: ClassVar[Mapping[str, Any]] = {"address": None, "num_cpus": None, "num_gpus": None, "max_retries": 3}

    def request(self, config: Config) -> dict[str, float]:
        """What a group of this configuration asks for."""
        cpus = config.train.threads if self.num_cpus is None else self.num_cpus
        gpus = config.train.device == "cuda" if self.num_gpus is None else self.num_gpus
        return {"CPU": float(cpus), "GPU": float(gpus)}

    def execution(self, configs: Sequence[Config]) -> AbstractContextManager[Execution]:
        from logodds.sweep.launch.raycluster import connected

        return connected(self.address, self.request, self.max_retries, configs)
