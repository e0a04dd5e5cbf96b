"""``hydra/launcher=sweep``: all jobs of a batch are checked before the first starts, then trained under one parent."""

from collections.abc import Sequence
from dataclasses import dataclass

from hydra.core.config_store import ConfigStore
from hydra.core.utils import JobReturn, JobStatus, filter_overrides
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

from logodds.compose import without_recipe
from logodds.config import read_config
from logodds.errors import JobError, UserError


@dataclass
class SweepLauncherConf:
    _target_: str = "hydra_plugins.sweep.launcher.SweepLauncher"


ConfigStore.instance().store(group="hydra/launcher", name="sweep", node=SweepLauncherConf, provider="logodds")


class SweepLauncher(Launcher):
    """Final."""

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        self._context = hydra_context
        self._config = config

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Raises:
        UserError: any job's configuration is wrong; nothing has started then.
        JobError: some job failed; the others have ended.
        """
        from logodds import sweep

        jobs: list[sweep.Job] = []
        wrong: list[str] = []
        for overrides in job_overrides:
            node = self._context.config_loader.load_sweep_config(self._config, list(overrides))
            OmegaConf.set_struct(node, False)
            node.pop("hydra")
            try:
                config = read_config(without_recipe(node, overrides))
                jobs.append(sweep.Job(config, tuple(filter_overrides(overrides))))
            except UserError as error:
                wrong.append(str(error))
        if wrong:
            raise UserError("; ".join(dict.fromkeys(wrong)))
        results = sweep.run(jobs)
        failed = sum(result.outcome is None for result in results)
        if failed:
            raise JobError(f"{failed} of {len(results)} jobs failed; the table above names each reason")
        returns = []
        for overrides in job_overrides:
            returns.append(JobReturn(overrides=overrides, status=JobStatus.COMPLETED, _return_value=0))
        return returns
