"""Searches from the command line: what they try, train, record, leave out, resume and refuse."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from typing import Any

import optuna
import pytest
from conftest import beside_notes
from sweep_stores import Sweeps

OPTUNA = "hydra/sweeper=optuna"
RATE = "optim.lr=tag(log,interval(1e-3,1))"


def studied(sweeps: Sweeps, parent: Any) -> list[optuna.trial.FrozenTrial]:
    """The trials of a search."""
    path = sweeps.clone / "mlruns" / "sweeps" / f"{parent.data.tags['sweep.signature'][:16]}.db"
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    (summary,) = optuna.get_all_study_summaries(f"sqlite:///{path}")
    return optuna.load_study(study_name=summary.study_name, storage=f"sqlite:///{path}").trials


def test_a_trial_is_a_run_of_its_configuration_and_its_value_the_validation_figure(sweeps: Sweeps) -> None:
    jobs = ("train.epochs=3", RATE, "model=logistic,mlp", "hydra.sweeper.n_trials=6", "hydra.sweeper.generation=3")
    sweeps.run(OPTUNA, *jobs)
    (parent,) = sweeps.parents()
    children = sweeps.children(parent.info.run_id)
    trials = studied(sweeps, parent)
    assert [each.state.name for each in trials] == ["COMPLETE"] * 6
    by_trial = {int(each.data.tags["sweep.trial"]): each for each in children}
    assert sorted(by_trial) == list(range(6))
    for trial in trials:
        run = by_trial[trial.number]
        assert float(run.data.params["optim.lr"]) == trial.params["optim.lr"]
        assert run.data.params["model.name"] == trial.params["model"]
        assert run.data.metrics["best/log_loss"] == trial.value
        assert not any(name.startswith("test/") for name in run.data.metrics)
    # The same configurations one after the other, as own runs.
    for trial in trials[:3]:
        sweeps.single("train.epochs=3", f"optim.lr={trial.params['optim.lr']!r}", f"model={trial.params['model']}")
        solo = sweeps.runs()[-1]
        assert solo.data.tags["weights.sha256"] == by_trial[trial.number].data.tags["weights.sha256"]
    best = min(children, key=lambda each: each.data.metrics["best/log_loss"])
    (parent,) = (each for each in sweeps.parents() if "sweep.id" in each.data.tags)
    assert parent.data.tags["sweep.best"] == best.info.run_id
    assert parent.info.status == "FINISHED"


@pytest.mark.long
def test_the_same_command_runs_nothing_and_more_trials_go_on(sweeps: Sweeps) -> None:
    jobs = ("train.epochs=2", RATE, "hydra.sweeper.generation=2", "hydra.sweeper.sampler=random")
    sweeps.run(OPTUNA, *jobs, "hydra.sweeper.n_trials=4")
    (parent,) = sweeps.parents()
    before = sweeps.results(parent.info.run_id)
    sweeps.run(OPTUNA, *jobs, "hydra.sweeper.n_trials=4")
    assert sweeps.results(parent.info.run_id) == before
    sweeps.run(OPTUNA, *jobs, "hydra.sweeper.n_trials=7")
    after = sweeps.results(parent.info.run_id)
    assert len(after) == 7
    assert all(each in after for each in before)
    sweeps.run(OPTUNA, *jobs, "hydra.sweeper.n_trials=7", "sweep.retry=all")
    _, fresh = sweeps.parents()
    assert sweeps.results(fresh.info.run_id) == after  # whatever was asked for at a time


@pytest.mark.long
def test_a_damaged_study_is_moved_aside_and_no_run_is_trained_again(sweeps: Sweeps) -> None:
    jobs = (OPTUNA, "train.epochs=2", RATE, "hydra.sweeper.generation=2", "hydra.sweeper.n_trials=6")
    sweeps.run(*jobs)
    (parent,) = sweeps.parents()
    before, trials = sweeps.results(parent.info.run_id), studied(sweeps, parent)
    path = sweeps.clone / "mlruns" / "sweeps" / f"{parent.data.tags['sweep.signature'][:16]}.db"
    path.write_bytes(path.read_bytes()[:9000])
    ended = sweeps.run(*jobs, check=False)
    told = f"error: {path}: damaged (database disk image is malformed); "
    assert ended.returncode == 74
    assert (
        beside_notes(ended.stderr)
        == f"{told}move it aside, and the same command starts a new search that keeps the runs that have ended\n"
    )
    assert sweeps.results(parent.info.run_id) == before
    path.rename(path.with_suffix(".aside"))
    sweeps.run(*jobs)
    (parent,) = sweeps.parents()
    assert sweeps.results(parent.info.run_id) == before
    assert [(each.params, each.value) for each in studied(sweeps, parent)] == [
        (each.params, each.value) for each in trials
    ]


@pytest.mark.long
def test_seeds_repeat_every_trial_and_its_value_is_their_mean(sweeps: Sweeps) -> None:
    sweeps.run(OPTUNA, "train.epochs=2", RATE, "train.seed=1,2,3", "hydra.sweeper.n_trials=3")
    (parent,) = sweeps.parents()
    children = sweeps.children(parent.info.run_id)
    assert len(children) == 9
    for trial in studied(sweeps, parent):
        assert set(trial.params) == {"optim.lr"}
        repeats = [each for each in children if int(each.data.tags["sweep.trial"]) == trial.number]
        assert sorted(each.data.params["train.seed"] for each in repeats) == ["1", "2", "3"]
        assert trial.value == pytest.approx(sum(each.data.metrics["best/log_loss"] for each in repeats) / 3, rel=1e-12)


@pytest.mark.long
def test_a_grid_is_searched_whole_and_no_point_twice(sweeps: Sweeps) -> None:
    swept = ("optim.lr=0.01,0.1", "optim.weight_decay=0,1e-4,1e-2")
    sweeps.run(OPTUNA, "train.epochs=2", *swept, "hydra.sweeper.sampler=grid", "hydra.sweeper.n_trials=50")
    sweeps.run("train.epochs=2", *swept)
    searched, listed = sweeps.parents()
    found, expected = sweeps.children(searched.info.run_id), sweeps.children(listed.info.run_id)

    def digests(runs: list[Any]) -> list[str]:
        return sorted(each.data.tags["weights.sha256"] for each in runs)

    assert len(found) == 6
    assert digests(found) == digests(expected)


def test_a_point_that_is_proposed_again_is_not_trained_again(sweeps: Sweeps) -> None:
    jobs = ("train.epochs=2", "optim.lr=0.01,0.1", "hydra.sweeper.sampler=random", "hydra.sweeper.n_trials=8")
    sweeps.run(OPTUNA, *jobs)
    (parent,) = sweeps.parents()
    trials = studied(sweeps, parent)
    assert [each.state.name for each in trials] == ["COMPLETE"] * 8
    assert len(sweeps.children(parent.info.run_id)) == len({each.params["optim.lr"] for each in trials}) == 2
    assert len({(each.params["optim.lr"], each.value) for each in trials}) == 2


def test_points_that_differ_in_a_key_without_effect_are_trained_once(sweeps: Sweeps) -> None:
    swept = ("features.scale=standard,quantile", "features.bins=null,4", "hydra.sweeper.sampler=grid")
    told = sweeps.run(OPTUNA, "train.epochs=2", *swept).stderr
    (parent,) = sweeps.parents()
    children = sweeps.children(parent.info.run_id)
    trials = studied(sweeps, parent)
    assert (len(trials), len(children)) == (4, 3)
    assert len({trial.value for trial in trials if trial.params["features.bins"] == "4"}) == 1
    note = "note: features.bins=4 takes the place of scaling: features.scale=quantile without effect\n"
    assert told.count(note) == 1


@pytest.mark.long
def test_trials_that_are_behind_leave_with_what_they_are_alone_up_to_then(sweeps: Sweeps) -> None:
    rung = ("hydra.sweeper.min_epochs=2", "hydra.sweeper.reduction_factor=2")
    sweeps.run(OPTUNA, "train.epochs=8", RATE, "hydra.sweeper.n_trials=12", "hydra.sweeper.generation=4", *rung)
    (parent,) = sweeps.parents()
    trials = studied(sweeps, parent)
    states = [each.state.name for each in trials]
    assert set(states) == {"COMPLETE", "PRUNED"}
    assert states.count("PRUNED") >= 6  # of the first four two at least, and so on
    by_trial = {int(each.data.tags["sweep.trial"]): each for each in sweeps.children(parent.info.run_id)}
    store = sweeps.client()
    for trial in trials:
        run = by_trial[trial.number]
        epochs = [each.step for each in store.get_metric_history(run.info.run_id, "val/loss")]
        stopped = int(run.data.tags.get("stopped.epoch", "8"))
        assert epochs == list(range(1, stopped + 1))
        assert (trial.state.name == "PRUNED") == ("stopped.epoch" in run.data.tags)
        assert stopped in (2, 4, 8)
    pruned = next(each for each in trials if each.state.name == "PRUNED")
    sweeps.single("train.epochs=8", f"optim.lr={pruned.params['optim.lr']!r}")
    solo, cut = sweeps.runs()[-1].info.run_id, by_trial[pruned.number].info.run_id
    whole = [each.value for each in store.get_metric_history(solo, "val/loss")]
    part = [each.value for each in store.get_metric_history(cut, "val/loss")]
    assert part == whole[: len(part)]


@pytest.mark.long
def test_a_killed_search_goes_on_with_the_trials_of_one_that_was_not(sweeps: Sweeps) -> None:
    jobs = (
        OPTUNA,
        "train.epochs=150",
        RATE,
        "train.seed=1,2",
        "hydra.sweeper.n_trials=9",
        "hydra.sweeper.generation=3",
    )
    for finished in (0, 5):
        with sweeps.begin(*jobs) as started:
            while sum(each.info.status == "FINISHED" for each in sweeps.runs()) <= finished:
                assert started.poll() is None, started.communicate()
                time.sleep(0.05)
            started.send_signal(signal.SIGKILL)
            started.communicate()
    sweeps.run(*jobs)
    (parent,) = sweeps.parents()
    killed = sweeps.results(parent.info.run_id)
    assert len(killed) == 18
    sweeps.run(*jobs, "sweep.retry=all")
    _, whole = sweeps.parents()
    assert killed == sweeps.results(whole.info.run_id)


@pytest.mark.long
def test_a_trial_that_diverges_fails_alone_and_is_not_tried_again(sweeps: Sweeps) -> None:
    jobs = (OPTUNA, "train.epochs=3", "model=mlp", "optim.lr=0.1,1e38", "hydra.sweeper.sampler=grid")
    done = sweeps.run(*jobs)
    assert "failed: lr=1e+38: train/loss is" in done.stdout
    (parent,) = sweeps.parents()
    assert sorted(each.state.name for each in studied(sweeps, parent)) == ["COMPLETE", "FAIL"]
    again = sweeps.run(*jobs)
    assert again.stdout == f"2 trials of 2 done already\n{done.stdout}"
    assert len(sweeps.children(parent.info.run_id)) == 2
    alone = sweeps.run(OPTUNA, "train.epochs=3", "model=mlp", "optim.lr=1e37,1e38", check=False)
    told = "error: no trial ended with a figure; see the reasons above, and narrow the values that are tried\n"
    assert (alone.returncode, beside_notes(alone.stderr)) == (1, told)


@pytest.mark.long
def test_the_parent_holds_pictures_and_a_ranking_of_all_trials(sweeps: Sweeps, tmp_path: Path) -> None:
    swept = (RATE, "optim.weight_decay=0,1e-4", "hydra.sweeper.n_trials=5")
    told = sweeps.run(OPTUNA, "train.epochs=2", *swept).stderr
    note = "note: hydra.sweeper.sampler=tpe: 1 of 5 trials is drawn at random, its result guides the others\n"
    assert told.count(note) == 1
    (parent,) = sweeps.parents()
    store = sweeps.client()
    names = {each.path for each in store.list_artifacts(parent.info.run_id)}
    assert {"history.svg", "ranking.json"} <= names
    ranking = json.loads(Path(store.download_artifacts(parent.info.run_id, "ranking.json", str(tmp_path))).read_text())
    assert len(ranking["data"]) == 5
