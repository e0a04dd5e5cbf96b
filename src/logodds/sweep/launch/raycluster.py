"""Groups of a sweep as tasks of a Ray cluster."""

from __future__ import annotations

import logging
import os
import re
import signal
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import logodds
from logodds.options.rules import number
from logodds.runs.config import Config
from logodds.runs.inputs import Inputs
from logodds.sweep.launch import remote
from logodds.sweep.launch.elsewhere import Delivered, Elsewhere
from logodds.sweep.launch.parcel import Ended, Parcel, train
from logodds.system.errors import UserError

GRACE_SECONDS = 30.0  # in which a task that is cancelled ends its runs
CONNECT_SECONDS = 5.0
QUIET = {  # what Ray would say of itself, and send to its makers
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_SCHEDULER_EVENTS": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}


@dataclass(kw_only=True)
class RayOptions:
    """``address``: of a cluster, as host:port, ``auto`` for the one that runs on this machine, None to start one here.
    ``num_cpus``, ``num_gpus``: what a group asks for; None: ``train.threads``, and one GPU with ``train.device=cuda``.
    ``max_retries``: how often a group is given to another worker when its own has died."""

    address: str | None
    num_cpus: float | None = number(above=0.0)
    num_gpus: float | None = number(least=0.0)
    max_retries: int = number(least=0, most=1000)

    def request(self, config: Config) -> dict[str, float]:
        """What a group of this configuration asks for."""
        cpus = config.train.threads if self.num_cpus is None else self.num_cpus
        gpus = config.train.device == "cuda" if self.num_gpus is None else self.num_gpus
        return {"CPU": float(cpus), "GPU": float(gpus)}


class RayCluster(Elsewhere):
    """Final. One that is connected."""

    local, scratch = False, True

    def __init__(self, options: RayOptions, jobs: int) -> None:
        self.options, self.jobs = options, jobs

    def deliver(self, parcels: Sequence[Parcel], inputs: Mapping[int, Inputs]) -> Delivered:
        import ray
        from ray.exceptions import RayError

        shared = {key: ray.put(each) for key, each in inputs.items()}
        function = ray.remote(_train)
        waiting: dict[Future[Ended], tuple[Any, int]] = {}
        try:
            for place, parcel in enumerate(parcels):
                request = self.options.request(parcel.tasks[0].config)
                asked = function.options(
                    name="sweep",
                    num_cpus=request["CPU"],
                    num_gpus=request["GPU"],
                    max_retries=self.options.max_retries,
                )
                keys = list(dict.fromkeys(parcel.inputs))
                reference = asked.remote(parcel, keys, *(shared[key] for key in keys))
                waiting[reference.future()] = reference, place
            while waiting:
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:  # Ray's own makes any signal exit code 1
                    _, place = waiting.pop(future)
                    try:
                        ended = future.result()
                    except RayError as error:
                        ended = _told(error)
                    yield place, ended
        finally:
            for reference, _ in waiting.values():
                ray.cancel(reference)
            wait(waiting, GRACE_SECONDS)


def _train(parcel: Parcel, keys: Sequence[int], *inputs: Inputs) -> Ended:
    return train(parcel, dict(zip(keys, inputs, strict=True)))


def _told(error: Exception) -> str:
    cause = getattr(error, "cause", None) or error
    return f"{type(cause).__name__}: {(str(cause).splitlines() or [''])[0][:150]}"


@contextmanager
def connected(options: RayOptions, configs: Sequence[Config]) -> Iterator[RayCluster]:
    """A cluster that has room for the configurations, and the code of this project on its nodes.

    Raises:
        UserError: Ray is not installed, no cluster answers, or no node of it is large enough; the tracker is out of the
            nodes' reach.
    """
    os.environ.update({name: os.environ.get(name, value) for name, value in QUIET.items()})
    try:
        import ray
    except ImportError as error:
        raise UserError("hydra/launcher=ray: Ray is not installed; pip install 'ray[default]'") from error
    remote.refuse_untracked("ray", configs)
    if options.address is not None:
        remote.refuse_local_store(f"hydra.launcher.address={options.address}", configs)
        _answering(options.address)
    before = signal.getsignal(signal.SIGTERM)  # Ray sets one that knows nothing of ours
    try:
        ray.init(
            address=options.address or "local",
            include_dashboard=None if options.address else False,
            logging_level=logging.ERROR,
            runtime_env={"py_modules": [str(Path(logodds.__file__).parent)], "excludes": ["__pycache__"]},
        )
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        told = (str(error).splitlines() or [""])[0][:100]
        raise UserError(f"hydra.launcher.address={options.address}: {told}; see `ray status`") from error
    finally:
        signal.signal(signal.SIGTERM, before)
    try:
        nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        yield RayCluster(options, min(_room(nodes, options.request(config)) for config in configs))
    finally:
        ray.shutdown()


def _answering(address: str) -> None:
    """Ray itself would try for minutes, at another server's port for ever."""
    if address == "auto":
        return
    import grpc

    host, _, port = address.rpartition(":")
    if not re.fullmatch(r"[\w.-]+", host) or not re.fullmatch(r"\d{1,5}", port) or int(port) > 65535:
        raise UserError(f"hydra.launcher.address={address}: must be host:port, auto or null")
    if os.environ.get("RAY_USE_TLS", "0") != "0":
        return
    try:
        with grpc.insecure_channel(address) as channel:
            grpc.channel_ready_future(channel).result(CONNECT_SECONDS)
    except grpc.FutureTimeoutError as error:
        told = "no Ray cluster answers there; start one with `ray start --head`"
        raise UserError(f"hydra.launcher.address={address}: {told}") from error


def _room(nodes: Sequence[Mapping[str, float]], request: Mapping[str, float]) -> int:
    """How many groups find room at a time.

    Raises:
        UserError: none ever would; Ray would wait.
    """
    asked = {name: amount for name, amount in request.items() if amount > 0.0}
    found = sum(int(min(node.get(name, 0.0) / amount for name, amount in asked.items())) for node in nodes)
    if not found:
        told = " and ".join(f"{amount:g} {name}" for name, amount in asked.items())
        keys = "hydra.launcher.num_cpus, hydra.launcher.num_gpus"
        raise UserError(f"hydra/launcher=ray: a group asks for {told}, which no node of the cluster has; lower {keys}")
    return found
