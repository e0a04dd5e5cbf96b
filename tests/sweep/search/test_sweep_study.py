"""A search's trials: the same ones whoever asks for them, and however often that is killed."""

from __future__ import annotations

import math
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
import pytest

from logodds.sweep.search.search_options import SearchOptions
from logodds.sweep.search.space import Choice, Dimension, IntervalDimension, Space, Steps
from logodds.sweep.search.study import NAME, Plan, Trial, opened
from logodds.system.errors import StorageError, UserError

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
LR = IntervalDimension("optim.lr", 1e-4, 1.0, log=True)
HIDDEN = Choice("model.hidden", ("[32]", "[64,64]"))
DROPOUT = Steps("model.dropout", 0.0, 0.1, 6)
EPOCHS = IntervalDimension("train.epochs", 5, 50, log=False)
SPACE = Space((LR, HIDDEN, DROPOUT, EPOCHS))
LISTED = Space((HIDDEN, DROPOUT, Steps("train.epochs", 5, 5, 3)))


def planned(
    space: Space = SPACE, sampler: str = "tpe", trials: int = 32, seed: int = 0, maximize: bool = False
) -> Plan:
    return Plan(space, maximize, "iris", trials, sampler, seed)


def valued(trial: Trial) -> float:
    """Best near lr=0.01 and with the wider layers."""
    given = dict(each.split("=") for each in trial.overrides)
    wide = given["model.hidden"] == "[64,64]"
    return abs(math.log10(float(given.get("optim.lr", "0.1"))) + 2.0) + 0.3 * (not wide) + float(given["model.dropout"])


def finished(path: Path, plan: Plan, generation: int = 8, reopened: bool = False) -> list[Trial]:
    """All trials of a search, asked for by one process or by one per generation."""
    while True:
        with opened(path, plan) as study:
            while trials := study.ask(generation):
                for trial in trials:
                    study.tell(trial.number, valued(trial))
                if reopened:
                    break
            else:
                return study.trials()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> list[Trial]:
    """The trials of a search that nothing interrupts."""
    return finished(tmp_path_factory.mktemp("whole") / "study.db", planned())


# Asking


@pytest.mark.long
@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_generations_are_the_same_in_new_processes(tmp_path: Path, sampler: str) -> None:
    plan = planned(sampler=sampler, trials=24)
    found = finished(tmp_path / "whole.db", plan)
    assert finished(tmp_path / "parts.db", plan, reopened=True) == found
    assert [each.number for each in found] == list(range(24))
    assert len({each.overrides for each in found}) == 24
    other = finished(tmp_path / "other.db", replace(plan, seed=1, trials=8))
    assert {each.overrides for each in other}.isdisjoint(each.overrides for each in found)


CHILD = """
import json, os, signal, sys
from pathlib import Path
sys.path[:0] = [{here!r}, {tests!r}]
import optuna
from test_sweep_study import opened, planned, valued

asked, told = {asked}, {told}
add = optuna.Study.add_trial
def counting(self, trial):
    global asked
    if self.study_name == {name!r}:
        if asked == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        asked -= 1
    add(self, trial)
optuna.Study.add_trial = counting
with opened(Path({path!r}), planned()) as study:
    while trials := study.ask(8):
        for trial in trials:
            study.report(trial.number, 1.0, 1)
            if told == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            told -= 1
            study.tell(trial.number, valued(trial))
"""


@pytest.mark.long
@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (3, 99),
        (99, 5),
        *(pytest.param(*counts, marks=pytest.mark.long) for counts in ((0, 99), (19, 99), (99, 0), (99, 19))),
    ],
    ids=str,
)
def test_a_killed_search_goes_on_with_the_same_trials(
    tmp_path: Path, whole: list[Trial], asked: int, told: int
) -> None:
    """Killed before the next trial is written, or before it is told how one ended."""
    path = tmp_path / "killed.db"
    code = CHILD.format(
        tests=str(ROOT / "tests"), here=str(Path(__file__).parent), path=str(path), name=NAME, asked=asked, told=told
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT / "src", capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (-signal.SIGKILL, "")
    with opened(path, planned()) as study:
        running = [each for each in study.trials() if each.state == "running"]
        assert len(study.trials()) == min(asked, 8 * (told // 8 + 1))
        first = study.ask(8)
        assert first[: len(running)] == running
        assert len(first) == (8 - told % 8 if told < 99 else 8)
        for trial in first:
            study.tell(trial.number, valued(trial))
    cut = finished(path, planned())
    assert [replace(each, reported={}) for each in cut] == whole


def test_a_plan_has_so_many_trials_and_no_more(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    with opened(path, planned(trials=5)) as study:
        assert [each.number for each in study.ask(3)] == [0, 1, 2]
        assert [each.number for each in study.ask(3)] == [3, 4]
        assert study.ask(3) == []
        study.fail(0)
        assert study.ask(3) == []
    with opened(path, planned(trials=4)) as study:
        assert [each.number for each in study.ask(3)] == [1, 2, 3, 4]  # they run already
        assert study.ask(3) == []
        for number in range(1, 5):
            study.tell(number, 1.0)
    with opened(path, planned(trials=7)) as study:
        assert [each.number for each in study.ask(3)] == [5, 6]
        assert study.ask(3) == []


@pytest.mark.long
def test_tpe_finds_better_points_than_chance(tmp_path: Path) -> None:
    mean = {
        sampler: np.mean([valued(each) for each in finished(tmp_path / f"{sampler}.db", planned(sampler=sampler))[16:]])
        for sampler in ("tpe", "random")
    }
    assert mean["tpe"] < 0.8 * mean["random"]


@pytest.mark.long
@pytest.mark.parametrize(
    ("trials", "generation", "random"), [(16, 4, 4), (20, 8, 8), (44, 6, 10), (8, 8, 8), (3, 1, 1)]
)
def test_tpe_proposes_from_results_after_so_many_random_points(
    tmp_path: Path, trials: int, generation: int, random: int
) -> None:
    """Points that are the same whatever the values are, and those of the sampler ``random``, are the first ones."""
    points = {}
    for name, sign, sampler in (("up", 1.0, "tpe"), ("down", -1.0, "tpe"), ("random", 1.0, "random")):
        with opened(tmp_path / name, planned(Space((LR,)), sampler, trials)) as study:
            while asked := study.ask(generation):
                for trial in asked:
                    study.tell(trial.number, sign * float(trial.overrides[0].partition("=")[2]))
            points[name] = [trial.overrides for trial in study.trials()]
    assert points["up"][:random] == points["down"][:random] == points["random"][:random]
    assert not set(points["up"][random:]) & set(points["random"][random:])
    assert points["up"][random:] != points["down"][random:] or random == trials


def test_trials_that_failed_guide_nothing(tmp_path: Path) -> None:
    points = {}
    for sampler in ("tpe", "random"):
        with opened(tmp_path / sampler, planned(sampler=sampler, trials=16)) as study:
            for trial in study.ask(8):
                study.fail(trial.number)
            points[sampler] = [trial.overrides for trial in study.ask(8)]
    assert points["tpe"] == points["random"]


TPE = "hydra.sweeper.sampler=tpe: "


@pytest.mark.parametrize(
    ("trials", "sampler", "generation", "at_a_time", "notes"),
    [
        (16, "tpe", None, 4, [f"{TPE}4 of 16 trials are drawn at random, their results guide the others"]),
        (64, "tpe", None, 16, [f"{TPE}16 of 64 trials are drawn at random, their results guide the others"]),
        (500, "tpe", None, 16, [f"{TPE}16 of 500 trials are drawn at random, their results guide the others"]),
        (64, "tpe", 4, 4, [f"{TPE}10 of 64 trials are drawn at random, their results guide the others"]),
        (3, "tpe", None, 1, [f"{TPE}1 of 3 trials is drawn at random, its result guides the others"]),
        (1, "tpe", None, 1, [f"{TPE}every trial is drawn at random"]),
        (
            *(16, "tpe", 16, 16),
            [f"{TPE}every trial is drawn at random; hydra.sweeper.generation=4 leaves it more to propose"],
        ),
        (16, "random", None, 16, []),
        (16, "grid", None, 16, []),
    ],
)
def test_a_note_says_how_many_trials_are_random(
    trials: int, sampler: str, generation: int | None, at_a_time: int, notes: list[str]
) -> None:
    options = SearchOptions(
        n_trials=trials, sampler=sampler, seed=0, generation=generation, min_epochs=None, reduction_factor=3
    )
    assert options.at_a_time() == at_a_time
    assert options.notes() == notes


def test_higher_can_be_better(tmp_path: Path) -> None:
    path, plan = tmp_path / "study.db", planned(Space((LR, HIDDEN)), maximize=True)
    with opened(path, plan) as study:
        while trials := study.ask(8):
            for trial in trials:
                study.tell(trial.number, float(trial.overrides[0].partition("=")[2]))
        values = [each.value or 0.0 for each in study.trials()]
    assert np.median(values[16:]) > 3 * np.median(values[:8])
    assert optuna.load_study(study_name=NAME, storage=f"sqlite:///{path}").direction.name == "MAXIMIZE"


# Grids


def test_a_grid_has_every_point_once(tmp_path: Path) -> None:
    found = finished(tmp_path / "study.db", planned(LISTED, "grid", 40), reopened=True)
    hidden, dropouts = ("[32]", "[64,64]"), ("0.0", "0.1", "0.2", "0.3", "0.4", "0.5")
    assert sorted(each.overrides for each in found) == [
        (f"model.hidden={a}", f"model.dropout={b}", f"train.epochs={c}")
        for a in hidden
        for b in dropouts
        for c in sorted(("5", "10", "15"))
    ]


def test_a_part_of_a_grid_differs_by_seed_alone(tmp_path: Path) -> None:
    parts = [
        [each.overrides for each in finished(tmp_path / f"{name}.db", planned(LISTED, "grid", 7, seed))]
        for name, seed in (("a", 0), ("b", 0), ("c", 1))
    ]
    assert parts[0] == parts[1]
    assert parts[0] != parts[2]
    assert [len(set(each)) for each in parts] == [7, 7, 7]


def test_an_interval_has_no_grid(tmp_path: Path) -> None:
    with (
        pytest.raises(UserError, match=r"^optim\.lr: an interval has no grid; "),
        opened(tmp_path / "x", planned(sampler="grid")),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


# How trials end


def test_ends_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    with opened(path, planned()) as study:
        given = [each.overrides for each in study.ask(6)]
        study.report(0, 0.75, 1)
        study.report(0, 0.5, 2)
        study.tell(0, 0.25)
        study.report(1, 0.75, 1)
        study.prune(1, 0.625, 2)
        study.fail(2)
        study.tell(3, math.nan)
        study.tell(4, math.inf)
    with opened(path, planned()) as study:
        assert study.trials() == [
            Trial(0, given[0], "complete", 0.25, {1: 0.75, 2: 0.5}),
            Trial(1, given[1], "pruned", 0.625, {1: 0.75, 2: 0.625}),
            Trial(2, given[2], "failed", None, {}),
            Trial(3, given[3], "failed", None, {}),
            Trial(4, given[4], "complete", math.inf, {}),
            Trial(5, given[5], "running", None, {}),
        ]


def test_optuna_reads_the_file(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    ours = finished(path, planned(trials=4))
    study = optuna.load_study(study_name=NAME, storage=f"sqlite:///{path}")
    assert [each.value for each in study.trials] == [each.value for each in ours]
    assert [SPACE.overrides(each.params) for each in study.trials] == [each.overrides for each in ours]
    assert study.trials[0].distributions["optim.lr"] == optuna.distributions.FloatDistribution(1e-4, 1.0, log=True)
    assert study.trials[0].distributions["train.epochs"] == optuna.distributions.IntDistribution(5, 50)


# What is refused


@pytest.mark.parametrize(
    ("other", "differing"),
    [
        (replace(planned(), origin="digits"), "data, code or options"),
        (replace(planned(), maximize=True), "direction"),
        (planned(Space((replace(LR, high=0.1), HIDDEN, DROPOUT, EPOCHS))), "optim.lr"),
        (planned(Space((LR, DROPOUT, EPOCHS))), "model.hidden"),
        (planned(Space((LR, HIDDEN, DROPOUT, replace(EPOCHS, low=5.0, high=50.0)))), "train.epochs"),
    ],
    ids=["origin", "direction", "ends", "dimensions", "kind"],
)
def test_a_file_belongs_to_one_search(tmp_path: Path, other: Plan, differing: str) -> None:
    path = tmp_path / "study.db"
    finished(path, planned(trials=3))
    before = path.read_bytes()
    with pytest.raises(UserError) as raised, opened(path, other):
        pass
    told = f"{path}: holds another search (these differ: {differing}); move it away, or give another file"
    assert str(raised.value) == told
    assert path.read_bytes() == before


def test_a_study_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    study = optuna.create_study(study_name=NAME, storage=f"sqlite:///{path}")
    study.optimize(lambda trial: trial.suggest_float("x", 0.0, 1.0), n_trials=1)
    with (
        pytest.raises(UserError, match=r": holds another search \(these differ: optim\.lr, model\.hidden, "),
        opened(path, planned()),
    ):
        pass


def test_a_file_that_is_held_by_a_writer_is_told(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    with opened(path, planned()) as study:
        study.ask(1)
        other = sqlite3.connect(path)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageError) as raised:
            study.tell(0, 1.0)
        other.close()
        told = f"{path}: cannot be used as the record of a search (database is locked); free it, or move it away"
        assert str(raised.value) == told
        study.tell(0, 1.0)


def told_of_damage(path: Path) -> str:
    """Why a file is refused, which it is left for as it was."""
    before = path.read_bytes()
    with pytest.raises(StorageError) as raised, opened(path, planned()):
        pass
    assert path.read_bytes() == before
    head, _, rest = str(raised.value).removeprefix(f"{path}: damaged (").rpartition("); ")
    assert rest == "move it aside, and the same command starts a new search that keeps the runs that have ended"
    return head


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0" + bytes(100)], ids=["text", "head"])
def test_a_file_that_is_no_database_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "study.db"
    path.write_bytes(content)
    assert told_of_damage(path) == "file is not a database"


@pytest.mark.long
@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"COMPLETE(?!')", b"COMPLETF", "'COMPLETF'"),
        (b"FloatDistribution", b"FloatDistributioo", "Unknown distribution"),
        (b'"low"', b'"lov"', "FloatDistribution.__init__"),
        (b'"high"', b"\"high'", "Expecting"),
        (b"IntDistribution", b"\xc9ntDistribution", "Could not decode to UTF-8"),
        (b"optim.lr(?![\"'])", b"optim.lz", "'optim.lr'"),
        (b"CREATE TABLE trials", b"CREATE TABLE trialz", "malformed database schema"),
    ],
    ids=["state", "distribution", "argument", "JSON", "UTF-8", "key", "schema"],
)
def test_a_word_that_is_damaged_is_told(tmp_path: Path, old: bytes, new: bytes, reason: str) -> None:
    path = tmp_path / "study.db"
    finished(path, planned(trials=3))
    whole = path.read_bytes()
    path.write_bytes(re.sub(old, new, whole))
    assert told_of_damage(path).startswith(reason)


def test_a_file_that_is_cut_off_is_told_and_moved_aside_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    found = finished(path, planned(trials=3))
    path.write_bytes(path.read_bytes()[:-5000])
    assert told_of_damage(path) == "database disk image is malformed"
    path.rename(tmp_path / "aside.db")
    assert finished(path, planned(trials=3)) == found


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(StorageError, match=r"cannot be used as the record of a search"),
        opened(tmp_path / "file" / "study.db", planned()),
    ):
        pass


# What matters


@pytest.mark.long
@pytest.mark.parametrize("key", ["optim.lr", "model.hidden", "model.dropout", "train.epochs"])
def test_what_matters_is_what_the_values_depend_on(tmp_path: Path, key: str) -> None:
    words = {"[32]": 0.0, "[64,64]": 1.0}
    with opened(tmp_path / "study.db", planned(sampler="random")) as study:
        for trial in study.ask(16):
            given = dict(each.split("=") for each in trial.overrides)
            number = {name: words[text] if text in words else float(text) for name, text in given.items()}
            number["optim.lr"] = math.log(number["optim.lr"])
            study.tell(trial.number, number[key])
        found = study.importances()
        assert study.importances() == found
    assert found is not None
    assert next(iter(found)) == key
    assert found[key] > 0.8
    assert set(found) == {each.key for each in SPACE.dimensions}
    assert sum(found.values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("dimensions", "values"),
    [
        ([LR, HIDDEN], []),
        ([LR, HIDDEN], [1.0]),
        ([LR, HIDDEN], [1.0, math.inf]),
        ([LR, HIDDEN], [0.0] * 12),
        ([LR], [float(value) for value in range(12)]),
        ([LR, Choice("x", ("1",))], [float(value) for value in range(12)]),
    ],
    ids=["none", "one", "infinite", "constant", "dimension", "fixed"],
)
def test_where_nothing_can_matter_there_is_no_answer(
    tmp_path: Path, dimensions: Sequence[Dimension], values: list[float]
) -> None:
    with opened(tmp_path / "study.db", planned(Space(tuple(dimensions)))) as study:
        for trial, value in zip(study.ask(len(values)), values, strict=True):
            study.tell(trial.number, value)
        assert study.importances() is None


def test_two_trials_suffice(tmp_path: Path) -> None:
    with opened(tmp_path / "study.db", planned(Space((LR, EPOCHS)))) as study:
        for trial in study.ask(2):
            study.tell(trial.number, float(trial.number))
        found = study.importances()
    assert found is not None
    assert sum(found.values()) == pytest.approx(1.0)
