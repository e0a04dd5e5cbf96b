"""Read the runs to be compared from the store: those of a sweep, those of a problem, or some by their ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds.options.rules import NAME
from logodds.options.suggestion import nearest
from logodds.system.errors import UserError, counted
from logodds.system.terminal.invocation import typed
from logodds.tracking.recorded import LEAST, Histories, Recorded

if TYPE_CHECKING:
    from logodds.tracking.reader import Reader

NAMED = 3  # runs that a page's file name lists, and problems that a message lists


@dataclass(frozen=True)
class Gathered:
    """Finished runs of one problem that are to be compared.

    Attributes:
        name: name of the page, safe as a file name.
        title: description of the runs.
        problem: name of the problem.
        experiment: id of the problem's experiment in the tracker.
        runs: the runs.
        histories: their metrics by epoch.
        notes: what a person should know about them, such as which runs were left out; a line each.
    """

    name: str
    title: str
    problem: str
    experiment: str
    runs: list[Recorded]
    histories: Histories
    notes: list[str]


def of(reader: Reader, key: str, value: str) -> Gathered:
    """Read the runs that a command line chooses.

    Args:
        key: ``sweep``, ``problem`` or ``runs``.
        value: the id of the sweep, the name of the problem, or the ids of the runs, in brackets with commas between.

    Raises:
        UserError: as for :func:`of_sweep`, :func:`of_problem` and :func:`of_runs`.
    """
    if key == "sweep":
        return of_sweep(reader, value)
    if key == "problem":
        return of_problem(reader, value)
    ids = [run_id.strip() for run_id in value.removeprefix("[").removesuffix("]").split(",")]
    return of_runs(reader, [run_id for run_id in ids if run_id])


def of_sweep(reader: Reader, sweep: str) -> Gathered:
    """Read the finished jobs of a sweep.

    Args:
        sweep: id of the sweep's parent run, or the first characters of it.

    Raises:
        UserError: there is no such sweep, several sweeps match, or none of its jobs has finished.
    """
    _check("sweep", [sweep])
    jobs = [run for run in reader.by_tag("sweep.id", sweep) if run.id != run.tags["sweep.id"]]
    if not jobs:
        raise UserError(f"sweep={sweep}: {_no_sweep(reader, sweep)}")
    if len({run.tags["sweep.id"] for run in jobs}) > 1:
        raise UserError(f"sweep={sweep}: several sweeps begin like this; give more of the id")
    sweep = jobs[0].tags["sweep.id"]
    runs, notes = _finished(f"sweep={sweep}", jobs)
    problem, runs, others = _one_problem(f"sweep={sweep}", runs)
    notes += others
    name = f"{problem}-{sweep[:12]}"
    return _with_histories(reader, name, f"{problem}: sweep {sweep[:12]}", problem, runs, notes)


def of_problem(reader: Reader, problem: str) -> Gathered:
    """Read every finished run of a problem.

    The folds of cross-validations are left out, since each is judged on other rows, and so are the parent runs of
    cross-validations and sweeps.

    Raises:
        UserError: the store has no such problem, or no finished run of it.
    """
    known = {experiment.name: experiment.id for experiment in reader.experiments()}
    if problem not in known or NAME.fullmatch(problem) is None:
        names = [name for name in known if name != "Default"]
        hint = nearest(problem, names) if names else f"{typed('train problem=NAME')} trains the first"
        raise UserError(f"problem={problem}: the store has no runs of it; {hint}")
    recorded = [run for run in reader.of_experiment(known[problem], {}) if "problem" in run.tags or "fold" in run.tags]
    candidates = [run for run in recorded if not {"fold", "folds"} & set(run.tags)]
    if not candidates:
        raise UserError(f"problem={problem}: the store has no run of it but folds; {typed(f'train problem={problem}')}")
    runs, notes = _finished(f"problem={problem}", candidates)
    _, runs, others = _one_problem(f"problem={problem}", runs)
    notes += others
    folds = sum("folds" in run.tags for run in recorded)
    if folds:
        notes.append(f"left out: {counted(folds, 'cross-validation')}, whose folds have rows of their own")
    return _with_histories(reader, problem, f"{problem}: every finished run", problem, runs, notes)


def of_runs(reader: Reader, ids: Sequence[str]) -> Gathered:
    """Read some runs by their ids, or the first characters of those.

    Raises:
        UserError: there are fewer than two runs, the store lacks one of them, one has not finished or is the parent of
            other runs, or they are of different problems.
    """
    _check("runs", ids)
    runs_by_id = {run.id: run for run in (_one(reader, beginning) for beginning in ids)}
    if len(runs_by_id) < 2:
        raise UserError(f"runs=[{','.join(ids)}]: a comparison takes two runs or more; runs=[ID,ID]")
    for run_id, run in runs_by_id.items():
        if "sweep.size" in run.tags:
            raise UserError(f"runs: {run_id} is the parent of a sweep; {typed(f'compare sweep={run_id}')}")
        if "folds" in run.tags:
            raise UserError(f"runs: {run_id} is the parent of a cross-validation; give the ids of its folds")
        if run.status != "FINISHED":
            raise UserError(f"runs: {run_id} has status {run.status}; choose finished runs")
    runs = list(runs_by_id.values())
    problem, runs, notes = _one_problem("runs", runs)
    if len(runs) < 2:
        raise UserError(f"runs: a run without a problem, not of this project; choose runs of {typed('train')}")
    name = "-".join([problem, *(run_id[:8] for run_id in list(runs_by_id)[:NAMED])])
    name += f"-and-{len(runs) - NAMED}" if len(runs) > NAMED else ""
    return _with_histories(reader, name, f"{problem}: chosen runs", problem, runs, notes)


def _check(key: str, ids: Sequence[str]) -> None:
    for run_id in ids:
        if NAME.fullmatch(run_id) is None:
            raise UserError(f"{key}: {run_id[:64]!r} is not a run's id; copy it from a table or the run's page")
        if len(run_id) < LEAST:
            raise UserError(f"{key}: {run_id} is too short; give the id or {LEAST} characters of it, or more")


def _one(reader: Reader, beginning: str) -> Recorded:
    matches = reader.by_id(beginning)
    if not matches:
        raise UserError(f"runs: {beginning}: no such run in {reader.shown}; copy the id from a table or the run's page")
    if len(matches) > 1:
        raise UserError(f"runs: {beginning}: {len(matches)} runs begin like this; give more of the id")
    return matches[0]


def _no_sweep(reader: Reader, run_id: str) -> str:
    for run in reader.by_id(run_id):
        if "sweep.size" in run.tags:
            return "the sweep has no jobs; choose another"
        if "sweep.id" in run.tags:
            return f"a job of a sweep; {typed('compare sweep=' + run.tags['sweep.id'][:64])}"
        return f"a run, no sweep; {typed('compare runs=[ID,ID]')} compares runs"
    return f"no such sweep in {reader.shown}; its id is that of its parent run"


def _finished(key: str, candidates: Sequence[Recorded]) -> tuple[list[Recorded], list[str]]:
    runs = [run for run in candidates if run.status == "FINISHED"]
    others = [run.status for run in candidates if run.status != "FINISHED"]
    unfinished = ", ".join(f"{others.count(status)} {status}" for status in sorted(set(others)))
    if not runs:
        raise UserError(f"{key}: none of {counted(len(candidates), 'run')} has finished ({unfinished}); train again")
    return runs, [f"left out: {unfinished}"] if unfinished else []


def _one_problem(key: str, candidates: Sequence[Recorded]) -> tuple[str, list[Recorded], list[str]]:
    """Return the problem of the runs, those that have one, and notes on the others.

    Raises:
        UserError: none has a problem, or they are of several.
    """
    runs = [run for run in candidates if NAME.fullmatch(run.tags.get("problem", "")) is not None]
    notes = [
        f"left out: run {run.id[:64]}, which has no problem and is not of this project"
        for run in candidates
        if run not in runs
    ]
    if not runs:
        raise UserError(f"{key}: a run without a problem, not of this project; choose runs of {typed('train')}")
    problems = {run.tags["problem"] for run in runs}
    if len(problems) > 1:
        raise UserError(
            f"{key}: runs of different problems ({', '.join(sorted(problems)[:NAMED])}); choose those of one"
        )
    return problems.pop(), runs, notes


def _with_histories(
    reader: Reader, name: str, title: str, problem: str, runs: list[Recorded], notes: list[str]
) -> Gathered:
    logged = sorted({key for run in runs for key in run.figures if key == "train/loss" or key.startswith("val/")})
    histories = reader.histories([run.id for run in runs], logged)
    return Gathered(name, title, problem, runs[0].experiment, runs, histories, [*notes, *_notes(runs)])


def _notes(runs: Sequence[Recorded]) -> list[str]:
    notes = []
    if stopped := sum("stopped.epoch" in run.tags for run in runs):
        notes.append(f"{stopped} of {counted(len(runs), 'run')} were stopped by their search while behind")
    if any("resubstitution" in run.tags for run in runs):
        notes.append("some were judged on their own train rows (split.method=none)")
    return notes
