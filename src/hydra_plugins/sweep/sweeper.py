"""``hydra/sweeper=grid``: every combination of the swept values, as Hydra's basic sweeper forms them, but in one batch
and without the folder that the basic sweeper writes first."""

import math
from dataclasses import dataclass
from typing import Any, final

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.plugins import Plugins
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from logodds.system.errors import UserError


@dataclass
class GridSweeperConf:
    _target_: str = "hydra_plugins.sweep.sweeper.GridSweeper"


@final
class GridSweeper(Sweeper):
    """Trains every combination of the swept values."""

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        self._context = hydra_context
        self._launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> Any:
        parser = OverridesParser.create(config_loader=self._context.config_loader)
        overrides = parser.parse_overrides(arguments)
        for override in overrides:
            swept = override.is_sweep_override()
            value: Any = override.value()
            if swept and override.is_range_sweep() and not math.isfinite(value.stop):
                raise UserError(f"{override.input_line}: has no end; give one: KEY=range(START,STOP)")
            if swept and not (override.is_discrete_sweep() and list(override.sweep_string_iterator())):
                raise UserError(f"{override.input_line}: holds no values to try; list one or more: KEY=VALUE,VALUE")
        (jobs,) = BasicSweeper.split_arguments(overrides, None)
        return self._launcher.launch(jobs, initial_job_idx=0)
