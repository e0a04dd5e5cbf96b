"""The Hydra plugin behind every launcher. All jobs of a sweep are checked before the first one starts; then they are
trained under one parent run, on the machines that ``hydra.launcher`` names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, final

from hydra.core.utils import JobReturn, JobStatus, filter_overrides
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from hydra_plugins.sweep.jobs import Jobs
from logodds.options.schema import read
from logodds.runs.config import read_config
from logodds.runs.override_errors import translated
from logodds.sweep.launcher import LAUNCHERS
from logodds.system.errors import JobError, UserError

if TYPE_CHECKING:
    from logodds.sweep.job import Job
    from logodds.sweep.ledger import SweepOptions
    from logodds.sweep.search.search_options import SearchOptions
    from logodds.sweep.search.space import Search

LONGEST_MESSAGE = 180  # characters


@final
class BatchLauncher(Launcher):
    """Trains the jobs of a sweep together.

    Args:
        options: the keys of ``hydra.launcher``.
    """

    def __init__(self, **options: Any) -> None:
        self.options = options

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        self._context = hydra_context
        self._config = config

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Train the jobs of a sweep.

        Raises:
            UserError: an option or the configuration of a job is wrong; no job has started in this case.
            JobError: a job failed; the others have been trained to their end.
        """
        from logodds.sweep import run as sweep

        composed = Jobs(self._context, self._config)
        jobs: list[Job] = []
        wrong: dict[str, list[Sequence[str]]] = {}
        for overrides in job_overrides:
            try:
                jobs.append(_job(composed, overrides))
            except UserError as error:
                wrong.setdefault(str(error), []).append(overrides)
        if wrong:
            raise UserError(_message(wrong, job_overrides))
        options = _sweep_options(composed, job_overrides[0])
        with LAUNCHERS.read(self.options).execution([job.config for job in jobs]) as execution:
            results = sweep.run(jobs, options, execution)
        failed = sum(bool(result.reason) for result in results)
        if failed:
            again = "sweep.retry=failed" if options.retry == "none" else "the same command"
            raise JobError(f"{failed} of {len(results)} jobs failed, as told above; {again} runs them again")
        returns = []
        for overrides in job_overrides:
            returns.append(JobReturn(overrides=overrides, status=JobStatus.COMPLETED, _return_value=0))
        return returns

    def search(self, space: Search, options: SearchOptions) -> list[JobReturn]:
        """Search a space of values instead of training a list of jobs.

        Raises:
            UserError: an option or the space is wrong; no trial has started in this case.
            JobError: every trial failed, or the processes of some trials were lost; the others have been trained to
                their end.
        """
        from logodds.sweep.search import search as searching

        composed = Jobs(self._context, self._config)

        def compose(overrides: Sequence[str]) -> Job:
            return _job(composed, overrides)

        corners = searching.corners(space, compose)
        sweep = _sweep_options(composed, corners[0].overrides)
        with LAUNCHERS.read(self.options).execution([job.config for job in corners]) as execution:
            results = searching.run(space, corners, compose, options, sweep, execution)
        if lost := sum(result.lost for result in results):
            raise JobError(
                f"{lost} of {len(results)} jobs were lost, as told above; the same command goes on with them"
            )
        if all(result.reason for result in results):
            raise JobError("no trial ended with a figure; see the reasons above, and narrow the values that are tried")
        return [JobReturn(status=JobStatus.COMPLETED, _return_value=0)]


def _job(composed: Jobs, overrides: Sequence[str]) -> Job:
    from logodds.sweep.job import Job

    with translated(overrides):
        node = composed.node(overrides)
    return Job(read_config(node), tuple(filter_overrides(overrides)))


def _sweep_options(composed: Jobs, overrides: Sequence[str]) -> SweepOptions:
    from logodds.sweep.ledger import SweepOptions

    return read(SweepOptions, composed.node(overrides).sweep, "sweep")


def _message(wrong: Mapping[str, Sequence[Sequence[str]]], jobs: Sequence[Sequence[str]]) -> str:
    """Join as many errors as fit on a line, at least one. An error that not every job has is preceded by the overrides
    of its first job, unless it names one of them.

    Args:
        wrong: for each error, the overrides of the jobs that have it.
        jobs: the overrides of all jobs.
    """
    common = set(jobs[0]).intersection(*jobs)
    lines: list[str] = []
    for error, having in wrong.items():
        own = [override for override in having[0] if override not in common]
        names_job = error.partition("=")[0] in {override.partition("=")[0] for override in own}
        lines.append(error if names_job or len(having) == len(jobs) else f"job {' '.join(own)}: {error}")
    shown = next((n for n in range(len(lines), 1, -1) if len("; ".join(lines[:n])) <= LONGEST_MESSAGE), 1)
    more = f"; and {len(lines) - shown} more" if shown < len(lines) else ""
    return "; ".join(lines[:shown]) + more
