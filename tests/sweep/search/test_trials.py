"""Which trials of a generation stop at a comparison, and what the study hears of each; nothing is trained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

from logodds.data.sources.downloads import shipped
from logodds.runs.compose import compose
from logodds.runs.inputs import InputsCache
from logodds.runs.referee import Standing
from logodds.runs.resume import Left
from logodds.runs.task import Task
from logodds.sweep.job import Job
from logodds.sweep.ledger import Ledger
from logodds.sweep.member import Underway
from logodds.sweep.search.halving import Halving
from logodds.sweep.search.space import Choice, Search, Space
from logodds.sweep.search.study import Plan, Study, opened
from logodds.sweep.search.trials import Trials
from logodds.system import locations
from logodds.system.errors import JobError

pytestmark = pytest.mark.slow

SPACE = Space((Choice("optim.lr", ("0.1", "0.2", "0.3", "0.4")),))


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """What every trial has in common: a problem whose file is there in a fresh clone too."""
    folder = tmp_path_factory.mktemp("data")
    shipped.write(folder)
    return ("problem=iris", f"problem.path={folder / 'iris.csv'}")


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Study]:
    monkeypatch.setattr(locations, "store_root", lambda: tmp_path)  # where folders for checkpoints are made
    with opened(tmp_path / "study.db", Plan(SPACE, False, "iris", 4, "grid", 0)) as found:
        yield found


@cache
def inputs() -> InputsCache:
    return InputsCache()


@cache
def composed(overrides: tuple[str, ...]) -> Job:
    return Job(compose(list(overrides)), overrides)


def job(overrides: Sequence[str]) -> Job:
    return composed(tuple(overrides))


def started(
    study: Study, rows: tuple[str, ...], seeds: tuple[str, ...], halving: Halving | None
) -> tuple[Trials, list[list[Task]]]:
    """The trials, and the tasks of each by its number."""
    underway = Underway("p" * 32, Ledger(None, None, Left({}, {})))
    search = Search(SPACE, rows, seeds)
    trials = Trials(study, search, job, inputs(), underway, "best/log_loss", 4, halving)
    trials._request_trials()
    candidates = sorted(trials._candidates.values(), key=lambda candidate: candidate.trials)
    return trials, [candidate.tasks for candidate in candidates]


@pytest.mark.parametrize("seeds", [(), ("1", "2")], ids=["one run", "two seeds"])
def test_the_worse_half_stops_at_a_comparison_and_the_study_hears_of_the_rest(
    study: Study, rows: tuple[str, ...], seeds: tuple[str, ...]
) -> None:
    """A trial is judged by the mean over its seeds, all of which stop."""
    trials, tasks = started(study, rows, seeds, Halving(2, 2, False))
    each = max(len(seeds), 1)
    assert [len(own) for own in tasks] == [each] * 4
    values = [0.4, 0.1, 0.3, 0.2]
    apart = [0.0] if each == 1 else [0.5, -0.5]
    every = [
        (task, value + more)
        for own, value in zip(tasks, values, strict=True)
        for task, more in zip(own, apart, strict=True)
    ]
    assert trials.behind([Standing(task, 1, value) for task, value in every]) == []
    assert [trial.reported for trial in study.trials()] == [{}] * 4
    stopped = trials.behind([Standing(task, 2, value) for task, value in every])
    assert sorted(stopped) == [*range(each), *range(2 * each, 3 * each)]
    reported = [dict(trial.reported) for trial in study.trials()]
    assert reported == [{}, {2: pytest.approx(0.1)}, {}, {2: pytest.approx(0.2)}]
    staying = [every[k] for k in range(4 * each) if k not in stopped]
    stopped = trials.behind([Standing(task, 4, value) for task, value in staying])
    assert stopped == list(range(each, 2 * each))
    assert dict(study.trials()[1].reported) == {2: pytest.approx(0.1), 4: pytest.approx(0.1)}


def test_without_comparisons_nothing_stops(study: Study, rows: tuple[str, ...]) -> None:
    trials, tasks = started(study, rows, (), None)
    assert trials.behind([Standing(own[0], 4, 0.1 * k) for k, own in enumerate(tasks)]) == []


def test_a_trial_has_failed_once_all_its_runs_have_ended_and_one_has_failed(
    study: Study, rows: tuple[str, ...]
) -> None:
    trials, tasks = started(study, rows, ("1", "2"), None)
    first, second = tasks[2]
    trials.ended(first, JobError("train/loss is nan"))
    assert [trial.state for trial in study.trials()] == ["running"] * 4
    trials.ended(second, JobError("train/loss is nan"))
    assert [trial.state for trial in study.trials()] == ["running", "running", "failed", "running"]
