"""Runs of a clean clone trained again from their records, as a person calls it."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import torch
from conftest import Reproduced, client, git, printed_run, run, run_ids

SHORT = ("problem=iris", "train.epochs=6", "optim.lr=0.1")
TAGS = ("replay.verdict", "replay.reason")


@pytest.fixture(scope="module")
def project(reproduced: Reproduced, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the clone after its pipeline, without the store and the runs outside the pipeline."""
    copy = tmp_path_factory.mktemp("replay") / "project"
    shutil.copytree(reproduced.clone, copy, ignore=shutil.ignore_patterns("mlflow.db*", "artifacts", ".pytest_cache"))
    shutil.rmtree(copy / "out" / "runs", ignore_errors=True)
    return copy


@pytest.fixture(scope="module")
def solo_run(project: Path) -> str:
    return printed_run(run(project, "src/train.py", *SHORT).stdout)


def replay(project: Path, run_id: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Replay, and find nothing left of it but in the record."""
    before = git(project, "status", "--porcelain")
    done = run(project, "src/replay.py", f"run={run_id}", *arguments, check=False)
    assert git(project, "status", "--porcelain") == before
    assert len(git(project, "worktree", "list").splitlines()) == 1
    assert "Traceback" not in done.stderr
    return done


def artifacts(project: Path, run_id: str) -> Path:
    return project / "mlruns" / "artifacts" / "iris" / run_id / "artifacts"


def weights_file(project: Path, run_id: str) -> Path:
    """The weights of a run in the store."""
    (found,) = [
        path
        for path in (project / "mlruns").rglob("weights.safetensors")
        if run_id in (path.parents[2] / "MLmodel").read_text()
    ]
    return found


def told(project: Path, run_id: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((artifacts(project, run_id) / "replay.json").read_text())
    return found


def children(project: Path, parent: str) -> list[str]:
    return run_ids(project, "iris", f"tags.`mlflow.parentRunId` = '{parent}'")


def parent(project: Path, *arguments: str) -> str:
    """The parent of the runs that a training adds."""
    before = set(run_ids(project, "iris"))
    run(project, "src/train.py", *arguments)
    store = client(project)
    new = [store.get_run(each) for each in set(run_ids(project, "iris")) - before]
    (found,) = [each.info.run_id for each in new if "mlflow.parentRunId" not in each.data.tags]
    return str(found)


def test_a_solo_run_is_identical(project: Path, solo_run: str) -> None:
    before = client(project).get_run(solo_run)
    done = replay(project, solo_run, "strict=true")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "verdict: identical")
    after = client(project).get_run(solo_run)
    assert (after.info.status, after.info.end_time) == ("FINISHED", before.info.end_time)
    assert after.data.metrics == before.data.metrics
    added = {name: value for name, value in after.data.tags.items() if name not in before.data.tags}
    assert {name: added.pop(name) for name in TAGS} == dict(zip(TAGS, ("identical", ""), strict=True))
    found = told(project, solo_run)
    assert added == {"replay.time": found["time"]}
    assert (found["verdict"], found["reasons"], found["machine"]) == ("identical", [], {})
    assert found["commit"] == git(project, "rev-parse", "HEAD").strip()
    assert {each["recorded"] == each["replayed"] for each in found["digests"].values()} == {True}


def test_a_run_of_the_pipeline_is_identical(project: Path) -> None:
    run_id = printed_run(run(project, "src/train.py", "out/iris/config.yaml").stdout)
    assert replay(project, run_id).returncode == 0
    assert client(project).get_run(run_id).data.tags["replay.verdict"] == "identical"


@pytest.mark.usefixtures("solo_run")  # the experiment is there already
@pytest.mark.parametrize(
    ("arguments", "runs"),
    [
        pytest.param(("-m", *SHORT, "train.seed=1,2", "model=logistic,mlp"), 4, id="sweep"),
        pytest.param(("problem=iris", "train.epochs=4", "split.folds=3"), 3, id="folds", marks=pytest.mark.long),
        pytest.param(
            (
                *("-m", "problem=iris", "train.epochs=9", "hydra/sweeper=optuna", "hydra.sweeper.n_trials=5"),
                *("optim.lr=tag(log,interval(1e-3,1))", "hydra.sweeper.min_epochs=2"),
                "hydra.sweeper.generation=5",
            ),
            5,
            id="search",
            marks=pytest.mark.long,
        ),
    ],
)
def test_all_runs_below_one_are_identical(project: Path, arguments: tuple[str, ...], runs: int) -> None:
    above = parent(project, *arguments)
    done = replay(project, above)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, f"verdict: {runs} identical")
    store = client(project)
    tags = store.get_run(above).data.tags
    assert [tags[name] for name in TAGS] == ["identical", f"{runs} identical"]
    below = [store.get_run(each).data.tags for each in children(project, above)]
    assert [each["replay.verdict"] for each in below] == ["identical"] * runs
    if "hydra.sweeper.min_epochs=2" in arguments:
        assert any("stopped.epoch" in each for each in below)


@pytest.mark.long
def test_what_was_not_committed_is_in_the_record(project: Path, solo_run: str) -> None:
    """An edit of the code that changes the learning rate, and a new file of it; both are gone when the run is
    replayed."""
    schedule, new = project / "src" / "logodds" / "engine" / "schedule.py", project / "src" / "logodds" / "halved.py"
    new.write_text("HALF = 0.5\n")
    text = schedule.read_text()
    for old, edited in (("\nfrom ", "\nfrom logodds import halved\nfrom "), ("else 1.0\n", "else halved.HALF\n")):
        before, found, after = text.rpartition(old)
        assert found
        text = f"{before}{edited}{after}"
    schedule.write_text(text)
    run_id = printed_run(run(project, "src/train.py", *SHORT).stdout)
    refused = run(project, "src/train.py", *SHORT, "tracking.dirty=refuse", check=False)
    assert refused.returncode == 2
    assert refused.stderr.splitlines()[-1].startswith(
        "error: tracking.dirty=refuse: src/logodds/engine/schedule.py and 1 more differ from commit "
    )
    new.unlink()
    git(project, "checkout", "--", "src")
    store = client(project)
    weights = [store.get_run(each).data.tags["weights.sha256"] for each in (run_id, solo_run)]
    assert weights[0] != weights[1]
    done = replay(project, run_id)
    assert "and the recorded changes of 2 files (src/logodds/engine/schedule.py, src/logodds/halved.py)" in done.stdout
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "verdict: identical")
    (artifacts(project, run_id) / "uncommitted.diff").write_bytes(b"")
    done = replay(project, run_id)
    assert (done.returncode, done.stdout) == (
        3,
        "record: uncommitted.diff does not match its digest\nverdict: not comparable\n",
    )


@pytest.mark.long
def test_data_of_another_version_comes_from_dvc(project: Path, solo_run: str) -> None:
    path, cache = project / "data" / "iris.csv", project / ".dvc" / "cache"
    right = path.read_bytes()
    changed = right.replace(b"5.1,3.5,1.4,0.2", b"5.1,3.5,1.4,0.3", 1)
    path.write_bytes(changed)
    try:
        done = replay(project, solo_run)
        assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "verdict: identical")
        assert path.read_bytes() == changed
        cache.rename(project / "cache")
        done = replay(project, solo_run)
        (project / "cache").rename(cache)
        assert done.returncode == 3
        assert done.stdout.splitlines()[1:] == [
            "data: data/iris.csv is not what the run read, nor does DVC's cache hold that; try dvc fetch --all-commits",
            "verdict: not comparable",
        ]
    finally:
        path.write_bytes(right)


@pytest.mark.long
def test_a_record_of_an_earlier_version_is_identical(project: Path) -> None:
    """Its facts are tags. A file of facts that has changed is told instead, and so is a tag."""
    run_id = printed_run(run(project, "src/train.py", *SHORT).stdout)
    path, store = artifacts(project, run_id) / "provenance.json", client(project)
    right = path.read_bytes()
    path.write_bytes(right.replace(torch.__version__.encode(), b"0.1"))
    done = replay(project, run_id)
    assert (done.returncode, done.stdout) == (
        3,
        "record: provenance.json does not match its digest\nverdict: not comparable\n",
    )
    path.unlink()
    store.delete_tag(run_id, "provenance.sha256")
    for name, value in json.loads(right).items():
        store.set_tag(run_id, name, value)
    done = replay(project, run_id, "strict=true")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "verdict: identical")
    assert told(project, run_id)["machine"] == {}
    store.set_tag(run_id, "version.torch", "0.1")
    assert replay(project, run_id).returncode == 0
    assert told(project, run_id)["machine"] == {"version.torch": {"recorded": "0.1", "replayed": torch.__version__}}


@pytest.mark.long
def test_a_changed_record_is_different(project: Path) -> None:
    run_id = printed_run(run(project, "src/train.py", *SHORT).stdout)
    folder = artifacts(project, run_id)
    rows = (folder / "history.csv").read_text().splitlines()
    cells = rows[3].split(",")
    loss = float(cells[rows[0].split(",").index("train/loss")])
    (folder / "history.csv").write_text("\n".join([*rows[:3], rows[3].replace(repr(loss), "9.5"), *rows[4:], ""]))
    place = weights_file(project, run_id)
    weights = safetensors.numpy.load_file(place)
    name = next(iter(weights))
    before = float(weights[name].flat[0])
    weights[name] = weights[name].copy()
    weights[name].flat[0] = 100.0
    place.write_bytes(safetensors.numpy.save(weights))
    packages = (folder / "packages.txt").read_text()
    (folder / "packages.txt").write_text(packages.replace(f"numpy=={np.__version__}", "numpy==0.1"))
    done = replay(project, run_id)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (3, "verdict: not comparable")
    assert told(project, run_id)["reasons"] == ["record: history.csv does not match its digest"]
    changed = {"history": folder / "history.csv", "weights": place, "packages.txt": folder / "packages.txt"}
    for tag, path in changed.items():  # by one who means it
        client(project).set_tag(run_id, f"{tag}.sha256", hashlib.sha256(path.read_bytes()).hexdigest())
    client(project).log_metric(run_id, "best/extra", 0.5)
    done = replay(project, run_id)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, "verdict: different")
    found = told(project, run_id)
    assert found["reasons"][0] == f"history: train/loss of epoch 3 is 9.5 in the record, {loss!r} now"
    assert found["reasons"][1].startswith(f"weights: {name}[0")
    assert found["reasons"][1].endswith(f"is 100.0 in the record, {before!r} now")
    assert found["reasons"][2:] == ["figures: best/extra is 0.5 in the record, missing now"]
    assert found["machine"] == {"package numpy": {"recorded": "0.1", "replayed": np.__version__}}
    assert "package numpy" in done.stdout
    assert client(project).get_run(run_id).info.status == "FINISHED"


@pytest.mark.long
def test_a_record_that_is_nearly_the_replay_is_within_tolerance(project: Path) -> None:
    """As of another processor: a loss, a weight and a figure are 5e-5 apart."""
    run_id = printed_run(run(project, "src/train.py", *SHORT).stdout)
    history, place = artifacts(project, run_id) / "history.csv", weights_file(project, run_id)
    rows = [line.split(",") for line in history.read_text().splitlines()]
    rows[3][1] = repr(float(rows[3][1]) * (1 + 5e-5))
    history.write_text("".join(f"{','.join(row)}\n" for row in rows))
    weights = {name: array.copy() for name, array in safetensors.numpy.load_file(place).items()}
    largest = weights[next(iter(weights))].reshape(-1)
    largest[np.abs(largest).argmax()] *= 1 + 5e-5
    place.write_bytes(safetensors.numpy.save(weights))
    store = client(project)
    for tag, path in {"history": history, "weights": place}.items():
        store.set_tag(run_id, f"{tag}.sha256", hashlib.sha256(path.read_bytes()).hexdigest())
    store.log_metric(run_id, "best/log_loss", store.get_run(run_id).data.metrics["best/log_loss"] * (1 - 5e-5))
    store.log_metric(run_id, "cost", 3.0)  # of somebody else
    done = replay(project, run_id)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "verdict: within tolerance")
    found = told(project, run_id)
    assert (found["verdict"], found["reasons"]) == ("within tolerance", [])
    assert all(0.0 < float(apart) < 1e-3 for apart in found["largest differences"].values())


@pytest.mark.long
def test_recorded_variables_choose_the_kernels(project: Path) -> None:
    """Those of today do not; without those of the record, what the processor does otherwise is told."""
    slow = {"ATEN_CPU_CAPABILITY": "default", "MKL_CBWR": "COMPATIBLE"}
    run_id = printed_run(run(project, "src/train.py", *SHORT, "model=mlp", **slow).stdout)
    assert replay(project, run_id).returncode == 0
    assert (told(project, run_id)["verdict"], told(project, run_id)["machine"]) == ("identical", {})
    path = artifacts(project, run_id) / "provenance.json"
    facts = json.loads(path.read_text())
    path.write_text(json.dumps({name: value for name, value in facts.items() if name[4:] not in slow}))
    client(project).set_tag(run_id, "provenance.sha256", hashlib.sha256(path.read_bytes()).hexdigest())
    assert replay(project, run_id).returncode == 0
    now = torch.backends.cpu.get_cpu_capability()
    expected = {"env.MKL_CBWR": {"recorded": "none", "replayed": "AUTO"}}
    if now != "DEFAULT":
        expected["cpu.capability"] = {"recorded": "DEFAULT", "replayed": now}
    assert told(project, run_id)["machine"] == expected


def test_a_hostile_record_is_refused(project: Path, tmp_path: Path) -> None:
    run_id = printed_run(run(project, "src/train.py", *SHORT).stdout)
    path = artifacts(project, run_id) / "config.yaml"
    canary = tmp_path / "executed"
    path.write_text(path.read_text() + f"model:\n  _target_: os.system\n  command: touch {canary}\n")
    with_target = path.read_text().replace("\nmodel:\n  name: logistic\n", "\n", 1)
    path.write_text(with_target)
    done = replay(project, run_id)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"error: run={run_id}: config.yaml in its record names code to be run (model._target_); "
        "no training writes that, nothing was run\n"
    )
    assert not canary.exists()
    assert not (artifacts(project, run_id) / "replay.json").exists()


def test_a_failed_run_and_a_gone_commit_are_not_comparable(project: Path, solo_run: str) -> None:
    run(project, "src/train.py", *SHORT, "optim.lr=1e38", "optim.weight_decay=1", check=False)
    store = client(project)
    (failed,) = run_ids(project, "iris", "attributes.status = 'FAILED'")
    done = replay(project, failed)
    assert done.returncode == 3
    assert done.stdout.startswith("status: the run did not finish (FAILED: train/loss is nan in epoch 1")
    assert store.get_run(failed).info.status == "FAILED"
    before = store.get_run(solo_run).data.tags["git.commit"]
    store.set_tag(solo_run, "git.commit", "0" * 40)
    done = replay(project, solo_run)
    store.set_tag(solo_run, "git.commit", before)
    assert (done.returncode, done.stdout) == (
        3,
        "code: commit 000000000000 is not in this repository; git fetch may bring it\nverdict: not comparable\n",
    )


def test_a_run_is_shown_instead_of_trained_again(project: Path) -> None:
    own = (*SHORT, "train.seed=76", "train.reuse=true")  # no other test damages a record of this seed
    first = run(project, "src/train.py", *own)
    trained = printed_run(first.stdout)
    before = set(run_ids(project, "iris"))
    done = run(project, "src/train.py", *own)
    line, *rest = done.stdout.splitlines()
    assert line == f"already trained as run {trained}; train.reuse=false trains again"
    assert printed_run(done.stdout) == trained
    assert rest == first.stdout.splitlines()
    assert set(run_ids(project, "iris")) == before
    other = run(project, "src/train.py", *own, "train.seed=77")
    assert "already trained" not in other.stdout


@pytest.mark.long
@pytest.mark.parametrize(("file", "seed"), [("weights.safetensors", 78), ("history.csv", 79)])
def test_a_damaged_run_is_not_reused(project: Path, file: str, seed: int) -> None:
    own = (*SHORT, f"train.seed={seed}", "train.reuse=true")
    trained = printed_run(run(project, "src/train.py", *own).stdout)
    damaged = weights_file(project, trained) if file == "weights.safetensors" else artifacts(project, trained) / file
    damaged.write_bytes(damaged.read_bytes()[:-1])
    done = run(project, "src/train.py", *own)
    (note,) = [line for line in done.stderr.splitlines() if "reused" in line]
    assert note.startswith(f"note: run {trained} is not reused: ")
    assert file in note
    again = printed_run(done.stdout)
    tags = [client(project).get_run(run_id).data.tags["weights.sha256"] for run_id in (trained, again)]
    assert again != trained
    assert tags[0] == tags[1]
    assert f"already trained as run {again}" in run(project, "src/train.py", *own).stdout
