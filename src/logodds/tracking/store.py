"""The runs of one experiment: open them, continue them, end them, and find them again."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import final

from logodds.system import claim
from logodds.system.errors import StorageError, UserError
from logodds.system.process import OWNER
from logodds.tracking import abandoned, verified
from logodds.tracking.naming import Naming
from logodds.tracking.pages import Charts, Pages
from logodds.tracking.reader import Reader
from logodds.tracking.recorded import Recorded
from logodds.tracking.run import Run
from logodds.tracking.writer import Pending, Writer

FLUSH_SECONDS = 1.0


@final
class Store:
    """One experiment of a tracker. Opening it ends the runs, of any experiment, whose process was killed.

    Args:
        experiment: id of the experiment.
        reader, writer: the two interfaces of the tracker; the writer is that of the experiment.
        place: path beside which processes that use the store claim their work and show that they are present: that of
            its file, or one below ``mlruns/`` for a store that is not on this machine's disks.

    Raises:
        StorageError: the tracker cannot be read or written.
    """

    def __init__(self, experiment: str, reader: Reader, writer: Writer, place: Path) -> None:
        self.experiment, self.reader, self.writer, self.place = experiment, reader, writer, place
        self._end_abandoned()
        self._present = False
        self._open: list[Run] = []
        self._flushed = time.monotonic()

    @property
    def pages(self) -> Pages:
        """Where a user looks at the runs."""
        return self.reader.pages

    def _end_abandoned(self) -> None:
        found = abandoned.among(self.reader.running(), self.place)
        if found.ended:
            self.writer.kill({run.id: run.tags[OWNER] for run in found.ended})
        for file in found.files:
            file.unlink(missing_ok=True)
        claim.clear_parts(self.place)

    @contextmanager
    def _shown(self) -> Iterator[None]:
        """Let other processes see that this one lives, from before its first run is opened until all have ended."""
        if self._present:
            yield
            return
        with claim.present(self.place):
            self._present = True
            try:
                yield
            finally:
                self._present = False

    @contextmanager
    def runs(self, namings: Sequence[Naming]) -> Iterator[list[Run]]:
        """Open runs, new or continued. Each ends with a true status: FINISHED, FAILED after an exception, or KILLED
        after Ctrl-C or SIGTERM or if the disk or the tracker fails."""
        again = {
            naming.run: Pending(tags=dict(naming.tags), colour=naming.colour, status="RUNNING")
            for naming in namings
            if naming.run is not None
        }
        with self._shown():
            ids = iter(self.writer.create([naming for naming in namings if naming.run is None]))
            self.writer.write(again)
            opened = [self._run(next(ids)) if naming.run is None else self._continued(naming.run) for naming in namings]
            with self._ending(opened):
                yield opened

    def _run(
        self, run_id: str, epochs: Mapping[str, int] | None = None, figures: Mapping[str, float] | None = None
    ) -> Run:
        return Run(run_id, self.writer, self.tick, epochs, figures)

    def _continued(self, run_id: str) -> Run:
        """Return a run that was cut off. It knows which epochs the tracker has already."""
        recorded = self.reader.run(run_id)
        if recorded is None:
            raise StorageError(f"{self.reader.shown}: run {run_id} has gone; give the command again")
        (points,) = self.reader.histories([run_id], list(recorded.figures)).values()
        run = self._run(run_id, {name: int(steps.max()) for name, (steps, _) in points.items()})
        if "error" in recorded.tags:  # left from when it was cut off
            run.tags({"error": ""})
        return run

    @contextmanager
    def _ending(self, opened: list[Run]) -> Iterator[list[Run]]:
        self._open += opened
        status = "FAILED"
        try:
            yield opened
            status = "FINISHED"
        except (KeyboardInterrupt, SystemExit, OSError, StorageError):  # these runs can be continued
            status = "KILLED"
            raise
        except BaseException as error:
            for run in opened:
                run.fail(str(error) or repr(error))
            raise
        finally:
            self.end([run for run in opened if run in self._open], status)

    def end(self, runs: Sequence[Run], status: str = "FINISHED") -> None:
        """Close some runs. A run that has failed ends as FAILED."""
        for run in runs:
            run.pending.status = "FAILED" if run.failed else status
        try:
            self.flush()
        finally:
            self._open = [run for run in self._open if run not in runs]

    @contextmanager
    def run(self, naming: Naming) -> Iterator[Run]:
        """Open one run, as :meth:`runs` does."""
        with self.runs([naming]) as (run,):
            yield run

    @contextmanager
    def reopened(self, run_id: str) -> Iterator[Run]:
        """Open a run that has ended, to add to it. Its status does not change."""
        recorded = self.reader.run(run_id)
        # An earlier process may have been killed after it had added the same figures.
        run = self._run(run_id, figures=None if recorded is None else recorded.figures)
        yield run
        self._open.append(run)
        self.flush()
        self._open.remove(run)

    def tick(self) -> None:
        """Write what is pending if the last time is more than :data:`FLUSH_SECONDS` ago."""
        if time.monotonic() - self._flushed > FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what is pending of all open runs."""
        batch = {}
        for run in self._open:
            batch[run.id], run.pending = run.pending, Pending()
        self._flushed = time.monotonic()
        self.writer.write(batch)

    def fetch(self, run_id: str, folder: Path) -> tuple[Path, Path, Recorded]:
        """Return the path of a run's ``config.yaml``, the folder of its model's package, and the run.

        Args:
            folder: receives ``config.yaml``, and a copy of the package if the model is not on this machine.

        Raises:
            UserError: the run has no model because it did not finish, or is the parent of a sweep or of a
                cross-validation; or its configuration is damaged.
        """
        run, config = self.reader.run(run_id), self.reader.artifact(run_id, "config.yaml")
        package = self.reader.package(run_id, folder)
        if run is None or config is None or package is None:
            raise UserError(f"run={run_id}: {_without_model(run)}")
        verified.refuse_damaged(run, "config.yaml", config)
        path = folder / "config.yaml"
        path.write_bytes(config)
        return path, package, run

    def find(self, tag: str, value: str) -> str | None:
        """Return the id of the experiment's latest finished run whose tag has this value; None if there is none."""
        runs = self.reader.of_experiment(self.experiment, {tag: value})
        return next((run.id for run in reversed(runs) if run.status == "FINISHED"), None)

    def children(self, run_id: str) -> list[Recorded]:
        """Return the runs below a parent run, oldest first."""
        return self.reader.children(self.experiment, run_id)

    def kill(self, run_id: str, reason: str) -> None:
        """End a run as KILLED whose process has ended without doing so. It can be continued.

        Args:
            reason: text of the run's tag ``error``.
        """
        self.writer.write({run_id: Pending(tags={"error": reason}, status="KILLED")})

    def remove(self, run_id: str) -> None:
        """Mark a run as deleted, so that it is in no list."""
        self.writer.remove(run_id)

    def prepare(self, charts: Charts) -> None:
        """Prepare a view of the runs below a parent run, if the tracker's pages have such views."""
        self.writer.charts(charts)


def _without_model(run: Recorded | None) -> str:
    """Return why a run holds no model, and what to choose instead."""
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
