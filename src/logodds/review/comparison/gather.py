"""The runs to be compared, read from the store: those of a sweep, of a problem, or some by their ids."""

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

NAMED = 3  # runs in a file's name, problems in a message


@dataclass(frozen=True)
class Gathered:
    """Finished runs of one problem, with their figures by epoch. ``name``: what the page is called, safe as a file's;
    ``title``: what they are, in words; ``notes``: what a person should know of them, such as what was left out."""

    name: str
    title: str
    problem: str
    experiment: str
    runs: list[Recorded]
    histories: Histories
    notes: list[str]


def of(reader: Reader, key: str, value: str) -> Gathered:
    """Those of ``sweep`` (its id), of ``problem`` (its name), or ``runs`` (ids with commas between, in brackets).

    Raises:
        UserError: as the functions below.
    """
    if key == "sweep":
        return of_sweep(reader, value)
    if key == "problem":
        return of_problem(reader, value)
    ids = [each.strip() for each in value.removeprefix("[").removesuffix("]").split(",")]
    return of_runs(reader, [each for each in ids if each])


def of_sweep(reader: Reader, sweep: str) -> Gathered:
    """The finished jobs of a sweep by the id of its parent run, or the beginning of that.

    Raises:
        UserError: no such sweep, or several; none of its jobs has finished.
    """
    _check("sweep", [sweep])
    found = [run for run in reader.by_tag("sweep.id", sweep) if run.id != run.tags["sweep.id"]]
    if not found:
        raise UserError(f"sweep={sweep}: {_no_sweep(reader, sweep)}")
    if len({run.tags["sweep.id"] for run in found}) > 1:
        raise UserError(f"sweep={sweep}: several sweeps begin like this; give more of the id")
    sweep = found[0].tags["sweep.id"]
    runs, notes = _finished(f"sweep={sweep}", found)
    problem = _one_problem(f"sweep={sweep}", runs)
    name = f"{problem}-{sweep[:12]}"
    return _with_histories(reader, name, f"{problem}: sweep {sweep[:12]}", problem, runs, notes)


def of_problem(reader: Reader, problem: str) -> Gathered:
    """Every finished run of a problem, but folds of cross-validations, whose rows differ, and what stands above them
    and above sweeps.

    Raises:
        UserError: the store has no such problem, or no finished run of it.
    """
    known = {each.name: each.id for each in reader.experiments()}
    if problem not in known or NAME.fullmatch(problem) is None:
        names = [name for name in known if name != "Default"]
        told = nearest(problem, names) if names else f"{typed('train problem=NAME')} trains the first"
        raise UserError(f"problem={problem}: the store has no runs of it; {told}")
    every = [run for run in reader.of_experiment(known[problem], {}) if "problem" in run.tags or "fold" in run.tags]
    found = [run for run in every if not {"fold", "folds"} & set(run.tags)]
    if not found:
        raise UserError(f"problem={problem}: the store has no run of it but folds; {typed(f'train problem={problem}')}")
    runs, notes = _finished(f"problem={problem}", found)
    folds = sum("folds" in run.tags for run in every)
    if folds:
        notes.append(f"left out: {counted(folds, 'cross-validation')}, whose folds have rows of their own")
    return _with_histories(reader, problem, f"{problem}: every finished run", problem, runs, notes)


def of_runs(reader: Reader, ids: Sequence[str]) -> Gathered:
    """Some runs by their ids, or the beginnings of those.

    Raises:
        UserError: fewer than two ids, one that the store does not have, a run that has not finished or is the parent of
            others, or runs of different problems.
    """
    _check("runs", ids)
    found = {run.id: run for run in (_one(reader, each) for each in ids)}
    if len(found) < 2:
        raise UserError(f"runs=[{','.join(ids)}]: a comparison takes two runs or more; runs=[ID,ID]")
    for each, run in found.items():
        if "sweep.size" in run.tags:
            raise UserError(f"runs: {each} is the parent of a sweep; {typed(f'compare sweep={each}')}")
        if "folds" in run.tags:
            raise UserError(f"runs: {each} is the parent of a cross-validation; give the ids of its folds")
        if run.status != "FINISHED":
            raise UserError(f"runs: {each} has status {run.status}; choose finished runs")
    runs = list(found.values())
    problem = _one_problem("runs", runs)
    name = "-".join([problem, *(each[:8] for each in list(found)[:NAMED])])
    name += f"-and-{len(runs) - NAMED}" if len(runs) > NAMED else ""
    return _with_histories(reader, name, f"{problem}: chosen runs", problem, runs, [])


def _check(key: str, ids: Sequence[str]) -> None:
    for each in ids:
        if NAME.fullmatch(each) is None:
            raise UserError(f"{key}: {each[:64]!r} is not a run's id; copy it from a table or the run's page")
        if len(each) < LEAST:
            raise UserError(f"{key}: {each} is too short; give the id or {LEAST} characters of it, or more")


def _one(reader: Reader, beginning: str) -> Recorded:
    found = reader.by_id(beginning)
    if not found:
        raise UserError(f"runs: {beginning}: no such run in {reader.shown}; copy the id from a table or the run's page")
    if len(found) > 1:
        raise UserError(f"runs: {beginning}: {len(found)} runs begin like this; give more of the id")
    return found[0]


def _no_sweep(reader: Reader, run_id: str) -> str:
    for run in reader.by_id(run_id):
        if "sweep.size" in run.tags:
            return "the sweep has no jobs; choose another"
        if "sweep.id" in run.tags:
            return f"a job of a sweep; {typed('compare sweep=' + run.tags['sweep.id'][:64])}"
        return f"a run, no sweep; {typed('compare runs=[ID,ID]')} compares runs"
    return f"no such sweep in {reader.shown}; its id is that of its parent run"


def _finished(key: str, found: Sequence[Recorded]) -> tuple[list[Recorded], list[str]]:
    runs = [run for run in found if run.status == "FINISHED"]
    others = [run.status for run in found if run.status != "FINISHED"]
    told = ", ".join(f"{others.count(status)} {status}" for status in sorted(set(others)))
    if not runs:
        raise UserError(f"{key}: none of {counted(len(found), 'run')} has finished ({told}); train again")
    return runs, [f"left out: {told}"] if told else []


def _one_problem(key: str, runs: Sequence[Recorded]) -> str:
    problems = {run.tags.get("problem", "") for run in runs}
    for problem in problems:
        if NAME.fullmatch(problem) is None:
            raise UserError(f"{key}: a run without a problem, not of this project; choose runs of {typed('train')}")
    if len(problems) > 1:
        raise UserError(
            f"{key}: runs of different problems ({', '.join(sorted(problems)[:NAMED])}); choose those of one"
        )
    return problems.pop()


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
