"""Train groups of a sweep as jobs of a Slurm cluster, or with ``cluster=local`` as processes on this machine."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias, final

import logodds
from logodds.runs.config import Config
from logodds.runs.inputs import Inputs
from logodds.sweep.launch import remote
from logodds.sweep.launch.elsewhere import Delivered, Elsewhere
from logodds.sweep.launch.parcel import Ended, Parcel, train
from logodds.system import locations, signals
from logodds.system.errors import UserError

Request: TypeAlias = Callable[[Config], dict[str, Any]]  # what a group requests, as parameters of submitit

POLL_SECONDS = 1.0
GRACE_SECONDS = 30.0  # for a cancelled job to end its runs


@final
class Slurm(Elsewhere):
    """Trains each group as a Slurm job. The jobs share the project's folder with this machine."""

    scratch = False

    def __init__(self, request: Request, jobs: int, local: bool, executor: Any) -> None:
        self._request, self.jobs, self.local, self.executor = request, jobs, local, executor

    def deliver(self, parcels: Sequence[Parcel], inputs: Mapping[int, Inputs]) -> Delivered:
        waiting: dict[int, Any] = {}
        try:
            for index, parcel in enumerate(parcels):
                self.executor.update_parameters(**self._request(parcel.tasks[0].config))
                own = {key: inputs[key] for key in parcel.inputs}
                with signals.withheld(signal.SIGINT):  # a terminal sends it to local jobs too
                    waiting[index] = self.executor.submit(_train, parcel, own)
            while waiting:
                for index in [index for index, job in waiting.items() if job.done()]:
                    yield index, _ended(waiting.pop(index))
                time.sleep(POLL_SECONDS if waiting else 0.0)
        finally:
            self._end(list(waiting.values()))

    def _end(self, jobs: Sequence[Any]) -> None:
        for job in jobs:
            if not self.local:
                job.cancel(check=False)
            elif not job.done():
                os.kill(int(job.job_id), signal.SIGTERM)  # submitit's own signal would print tracebacks
        end = time.monotonic() + GRACE_SECONDS
        while (left := [job for job in jobs if not job.done(force_check=True)]) and time.monotonic() < end:
            time.sleep(POLL_SECONDS)
        for job in left:
            job.cancel(check=False)


def _train(parcel: Parcel, inputs: Mapping[int, Inputs]) -> Ended:
    signals.heed()
    return train(parcel, inputs)


def _ended(job: Any) -> Ended:
    try:
        ended: Ended = job.result()
    except Exception as error:  # of submitit, or of reading the job's result
        last = (str(error).strip().splitlines() or [""])[-1].strip()[:100]
        return f"job {job.job_id} has no result ({type(error).__name__}: {last}); see {job.paths.stderr}"
    return ended


@contextmanager
def connected(cluster: str, jobs: int, request: Request, configs: Sequence[Config]) -> Iterator[Slurm]:
    """Give an execution whose Slurm jobs find this project's code. Slurm's files are written to ``out/slurm``.

    Args:
        cluster: ``slurm``, or ``local`` for processes on this machine.
        jobs: the least number of groups to form if there are enough tasks; each group is one Slurm job.
        request: function from a configuration to what its group requests, as parameters of submitit.
        configs: the configurations of the sweep's jobs.

    Raises:
        UserError: submitit is not installed, this machine has no Slurm, or the nodes cannot reach the tracker.
    """
    try:
        import submitit
    except ImportError as error:
        raise UserError("hydra/launcher=slurm: submitit is not installed; pip install submitit") from error
    if cluster == "slurm":
        remote.refuse_local_store("hydra.launcher.cluster=slurm", configs)
        if submitit.SlurmExecutor.affinity() < 0:
            message = "there is no sbatch on this machine; start the sweep on a login node"
            raise UserError(f"hydra.launcher.cluster=slurm: {message}")
    folder = locations.project_root() / "out" / "slurm"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # a job's file may hold the tracker's credentials
    source = str(Path(logodds.__file__).parents[1])
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = source if before is None else f"{source}{os.pathsep}{before}"
    try:
        yield Slurm(request, jobs, cluster == "local", submitit.AutoExecutor(folder=folder, cluster=cluster))
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before
