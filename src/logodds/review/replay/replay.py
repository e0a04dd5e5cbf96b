"""Train recorded runs again from their records alone, and judge whether the results are the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import OmegaConf

from logodds.engine.device import chosen_device
from logodds.review.replay import data, evidence, judgement, report, verdict, worktree
from logodds.review.replay.data import Config
from logodds.review.replay.evidence import Evidence, NotComparableError
from logodds.review.replay.retraining import CONFIG, ENDED, ORDER
from logodds.review.replay.verdict import Verdict
from logodds.system import locations
from logodds.system.errors import UserError, counted
from logodds.system.terminal import document
from logodds.system.terminal.lines import show_line
from logodds.system.terminal.text import shortened
from logodds.tracking.lookup import store_of
from logodds.tracking.provenance.environment import VARIABLES

if TYPE_CHECKING:
    from logodds.tracking.reader import Reader
    from logodds.tracking.recorded import Recorded
    from logodds.tracking.store import Store


def run(given: str, strict: bool) -> int:
    """Replay a run, or all runs below a parent run.

    Args:
        given: the run's id, or the first characters of it.
        strict: whether results within the tolerance count as different.

    Returns:
        The exit code of the worst verdict.

    Raises:
        UserError: there is no such run, or its record is not of the form that a training writes. Nothing has been run
            then.
        StorageError: the store or the disk failed.
    """
    store, run_id = store_of(locations.store_root(), given)
    chosen, recorded_runs = _chosen(store, run_id)
    records = [evidence.read(store.reader, recorded_run) for recorded_run in recorded_runs]
    if len(recorded_runs) > 1:
        show_line(f"replays the {len(records)} runs below {chosen.name}")
    results: dict[str, Verdict] = {}
    for group in _groups(records):
        for record, result in zip(group, _replayed(store.reader, group), strict=True):
            report.record(store, record, result)
            results[record.run.id] = result
    ordered = [results[record.run.id] for record in records]
    worst = max(ordered, key=lambda result: (result.code(strict), result.word != verdict.IDENTICAL))
    document.add(
        run=chosen.id,
        verdict=worst.word,
        runs=[report.plain(record, result) for record, result in zip(records, ordered, strict=True)],
    )
    if chosen is recorded_runs[0]:
        report.show(records[0], ordered[0])
    else:
        report.show_all(records, ordered)
        report.record_all(store, chosen, ordered, worst)
    return worst.code(strict)


def _chosen(store: Store, run_id: str) -> tuple[Recorded, list[Recorded]]:
    """Return the run with an id, and the runs to be replayed: those below it, or the run itself."""
    chosen = store.reader.run(run_id)
    if chosen is None:
        raise UserError(f"run={run_id}: no such run; copy the id from the run's page")
    below = store.children(run_id)
    if not below and not {"sweep.id", "folds"}.isdisjoint(chosen.tags) and chosen.parent is None:
        raise UserError(f"run={run_id}: there is no run below it; choose another")
    return chosen, sorted(below, key=lambda child: child.tags.get("fold", "").zfill(9)) or [chosen]


def _groups(records: Sequence[Evidence]) -> list[list[Evidence]]:
    """Group the runs that one process can replay: those with the same code and the same environment variables."""
    groups: dict[object, list[Evidence]] = {}
    for record in records:
        key = (record.commit, record.changes, tuple(record.variables.items()), record.lacking is None)
        groups.setdefault(key, []).append(record)
    return list(groups.values())


def _replayed(reader: Reader, group: Sequence[Evidence]) -> list[Verdict]:
    """Replay a group of runs, and return a verdict on each."""
    first = group[0]
    if first.lacking is not None:
        return [verdict.not_comparable(str(record.lacking)) for record in group]
    root = locations.project_root()
    try:
        if any(record.run.tags["device"] != "cpu" for record in group):
            _gpu()
        with _code(root, first) as (project, command), tempfile.TemporaryDirectory() as name:
            folders = [Path(name) / record.run.id for record in group]
            _train_again(group, folders, root, project, command)
            return [judgement.judged(reader, record, folder) for record, folder in zip(group, folders, strict=True)]
    except NotComparableError as error:
        return [verdict.not_comparable(str(error)) for _ in group]


@contextmanager
def _code(root: Path, record: Evidence) -> Iterator[tuple[Path, list[str]]]:
    """Provide the code of a run for as long as the context lasts.

    Yields:
        The project's folder with this code, and the command that trains again.

    Raises:
        NotComparableError: the code of the run is not available.
    """
    if locations.checkout() is None:  # an installed package is not part of the project's repository
        yield root, [sys.executable, "-P", "-m", "logodds", "retrain"]
        return
    with worktree.checkout(root, record.commit, record.changes) as project:
        if not (project / "src" / "retrain.py").is_file():
            raise NotComparableError(f"code: commit {record.commit[:12]} is older than replays")
        _print_code(root, record)
        yield project, [sys.executable, str(project / "src" / "retrain.py")]


def _gpu() -> None:
    try:
        chosen_device("cuda")
    except UserError as error:
        raise NotComparableError("device: trained on a GPU, and this machine has none") from error


def _print_code(root: Path, record: Evidence) -> None:
    """Print which code is used."""
    message = f"code: commit {record.commit[:12]}"
    if record.changes:
        paths = worktree.changed(root, record.changes)
        message += f" and the recorded changes of {counted(len(paths), 'file')} ({shortened(', '.join(paths), 80)})"
    show_line(message)


def _train_again(
    group: Sequence[Evidence], folders: Sequence[Path], root: Path, project: Path, command: Sequence[str]
) -> None:
    """Train all runs of a group again, each into its folder.

    Runs whose data has changed since train on the version in DVC's cache.

    Args:
        group: the runs.
        folders: a folder for each run.
        root: folder of the project.
        project: folder of the project with the code of the runs.
        command: the command that trains again.
    """
    variables = group[0].variables
    for record, folder in zip(group, folders, strict=True):
        _order(record, folder, data.placed(record.config, root))
    _retrain(project, command, folders, variables)
    again = []
    for record, folder in zip(group, folders, strict=True):
        if judgement.ended(folder).get("differs") == "data":
            try:
                _order(record, folder, data.fetched(record.config, root, project))
                again.append(folder)
            except NotComparableError as error:
                (folder / ENDED).write_text(json.dumps({"lacking": str(error)}))
    if again:
        _retrain(project, command, again, variables)


def _order(record: Evidence, folder: Path, config: Config) -> None:
    """Write the files from which :mod:`~logodds.review.replay.retraining` trains a run again into a folder."""
    tags = record.run.tags
    config["train"] = config.get("train", {}) | {"device": "cpu" if tags["device"] == "cpu" else "cuda"}
    digests = {"sources": record.sources, "data": tags["data.md5"], "split": tags["split.sha256"]}
    folder.mkdir(exist_ok=True)
    (folder / ENDED).unlink(missing_ok=True)
    (folder / CONFIG).write_text(OmegaConf.to_yaml(OmegaConf.create(config)))
    (folder / ORDER).write_text(json.dumps({"fold": record.fold, "stopped": record.stopped, **digests}))


def _retrain(project: Path, command: Sequence[str], folders: Sequence[Path], variables: Mapping[str, str]) -> None:
    """Train in another process, with the code of ``project`` and the environment variables of the record."""
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    subprocess.run([*command, *map(str, folders)], cwd=project, env={**kept, **variables}, stdout=subprocess.DEVNULL)
