"""Groups of a sweep in worker processes on this machine."""

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

GRACE_SECONDS = 30.0  # in which a worker ends its runs
SPAWN = multiprocessing.get_context("spawn")  # a fork would share the database's connection


@final
class Processes(Elsewhere):
    """A worker that dies takes along its own group and no other, unlike one of the standard library's pools."""

    local, scratch = True, False

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs

    def deliver(self, parcels: Sequence[Parcel], inputs: Mapping[int, Inputs]) -> Delivered:
        waiting = deque(range(len(parcels)))
        workers = [_Worker() for _ in range(min(self.jobs, len(parcels)))]  # at once: each takes seconds to begin
        idle, working = list(workers), dict[object, tuple[_Worker, int]]()
        try:
            while waiting or working:
                while waiting and len(working) < self.jobs:
                    if not idle:  # one has died
                        idle.append(_Worker())
                        workers += idle
                    worker, place = idle.pop(), waiting.popleft()
                    working[worker.connection] = worker, place
                    worker.give(parcels[place], inputs)
                for connection in wait([worker.connection for worker, _ in working.values()]):
                    worker, place = working.pop(connection)
                    ended = worker.answer()
                    if isinstance(ended, list):
                        idle.append(worker)
                    yield place, ended
        finally:
            _end(workers)


@final
class _Worker:
    """One process, which trains one parcel after the other."""

    def __init__(self) -> None:
        resource_tracker.ensure_running()  # to start it with the first process would undo what is withheld from that
        self.connection, theirs = multiprocessing.Pipe()
        self.process = SPAWN.Process(target=_work, args=(theirs, os.getpid()), daemon=True)
        # A terminal sends it to both; what the parent makes of it is told by SIGTERM.
        with signals.withheld(signal.SIGINT):
            self.process.start()
        theirs.close()  # so that its end is heard
        self._known: set[int] = set()

    def give(self, parcel: Parcel, inputs: Mapping[int, Inputs]) -> None:
        """Inputs are sent to a process once."""
        new = set(parcel.inputs) - self._known
        self._known |= new
        with suppress(ConnectionError):  # it has died, which its answer tells
            self.connection.send((parcel, {key: inputs[key] for key in new}))

    def answer(self) -> Ended:
        try:
            found: Ended = self.connection.recv()
        except (EOFError, ConnectionError):
            self.process.join()
            return _told(self.process.exitcode)
        return found


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
    except EOFError:  # there is nothing more
        pass
    finally:
        signals.done()


def _told(code: int | None) -> str:
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
