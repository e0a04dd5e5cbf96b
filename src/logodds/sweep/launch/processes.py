"""Train groups of a sweep in worker processes on this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from typing import final

from logodds.runs.inputs import Inputs
from logodds.sweep.launch.elsewhere import Delivered, Elsewhere
from logodds.sweep.launch.parcel import Ended, Parcel, train
from logodds.system import signals
from logodds.system.errors import StorageError

GRACE_SECONDS = 30.0  # for a worker to end its runs
SPAWN = multiprocessing.get_context("spawn")  # a forked process would share the connection to the database


@final
class Processes(Elsewhere):
    """Trains each group in a worker process. A worker that dies loses only its own group, unlike a worker of the
    standard library's process pools.
    """

    local, scratch = True, False

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs

    def deliver(self, parcels: Sequence[Parcel], inputs: Mapping[int, Inputs]) -> Delivered:
        waiting = deque(range(len(parcels)))
        workers = [_Worker() for _ in range(min(self.jobs, len(parcels)))]  # all at once: each takes seconds to start
        idle, working = list(workers), dict[object, tuple[_Worker, int]]()
        try:
            while waiting or working:
                while waiting and len(working) < self.jobs:
                    if not idle:  # a worker has died
                        idle.append(_Worker())
                        workers += idle
                    worker, index = idle.pop(), waiting.popleft()
                    working[worker.connection] = worker, index
                    worker.give(parcels[index], inputs)
                for connection in wait([worker.connection for worker, _ in working.values()]):
                    worker, index = working.pop(connection)
                    ended = worker.answer()
                    if isinstance(ended, list):
                        idle.append(worker)
                    yield index, ended
        finally:
            _end(workers)


@final
class _Worker:
    """A worker process, which trains one parcel after the other."""

    def __init__(self) -> None:
        resource_tracker.ensure_running()  # starting it inside `withheld` below would unblock the signal there
        self.connection, theirs = multiprocessing.Pipe()
        self.process = SPAWN.Process(target=_work, args=(theirs, os.getpid()), daemon=True)
        # A terminal sends SIGINT to both processes; the parent decides, and ends its workers by SIGTERM.
        with signals.withheld(signal.SIGINT):
            self.process.start()
        theirs.close()  # so that the worker's death closes the pipe
        self._known: set[int] = set()

    def give(self, parcel: Parcel, inputs: Mapping[int, Inputs]) -> None:
        """Send a parcel to the worker, with those of its inputs that the worker does not have yet."""
        new = set(parcel.inputs) - self._known
        self._known |= new
        with suppress(ConnectionError):  # it has died, which `answer` reports
            self.connection.send((parcel, {key: inputs[key] for key in new}))

    def answer(self) -> Ended:
        try:
            ended: Ended = self.connection.recv()
        except (EOFError, ConnectionError):
            self.process.join()
            return _reason(self.process.exitcode)
        return ended


def _work(connection: Connection, parent: int) -> None:
    signals.heed()
    signals.follow(parent, signal.SIGKILL)
    known: dict[int, Inputs] = {}
    try:
        while True:
            parcel, inputs = connection.recv()
            known |= inputs
            ended = train(parcel, known)
            connection.send(ended)
            if isinstance(ended, StorageError):
                return
    except EOFError:  # the parent has closed the pipe
        pass
    finally:
        signals.done()


def _reason(code: int | None) -> str:
    ended = f"by {signal.Signals(-code).name}" if code is not None and code < 0 else f"with exit code {code}"
    memory = ", as when memory runs out; lower hydra.launcher.n_jobs" if code == -signal.SIGKILL else ""
    return f"its process was ended {ended}{memory}"


def _end(workers: Sequence[_Worker]) -> None:
    for worker in workers:
        worker.process.terminate()
    for worker in workers:
        worker.process.join(GRACE_SECONDS)
        worker.process.kill()
        worker.process.join()
        worker.connection.close()
