"""The commands as people call them: results, refusals, signals, and what they import."""

from __future__ import annotations

import dataclasses
import importlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from conftest import (
    ROOT,
    Reproduced,
    beside_notes,
    by_scikit_learn,
    client,
    environment,
    files,
    printed_run,
    run,
    run_ids,
)
from processes import Started

from logodds.data import splitter
from logodds.data.sources.downloads import public
from logodds.data.sources.readers import assemble
from logodds.options import configfile
from logodds.runs.config import read_config
from logodds.serving import package
from logodds.system import hashes
from logodds.system.errors import UserError

MISSING = "0123456789abcdef0123456789abcdef"
ABSENT_GPU = "train.device=cuda: PyTorch finds no GPU on this machine; use train.device=cpu or auto"


def plain(stderr: str) -> str:
    """What a command said beside its imports."""
    return "".join(line for line in stderr.splitlines(keepends=True) if not line.startswith("import time:"))


def packages(stderr: str) -> set[str]:
    """Modules that ``-X importtime`` told, with the packages above them."""
    names = [line.rpartition("|")[2].strip() for line in stderr.splitlines() if line.startswith("import time:")]
    return {".".join(name.split(".")[:end]) for name in names for end in range(1, name.count(".") + 2)}


def test_the_test_rows_are_opened_for_a_run(reproduced: Reproduced, solo: subprocess.CompletedProcess[str]) -> None:
    run_id = printed_run(solo.stdout)
    store = client(reproduced.clone)
    before = store.get_run(run_id)
    done = run(reproduced.clone, "src/evaluate.py", f"run={run_id}")
    after = store.get_run(run_id)
    (folder,) = [Path(line.split()[1]) for line in solo.stdout.splitlines() if line.startswith("files:")]
    place = reproduced.clone / "mlruns" / "artifacts" / "iris" / run_id / "artifacts" / "config.yaml"
    config = read_config(configfile.load(place))
    table = assemble.read(dataclasses.replace(config.problem, path=str(reproduced.clone / config.problem.path)))
    rows = splitter.split(table, config.split).test
    expected = by_scikit_learn(package.load(folder / "model").logits(table.columns.take(rows)), table.target[rows])
    added = {name: value for name, value in after.data.metrics.items() if name not in before.data.metrics}
    assert added == pytest.approx({f"test/{name}": value for name, value in expected.items()}, rel=1e-12)
    assert {name: after.data.metrics[name] for name in before.data.metrics} == before.data.metrics
    assert (after.info.status, after.info.end_time) == ("FINISHED", before.info.end_time)
    assert f"{expected['log_loss']:.4f}" in done.stdout
    assert done.stdout.startswith(f"iris: test rows of run {run_id}")


@pytest.fixture
def changed_iris(reproduced: Reproduced) -> Iterator[Path]:
    """The data with another first row, for the time of a test."""
    path = reproduced.clone / "data" / "iris.csv"
    right = path.read_bytes()
    path.write_bytes(right.replace(b"5.1,3.5,1.4,0.2", b"5.1,3.5,1.4,0.3", 1))
    yield path
    path.write_bytes(right)


def test_a_run_is_not_judged_on_other_data(
    reproduced: Reproduced, solo: subprocess.CompletedProcess[str], changed_iris: Path
) -> None:
    run_id = printed_run(solo.stdout)
    store = client(reproduced.clone)
    before = store.get_run(run_id).data
    done = run(reproduced.clone, "src/evaluate.py", f"run={run_id}", check=False)
    assert done.returncode == 2
    assert done.stderr == (
        f"error: data/iris.csv: md5 {hashes.md5(changed_iris)[:8]}…, but run {run_id} was trained on "
        f"{before.tags['data.md5'][:8]}…; bring that version back (git checkout data.dvc && dvc checkout)\n"
    )
    assert store.get_run(run_id).data.metrics == before.metrics


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (
            ["src/evaluate.py", f"run={MISSING}"],
            2,
            f"run={MISSING}: no such run in sqlite:///{{clone}}/mlruns/mlflow.db; copy the id from the run's page",
        ),
        (
            ["src/train.py", "optim.lrr=1"],
            2,
            "optim.lrr: unknown key; did you mean optim.lr, optim.name, optim.nesterov?",
        ),
        (["src/train.py", "train.epochs=many"], 2, "train.epochs=many: must be a whole number"),
        pytest.param(
            ["src/train.py", "tracking=none", "train.device=cuda"],
            2,
            ABSENT_GPU,
            marks=pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU"),
        ),
    ],
    ids=["run", "key", "type", "device"],
)
def test_a_mistake_is_told_in_one_line(reproduced: Reproduced, arguments: list[str], code: int, told: str) -> None:
    before = files(reproduced.clone)
    done = run(reproduced.clone, *arguments, check=False)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr == f"error: {told.format(clone=reproduced.clone)}\n"
    written = {name for name, when in files(reproduced.clone).items() if before.get(name) != when}
    assert {name for name in written if not name.startswith("mlruns/")} == set()


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("evaluate", [], "usage: python src/evaluate.py run=RUN_ID | out/PROBLEM/config.yaml"),
        ("evaluate", ["iris"], "usage: python src/evaluate.py run=RUN_ID | out/PROBLEM/config.yaml"),
        ("evaluate", ["run=a", "run=b"], "usage: python src/evaluate.py run=RUN_ID | out/PROBLEM/config.yaml"),
        ("evaluate", ["run=a/b"], "run=a/b: not a run id; copy it from the table or from the run's page"),
        ("evaluate", ["nowhere/config.yaml"], "nowhere/config.yaml: no such configuration; {write}"),
        ("doctor", ["toy"], "usage: python src/doctor.py"),
        ("fetch", ["data"], "data: no public data set of that name; known: adult, mnist, spam, titanic"),
        ("prepare", [], "usage: python src/prepare.py out/PROBLEM/config.yaml"),
        ("split", ["--help"], "usage: python src/split.py out/PROBLEM/config.yaml"),
        ("split", ["nowhere/config.yaml"], "nowhere/config.yaml: no such configuration; {write}"),
        ("train", ["nowhere/config.yaml"], "nowhere/config.yaml: no such configuration; {write}"),
        ("replay", [], "usage: python src/replay.py run=RUN_ID [strict=true]"),
        ("replay", ["run=a", "strict=yes"], "usage: python src/replay.py run=RUN_ID [strict=true]"),
        ("replay", ["run=../a"], "run=../a: not a run id; copy it from the table or from the run's page"),
        ("retrain", ["nowhere"], "usage: python src/retrain.py FOLDER ..., as a replay calls it"),
        ("reproduce", ["toy", "iris"], "usage: python src/reproduce.py [problem]"),
        ("compose", ["modle=mlp"], "modle: unknown key; did you mean model, model.name?"),
        ("compose", ["problem=iriss"], "problem=iriss: unknown option; did you mean iris, iris3, digits?"),
    ],
)
def test_a_command_refuses(monkeypatch: pytest.MonkeyPatch, name: str, arguments: list[str], told: str) -> None:
    monkeypatch.setattr(sys, "argv", [f"src/{name}.py", *arguments])
    command = importlib.import_module(f"logodds.commands.{name}")
    with pytest.raises(UserError) as caught:
        command.main()
    assert str(caught.value) == told.format(write="write it with `python src/compose.py problem=NAME`")


@pytest.mark.long
@pytest.mark.parametrize(
    "name", ["compose", "digest", "doctor", "evaluate", "fetch", "prepare", "replay", "reproduce", "split"]
)
def test_every_command_has_help(tmp_path: Path, name: str) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "src" / f"{name}.py", "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"python src/{name}.py" in done.stdout
    assert done.stderr == ""


def test_help_names_every_public_data_set() -> None:
    told = importlib.import_module("logodds.commands.fetch").__doc__ or ""
    assert [name for name in public.PUBLIC if name not in told] == []


@pytest.mark.slow
def test_help_names_every_group(clone: Path) -> None:
    done = run(clone, "src/train.py", "--help")
    groups = {path.parent.name: path.parent for path in (clone / "conf").glob("*/*.yaml")}
    lines = done.stdout.splitlines()
    for name, folder in groups.items():
        assert f"{name}: {', '.join(sorted(path.stem for path in folder.glob('*.yaml')))}" in lines
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        (["src/compose.py", "problem=iris"], {"torch", "sklearn", "mlflow", "matplotlib"}),
        (["src/prepare.py", "out/iris/config.yaml"], {"torch", "sklearn", "mlflow", "matplotlib"}),
        (["src/split.py", "out/iris/config.yaml"], {"torch", "sklearn", "mlflow", "matplotlib"}),
    ],
    ids=["compose", "prepare", "split"],
)
def test_a_command_imports_no_more_than_it_needs(
    reproduced: Reproduced, arguments: list[str], absent: set[str]
) -> None:
    done = run(reproduced.clone, "-X", "importtime", *arguments)
    found = packages(done.stderr)
    assert {"logodds", "numpy"} & found
    assert found & absent == set()
    assert plain(done.stderr) == ""


def test_training_imports_no_more_than_it_needs(solo: subprocess.CompletedProcess[str]) -> None:
    """Its record goes to a store that is there: MLflow and its database's libraries are not needed for that."""
    found = packages(solo.stderr)
    assert {"torch", "logodds.runs.training", "logodds.tracking.mlflow.local.writer"} <= found
    slow = {"mlflow", "sqlalchemy", "alembic", "sklearn", "matplotlib"}
    assert found & {*slow, "torch._dynamo", "torch._inductor", "sympy"} == set()
    assert beside_notes(plain(solo.stderr)) == ""


SIGNALS = {signal.SIGTERM: 143, signal.SIGINT: 130}


@dataclass(frozen=True)
class Ended:
    """How a training ended after a signal, and the status of its run."""

    code: int | None
    stdout: str
    stderr: str
    status: str


@pytest.fixture(scope="module")
def ended(reproduced: Reproduced) -> dict[signal.Signals, Ended]:
    """Two trainings side by side that would take days, each sent another signal once its run has points."""
    store = client(reproduced.clone)
    processes = {number: endless(reproduced.clone, number) for number in SIGNALS}
    found = {}
    try:
        for number, process in processes.items():
            run_id = begun(reproduced.clone, process, number)
            process.send_signal(number)
            stdout, stderr = process.communicate(timeout=60)
            found[number] = Ended(process.returncode, stdout, stderr, store.get_run(run_id).info.status)
    finally:
        for process in processes.values():
            process.kill()
            process.wait()
    return found


def endless(clone: Path, number: signal.Signals) -> Started:
    command = ["src/train.py", "problem=toy", "train.epochs=100000000", f"train.seed={int(number)}"]
    return Started(clone, command, environment(clone))


def begun(clone: Path, process: Started, number: signal.Signals) -> str:
    """The id of the running run, once it has points."""
    condition = f"attributes.status = 'RUNNING' and params.`train.seed` = '{int(number)}'"
    for _ in range(600):
        for run_id in run_ids(clone, "toy", condition):
            if client(clone).get_run(run_id).data.metrics:
                return run_id
        assert process.poll() is None
        time.sleep(0.1)
    raise AssertionError("no run began")


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_ends_the_run_as_killed(ended: dict[signal.Signals, Ended], number: signal.Signals) -> None:
    last = ended[number].stderr.splitlines()
    # Beside the notes, on a slow machine a line of progress may stand above.
    told = [line for line in last if " epochs  " not in line and not line.startswith("note: ")]
    assert (ended[number].code, ended[number].status) == (SIGNALS[number], "KILLED")
    assert ended[number].stdout == ""
    assert told == ["interrupted" if number is signal.SIGINT else "terminated"]
