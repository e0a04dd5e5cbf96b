"""``hydra/sweeper=optuna``: Optuna searches the swept values; the launcher decides where the trials are trained."""

from dataclasses import dataclass
from typing import Any, final

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.plugins import Plugins
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

from hydra_plugins.sweep.launcher import BatchLauncher
from logodds.options.schema import read
from logodds.system.errors import UserError


@dataclass
class OptunaSweeperConf:
    _target_: str = "hydra_plugins.sweep.search.OptunaSweeper"
    n_trials: Any = 64
    sampler: Any = "tpe"
    seed: Any = 0
    generation: Any = None
    min_epochs: Any = None
    reduction_factor: Any = 3


@final
class OptunaSweeper(Sweeper):
    """Searches with Optuna instead of trying every combination."""

    def __init__(self, **options: Any) -> None:
        self._options = options

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        self._parser = OverridesParser.create(config_loader=hydra_context.config_loader)
        self._launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> Any:
        from logodds.sweep.search.search_options import SearchOptions
        from logodds.sweep.search.space import search

        if not isinstance(self._launcher, BatchLauncher):
            raise UserError("hydra/sweeper=optuna: trains its trials together; use hydra/launcher=sweep, ray or slurm")
        options = read(SearchOptions, OmegaConf.create(self._options), "hydra.sweeper")
        return self._launcher.search(search(self._parser.parse_overrides(arguments)), options)
