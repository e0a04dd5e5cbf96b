"""Train groups of a sweep as tasks of a Ray cluster."""

from __future__ import annotations

import logging
import os
import re
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias, final

import logodds
from logodds.runs.config import Config
from logodds.runs.inputs import Inputs
from logodds.sweep.launch import remote
from logodds.sweep.launch.elsewhere import Delivered, Elsewhere
from logodds.sweep.launch.parcel import Ended, Parcel, train
from logodds.system.errors import UserError

Request: TypeAlias = Callable[[Config], dict[str, float]]  # the CPUs and GPUs that a group requests

GRACE_SECONDS = 30.0  # for a cancelled task to end its runs
CONNECT_SECONDS = 5.0
QUIET = {  # keeps Ray from printing warnings and from sending usage statistics
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_SCHEDULER_EVENTS": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}


@final
class RayCluster(Elsewhere):
    """Trains each group as a task of a Ray cluster to which this process is connected."""

    local, scratch = False, True

    def __init__(self, request: Request, max_retries: int, jobs: int) -> None:
        self._request, self._max_retries, self.jobs = request, max_retries, jobs

    def deliver(self, parcels: Sequence[Parcel], inputs: Mapping[int, Inputs]) -> Delivered:
        import ray
        from ray.exceptions import RayError

        shared = {key: ray.put(shared_inputs) for key, shared_inputs in inputs.items()}
        function = ray.remote(_train)
        waiting: dict[Future[Ended], tuple[Any, int]] = {}
        try:
            for index, parcel in enumerate(parcels):
                request = self._request(parcel.tasks[0].config)
                asked = function.options(
                    name="sweep",
                    num_cpus=request["CPU"],
                    num_gpus=request["GPU"],
                    max_retries=self._max_retries,
                )
                keys = list(dict.fromkeys(parcel.inputs))
                reference = asked.remote(parcel, keys, *(shared[key] for key in keys))
                waiting[reference.future()] = reference, index
            while waiting:
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:  # ray.wait: exit code 1 at any signal
                    _, index = waiting.pop(future)
                    try:
                        ended = future.result()
                    except RayError as error:
                        ended = _reason(error)
                    yield index, ended
        finally:
            for reference, _ in waiting.values():
                ray.cancel(reference)
            wait(waiting, GRACE_SECONDS)


def _train(parcel: Parcel, keys: Sequence[int], *inputs: Inputs) -> Ended:
    return train(parcel, dict(zip(keys, inputs, strict=True)))


def _reason(error: Exception) -> str:
    cause = getattr(error, "cause", None) or error
    return f"{type(cause).__name__}: {(str(cause).splitlines() or [''])[0][:150]}"


@contextmanager
def connected(
    address: str | None, request: Request, max_retries: int, configs: Sequence[Config]
) -> Iterator[RayCluster]:
    """Connect to a cluster, send it the code of this project, and check that it has room for the configurations.

    Args:
        address: address of the cluster as host:port or ``auto``; None to start a cluster here.
        request: function from a configuration to the CPUs and GPUs that its group requests.
        max_retries: how often a group is given to another worker after its worker has died.
        configs: the configurations of the sweep's jobs.

    Raises:
        UserError: Ray is not installed, no cluster answers, none of its nodes is large enough for a group, or the nodes
            cannot reach the tracker.
    """
    os.environ.update({name: os.environ.get(name, value) for name, value in QUIET.items()})
    try:
        import ray
    except ImportError as error:
        raise UserError("hydra/launcher=ray: Ray is not installed; pip install 'ray[default]'") from error
    remote.refuse_untracked("ray", configs)
    if address is not None:
        remote.refuse_local_store(f"hydra.launcher.address={address}", configs)
        _check_answers(address)
    before = signal.getsignal(signal.SIGTERM)  # Ray replaces the handler by its own
    try:
        ray.init(
            address=address or "local",
            include_dashboard=None if address else False,
            logging_level=logging.ERROR,
            runtime_env={"py_modules": [str(Path(logodds.__file__).parent)], "excludes": ["__pycache__"]},
        )
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        message = (str(error).splitlines() or [""])[0][:100]
        raise UserError(f"hydra.launcher.address={address}: {message}; see `ray status`") from error
    finally:
        signal.signal(signal.SIGTERM, before)
    try:
        nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        yield RayCluster(request, max_retries, min(_room(nodes, request(config)) for config in configs))
    finally:
        ray.shutdown()


def _check_answers(address: str) -> None:
    """Check that a Ray cluster answers at the address. Ray itself would retry for minutes, and for ever if another kind
    of server listens there.

    Raises:
        UserError: the address is malformed, or no cluster answers.
    """
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
        message = "no Ray cluster answers there; start one with `ray start --head`"
        raise UserError(f"hydra.launcher.address={address}: {message}") from error


def _room(nodes: Sequence[Mapping[str, float]], request: Mapping[str, float]) -> int:
    """Return how many groups fit on the nodes at a time.

    Args:
        nodes: the resources of each node, by name.
        request: the resources that a group requests.

    Raises:
        UserError: no group fits on any node; Ray would wait for ever.
    """
    asked = {name: amount for name, amount in request.items() if amount > 0.0}
    groups = sum(int(min(node.get(name, 0.0) / amount for name, amount in asked.items())) for node in nodes)
    if not groups:
        needs = " and ".join(f"{amount:g} {name}" for name, amount in asked.items())
        keys = "hydra.launcher.num_cpus, hydra.launcher.num_gpus"
        raise UserError(f"hydra/launcher=ray: a group asks for {needs}, which no node of the cluster has; lower {keys}")
    return groups
