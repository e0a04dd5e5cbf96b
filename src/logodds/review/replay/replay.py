"""Recorded runs trained again from their records alone, and a verdict on each."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import safetensors
import safetensors.numpy
from omegaconf import OmegaConf

from logodds.engine import fit
from logodds.review.replay import data, environment, evidence, report, verdict, worktree
from logodds.review.replay.data import Config
from logodds.review.replay.evidence import Evidence, NotComparableError
from logodds.review.replay.retraining import CONFIG, ENDED, ORDER
from logodds.review.replay.verdict import ComparedResult, Verdict, Weights
from logodds.runs.outcome import HISTORY
from logodds.system import places
from logodds.system.errors import UserError, counted
from logodds.system.terminal import document
from logodds.system.terminal.text import printable, shortened
from logodds.tracking.lookup import store_of
from logodds.tracking.provenance.environment import VARIABLES

if TYPE_CHECKING:
    from logodds.tracking.reader import Reader
    from logodds.tracking.recorded import Recorded
    from logodds.tracking.store import Store

WEIGHTS = "weights.safetensors"


def run(given: str, strict: bool) -> int:
    """Replay a run, or all runs below one, by its id or the beginning of that; the exit code of the worst verdict.

    Raises:
        UserError: no such run, or a record that no training writes; nothing has been run then.
        StorageError: the store or the disk fails.
    """
    store, run_id = store_of(places.store_root(), given)
    chosen, members = _chosen(store, run_id)
    read = [evidence.read(store.reader, each) for each in members]
    if len(members) > 1:
        print(f"replays the {len(read)} runs below {printable(chosen.name)}", flush=True)
    found: dict[str, Verdict] = {}
    for group in _groups(read):
        for each, judged in zip(group, _replayed(store.reader, group), strict=True):
            report.record(store, each, judged)
            found[each.run.id] = judged
    ordered = [found[each.run.id] for each in read]
    worst = max(ordered, key=lambda each: (each.code(strict), each.word != verdict.IDENTICAL))
    document.add(
        run=chosen.id,
        verdict=worst.word,
        runs=[report.plain(each, judged) for each, judged in zip(read, ordered, strict=True)],
    )
    if chosen is members[0]:
        report.show(read[0], ordered[0])
    else:
        report.show_all(read, ordered)
        report.record_all(store, chosen, ordered, worst)
    return worst.code(strict)


def _chosen(store: Store, run_id: str) -> tuple[Recorded, list[Recorded]]:
    """A run by its id, and those that are to be replayed: itself, or those below it."""
    chosen = store.reader.run(run_id)
    if chosen is None:
        raise UserError(f"run={run_id}: no such run; copy the id from the run's page")
    below = store.children(run_id)
    if not below and not {"sweep.id", "folds"}.isdisjoint(chosen.tags) and chosen.parent is None:
        raise UserError(f"run={run_id}: there is no run below it; choose another")
    return chosen, sorted(below, key=lambda each: each.tags.get("fold", "").zfill(9)) or [chosen]


def _groups(read: Sequence[Evidence]) -> list[list[Evidence]]:
    """Those that one process replays: of the same code, with the same variables."""
    found: dict[object, list[Evidence]] = {}
    for each in read:
        key = (each.commit, each.changes, tuple(each.variables.items()), each.lacking is None)
        found.setdefault(key, []).append(each)
    return list(found.values())


def _replayed(reader: Reader, group: Sequence[Evidence]) -> list[Verdict]:
    first = group[0]
    if first.lacking is not None:
        return [verdict.not_comparable(str(each.lacking)) for each in group]
    root = places.project_root()
    try:
        if any(each.run.tags["device"] != "cpu" for each in group):
            _gpu()
        with _code(root, first) as (project, command), tempfile.TemporaryDirectory() as name:
            folders = [Path(name) / each.run.id for each in group]
            _train_again(group, folders, root, project, command)
            return [_judged(reader, each, folder) for each, folder in zip(group, folders, strict=True)]
    except NotComparableError as error:
        return [verdict.not_comparable(str(error)) for _ in group]


@contextmanager
def _code(root: Path, found: Evidence) -> Iterator[tuple[Path, list[str]]]:
    """The code of a run: the project's folder with it, and the command that trains again.

    Raises:
        NotComparableError: the code of the run is not to be had.
    """
    if places.checkout() is None:  # an installed package is in no repository of the project
        yield root, [sys.executable, "-P", "-m", "logodds", "retrain"]
        return
    with worktree.checkout(root, found.commit, found.changes) as project:
        if not (project / "src" / "retrain.py").is_file():
            raise NotComparableError(f"code: commit {found.commit[:12]} is older than replays")
        _tell(root, found)
        yield project, [sys.executable, str(project / "src" / "retrain.py")]


def _gpu() -> None:
    try:
        fit.device("cuda")
    except UserError as error:
        raise NotComparableError("device: trained on a GPU, and this machine has none") from error


def _tell(root: Path, found: Evidence) -> None:
    told = f"code: commit {found.commit[:12]}"
    if found.changes:
        paths = worktree.changed(root, found.changes)
        told += f" and the recorded changes of {counted(len(paths), 'file')} ({shortened(', '.join(paths), 80)})"
    print(told, flush=True)


def _train_again(
    group: Sequence[Evidence], folders: Sequence[Path], root: Path, project: Path, command: Sequence[str]
) -> None:
    """Every folder gets the files of its run; those whose data is another one now train on what DVC has of it."""
    variables = group[0].variables
    for each, folder in zip(group, folders, strict=True):
        _order(each, folder, data.placed(each.config, root))
    _retrain(project, command, folders, variables)
    again = []
    for each, folder in zip(group, folders, strict=True):
        if _ended(folder).get("differs") == "data":
            try:
                _order(each, folder, data.fetched(each.config, root, project))
                again.append(folder)
            except NotComparableError as error:
                (folder / ENDED).write_text(json.dumps({"lacking": str(error)}))
    if again:
        _retrain(project, command, again, variables)


def _order(each: Evidence, folder: Path, config: Config) -> None:
    tags = each.run.tags
    config["train"] = config.get("train", {}) | {"device": "cpu" if tags["device"] == "cpu" else "cuda"}
    digests = {"sources": tags["sources.sha256"], "data": tags["data.md5"], "split": tags["split.sha256"]}
    folder.mkdir(exist_ok=True)
    (folder / ENDED).unlink(missing_ok=True)
    (folder / CONFIG).write_text(OmegaConf.to_yaml(OmegaConf.create(config)))
    (folder / ORDER).write_text(json.dumps({"fold": each.fold, "stopped": each.stopped, **digests}))


def _retrain(project: Path, command: Sequence[str], folders: Sequence[Path], variables: Mapping[str, str]) -> None:
    """In a process of its own, whose code is the project's and whose variables are the record's."""
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    subprocess.run([*command, *map(str, folders)], cwd=project, env={**kept, **variables}, stdout=subprocess.DEVNULL)


def _ended(folder: Path) -> dict[str, Any]:
    path = folder / ENDED
    told: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {}
    return told


def _judged(reader: Reader, each: Evidence, folder: Path) -> Verdict:
    ended, tags = _ended(folder), each.run.tags
    match ended:
        case {"digests": digests, "figures": figures, "environment": now, "packages": installed}:
            weights = _weights(folder / "model")
            again = ComparedResult(digests, (folder / HISTORY).read_bytes(), weights, figures)
            try:
                recorded = ComparedResult(tags, each.history, _recorded_weights(reader, each), each.run.figures)
            except NotComparableError as error:
                return verdict.not_comparable(str(error))
            return verdict.judge(recorded, again, environment.differences(tags, each.packages, now, installed))
        case {"differs": "code"} if places.checkout() is None:
            trained = next((name for name in each.packages if name.startswith("logodds==")), "logodds")
            told = f"code: trained by another version of logodds ({shortened(trained, 40)}); install that one"
            return verdict.not_comparable(told)
        case {"differs": "code"}:
            told = f"code: the sources of commit {each.commit[:12]} and the recorded changes are not those that trained"
            return verdict.not_comparable(f"{told} (files that git ignores?)")
        case {"differs": "data"}:
            told = f"data: {shortened(str(each.config['problem'].get('path')), 60)} in DVC's cache is another version"
            return verdict.not_comparable(f"{told} than the run read (md5 {tags['data.md5'][:12]})")
        case {"differs": "split"} if each.config["split"].get("val_rows") is not None:
            return verdict.not_comparable("data: the file of split.val_rows is not the one that the run read")
        case {"differs": "split", "found": found}:
            return verdict.different(f"split.sha256: recorded {tags['split.sha256'][:12]}, replayed {str(found)[:12]}")
        case {"lacking": reason}:
            return verdict.not_comparable(str(reason))
        case {"refused": reason}:
            return verdict.not_comparable(f"training: {reason}")
        case {"failed": reason}:
            return verdict.different(f"training: {reason}")
    return verdict.not_comparable("code: its training ended before its time; its message stands above")


def _recorded_weights(reader: Reader, each: Evidence) -> Weights:
    with tempfile.TemporaryDirectory() as name:
        folder = reader.package(each.run.id, Path(name))
        if folder is None or not (folder / WEIGHTS).is_file():
            raise NotComparableError("record: it holds no weights")
        if hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest() != each.run.tags.get("weights.sha256"):
            raise NotComparableError("record: weights.safetensors is not what its digest says")
        return _weights(folder)


def _weights(folder: Path) -> Weights:
    try:
        return safetensors.numpy.load((folder / WEIGHTS).read_bytes())
    except safetensors.SafetensorError as error:
        raise NotComparableError("record: its weights cannot be read") from error
