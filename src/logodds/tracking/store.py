"""Runs in an MLflow store."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from filelock import FileLock

from logodds.options.rules import NAME
from logodds.system.errors import StorageError, UserError
from logodds.system.process import OWNER
from logodds.system.terminal.invocation import typed
from logodds.system.terminal.notes import show_notes
from logodds.tracking import address, opening, verified
from logodds.tracking.naming import PARENT, TABLES, Naming
from logodds.tracking.reader import Reader
from logodds.tracking.recorded import LEAST, Recorded
from logodds.tracking.run import Run
from logodds.tracking.ui import TAG_LIMIT, VIEW_TAG, view_tag
from logodds.tracking.writer import Pending

FLUSH_SECONDS = 1.0


class Store:
    """Final. One experiment of the store at ``MLFLOW_TRACKING_URI``, or in ``mlruns/`` below ``root``.

    Raises:
        StorageError: the store cannot be reached or is of another version.
    """

    def __init__(self, root: Path, experiment: str) -> None:
        folder = root / "mlruns"
        self.uri = address.uri(root)
        with self.told():
            folder.mkdir(exist_ok=True)
        # Two processes that open an empty database at once crash in its migrations: one at a time.
        with FileLock(folder / ".lock"), self.told():
            show_notes(opening.followed(self.uri, root))
            opened = opening.experiment(self.uri, experiment, folder / "artifacts" / experiment)
        self.experiment, self.reader, self.writer = opened
        self._end_abandoned()
        self._open: list[Run] = []
        self._flushed = time.monotonic()

    @property
    def base(self) -> str:
        """The address that people open."""
        return address.base(self.uri)

    def _end_abandoned(self) -> None:
        """Runs of any experiment whose process was killed say so from here on."""
        owners = {run.id: run.tags[OWNER] for run in self.reader.running() if run.is_abandoned()}
        if owners:
            with self.told():
                self.writer.kill(owners)

    @contextmanager
    def runs(self, namings: Sequence[Naming]) -> Iterator[list[Run]]:
        """Runs, new ones or such as were cut off, each ended with a true status: FINISHED, FAILED after an exception,
        KILLED after Ctrl-C or SIGTERM, or where the disk or the store fails."""
        new = [each for each in namings if each.run is None]
        tags = [{**each.tags, **({PARENT: each.parent} if each.parent else {})} for each in new]
        again = {each.run: Pending(tags=dict(each.tags), status="RUNNING") for each in namings if each.run is not None}
        with self.told():
            ids = iter(self.writer.create([each.name for each in new], tags))
            self.writer.write(again)
        opened = [Run(self, next(ids)) if each.run is None else self._known(each.run) for each in namings]
        with self._ending(opened):
            yield opened

    def _known(self, run_id: str) -> Run:
        """A run with what the store has of it."""
        found = self.reader.run(run_id)
        if found is None:
            raise StorageError(f"MLflow store {self.uri}: run {run_id} has gone; give the command again")
        (points,) = self.reader.histories([run_id], list(found.figures)).values()
        told = {name: int(steps.max()) for name, (steps, _) in points.items()}
        run = Run(self, run_id, found.tags.get(TABLES, "[]"), told)
        if "error" in found.tags:  # of the time before
            run.tags({"error": ""})
        return run

    @contextmanager
    def _ending(self, opened: list[Run]) -> Iterator[list[Run]]:
        self._open += opened
        status = "FAILED"
        try:
            yield opened
            status = "FINISHED"
        except (KeyboardInterrupt, SystemExit, OSError, StorageError):  # it can be gone on with
            status = "KILLED"
            raise
        except BaseException as error:
            for run in opened:
                run.fail(str(error) or repr(error))
            raise
        finally:
            self.end([run for run in opened if run in self._open], status)

    def end(self, runs: Sequence[Run], status: str = "FINISHED") -> None:
        """Nothing more will come of these runs; one that has failed ends so."""
        for run in runs:
            run.pending.status = "FAILED" if run.failed else status
        try:
            self.flush()
        finally:
            self._open = [run for run in self._open if run not in runs]

    @contextmanager
    def run(self, naming: Naming) -> Iterator[Run]:
        """One run."""
        with self.runs([naming]) as (run,):
            yield run

    @contextmanager
    def reopened(self, run_id: str) -> Iterator[Run]:
        """A run that has ended, to add to; its status is left as it was."""
        found = self.reader.run(run_id)
        run = Run(self, run_id)
        if found is not None:  # a process may have been killed as it added the very same
            run = Run(self, run_id, found.tags.get(TABLES, "[]"), figures=found.figures)
        yield run
        self._open.append(run)
        self.flush()
        self._open.remove(run)

    def tick(self) -> None:
        """Write what is pending, if the last time is long enough ago."""
        if time.monotonic() - self._flushed > FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what is pending of all open runs."""
        batch = {}
        for run in self._open:
            batch[run.id], run.pending = run.pending, Pending()
        self._flushed = time.monotonic()
        with self.told():
            self.writer.write(batch)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Errors of the store in one line."""
        with address.told(self.uri):
            yield

    def fetch(self, run_id: str, folder: Path) -> tuple[Path, Path, dict[str, str]]:
        """A run's ``config.yaml`` below ``folder``, its model's package, below ``folder`` where it is not on this
        machine, and the run's tags.

        Raises:
            UserError: the run has none: it did not finish, or is the parent of a sweep or of a cross-validation; or its
                configuration is damaged.
        """
        run, config = self.reader.run(run_id), self.reader.artifact(run_id, "config.yaml")
        package = self.reader.package(run_id, folder)
        if run is None or config is None or package is None:
            raise UserError(f"run={run_id}: {_without_model(run)}")
        verified.refuse_damaged(run, "config.yaml", config)
        path = folder / "config.yaml"
        path.write_bytes(config)
        return path, package, run.tags

    def find(self, tag: str, value: str) -> str | None:
        """Id of the latest finished run of the experiment with a tag's value."""
        found = self.reader.of_experiment(self.experiment, {tag: value})
        return next((run.id for run in reversed(found) if run.status == "FINISHED"), None)

    def cut_off(self, tags: Mapping[str, str]) -> list[Recorded]:
        """Runs with some tags that have not ended as they should, and that no living process writes; the oldest
        first."""
        return [each for each in self.reader.of_experiment(self.experiment, tags) if each.is_cut_off()]

    def remove(self, run_id: str) -> None:
        """Out of every list; ``mlflow gc`` frees the room."""
        with self.told():
            self.writer.remove(run_id)

    def share_view(self, key: str, name: str, state: dict[str, Any]) -> bool:
        """Store a prepared view; False where it is too large for a tag."""
        value = view_tag(name, state, int(time.time() * 1000))
        if len(value) > TAG_LIMIT:
            return False
        with self.told():
            self.writer.tag_experiment(VIEW_TAG + key, value)
        return True


def store_of(root: Path, given: str) -> tuple[Store, str]:
    """The store, at the experiment of a run, and the run's id, of which the beginning may be given.

    Raises:
        UserError: no such run, or several.
    """
    if NAME.fullmatch(given) is None:
        raise UserError(f"run={given}: not a run id; copy it from the table or from the run's page")
    source = reader(root)
    names = {each.id: each.name for each in source.experiments()}
    whole = source.run(given)
    found = [whole] if whole is not None else source.by_id(given) if len(given) >= LEAST else []
    if len(found) > 1:
        raise UserError(f"run={given}: {len(found)} runs begin like this; give more of the id")
    if not found or NAME.fullmatch(names.get(found[0].experiment, "")) is None:
        raise UserError(f"run={given}: no such run in {source.shown}; copy the id from the run's page")
    return Store(root, names[found[0].experiment]), found[0].id


def reader(root: Path) -> Reader:
    """The store, to be read: nothing is created, and of what it holds only the locations of a checkout that was moved
    are changed.

    Raises:
        UserError: there is no store yet.
        StorageError: the store cannot be reached or is of another version.
    """
    uri = address.uri(root)
    path = address.path(uri)
    if path is not None and not path.is_file():
        raise UserError(f"{path}: no such store, nothing has been trained yet; {typed('train')} makes one")
    # Another process may be making its tables at this moment.
    folder = root / "mlruns"
    with FileLock(folder / ".lock") if folder.is_dir() else nullcontext(), address.told(uri):
        show_notes(opening.followed(uri, root))
        return opening.reader(uri)


def _without_model(run: Recorded | None) -> str:
    """Why a run holds no model, and what to choose instead."""
    if run is None:
        return "no such run"
    if "folds" in run.tags:
        return "a cross-validation, whose folds are judged already (cv/ on its page); train without split.folds"
    if run.tags.get("sweep.id") == run.id:
        best = run.tags.get("sweep.best")
        return f"a sweep, which holds no model; choose one of its runs{f', the best is run={best}' if best else ''}"
    if run.status == "FINISHED":
        return "its files are not where the store says; bring them back, or choose another run"
    return f"it holds no model (status {run.status}); choose a finished run"
