"""Check runs that claim to be running."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from logodds.options.rules import NAME
from logodds.review.doctor.finding import FINE, MENDED, TO_DO, Finding
from logodds.system.errors import counted
from logodds.system.process import OWNER
from logodds.tracking import abandoned
from logodds.tracking.mlflow import opening
from logodds.tracking.mlflow.reader import MlflowReader


def check(source: MlflowReader, root: Path) -> Iterator[Finding]:
    """End runs whose process no longer exists, and report those of whose process nothing is known here.

    Raises:
        StorageError: the store cannot be read or written.
    """
    names = {experiment.id: experiment.name for experiment in source.experiments()}
    before = abandoned.among(source.running(), opening.place(root))
    if dead := before.ended:
        opening.store(root, names[dead[0].experiment])  # opening the store ends all of them
    left = {run.id for run in source.running()}
    ended = [run for run in dead if run.id not in left]
    if ended:
        message = f"{counted(len(ended), 'run')} of processes that are no more: KILLED, no longer RUNNING"
        yield Finding("runs", MENDED, message, tuple(f"{run.id} ({names[run.experiment]})" for run in ended))
    astray = [run for run in before.unknown if run.id in left]
    if astray:
        items = tuple(f"{run.id} ({names[run.experiment]}), {_writer(run.tags.get(OWNER, ''))}" for run in astray)
        message = (
            f"{counted(len(astray), 'run')} RUNNING without a process on this host; end them if none runs elsewhere"
        )
        ids = [run.id for run in astray]
        yield Finding("runs", TO_DO, message, items, by_client(source, 'set_terminated(run, "KILLED")', ids))
    if not ended and not astray:
        going = f"{counted(len(left), 'run')} going on" if left else "none is left open"
        yield Finding("runs", FINE, going)


def by_client(source: MlflowReader, call: str, ids: Sequence[str]) -> str:
    """Return a shell command that makes a call of MLflow's client for several runs.

    Args:
        source: reader of the store that holds the runs.
        call: the call, in which ``run`` stands for a run's id.
        ids: the runs' ids. Texts that cannot be an id are left out, since a person is going to type the command.
    """
    uri = "" if os.environ.get("MLFLOW_TRACKING_URI") else json.dumps(source.uri)
    named = json.dumps(" ".join(run_id for run_id in ids if NAME.fullmatch(run_id)))
    return shlex.join(
        ["python", "-c", f"import mlflow; [mlflow.MlflowClient({uri}).{call} for run in {named}.split()]"]
    )


def _writer(owner: str) -> str:
    return f"of a process on {owner.partition(' ')[0]}" if owner else "of an unknown process"
