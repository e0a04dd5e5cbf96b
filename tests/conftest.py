"""What holds for every test, and one clone of the project in which commands run."""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fork_server
import numpy as np
import processes
import pytest
import torch
from filelock import FileLock
from numpy.typing import NDArray
from scipy import special
from sklearn import metrics

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from sweep_stores import Sweeps
    from torture.project import Workshop

ROOT = Path(__file__).resolve().parents[1]
PROBLEMS = ("toy", "iris", "breast_cancer")
SOLO = ("problem=iris", "train.epochs=5", "optim.lr=0.1")
# What would lead a command out of the clone, or would warn where users see nothing.
LEFT_OUT = {
    *("MLFLOW_TRACKING_URI", "LOGODDS_DEVICE", "COLUMNS"),
    *("PYTHONWARNINGS", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"),
}


def pytest_configure(config: pytest.Config) -> None:
    """Ignore what is ignored here in a way that processes which tests start do not inherit: in the background, as with
    ``nohup make test &``, the shell has Ctrl-C and the terminal's end ignored, and a test that interrupts a training
    would wait for ever."""
    if config.getoption("tx", None) and not hasattr(config, "workerinput"):
        return  # it starts the processes that run the tests, which come here themselves
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, lambda signum, frame: None)


# By fixture: what shares it runs in one process of tests, one after another. The rest keeps together by module.
GROUPS = {"solo": "solo", "workshop": "workshop", "checkout_of_pages": "pages"}
# Seconds for a test that may have to make a fixture for all.
LIMITS = {"reproduced": 600, "workshop": 300}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Groups of tests by what they share, the longest first: while one process runs the pipeline for all, another works
    in the workshop, which needs none."""
    shares, ranks = list(GROUPS.values()), {}
    for item in items:
        used = getattr(item, "fixturenames", ())
        shared = [group for name, group in GROUPS.items() if name in used]
        group = shared[0] if shared else str(item.path.relative_to(ROOT))
        item.add_marker(pytest.mark.xdist_group(group))
        if limits := [LIMITS[name] for name in used if name in LIMITS]:
            item.add_marker(pytest.mark.slow)
            if "LOGODDS_TORTURE" not in os.environ:
                item.add_marker(pytest.mark.timeout(max(limits)))
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.slow)
        quick = item.get_closest_marker("slow") is None
        ranks[group] = min(
            ranks.get(group, len(items)), shares.index(group) if group in shares else len(shares) + quick
        )
    items.sort(key=lambda item: ranks[item.get_closest_marker("xdist_group").args[0]])


def pytest_xdist_node_collection_finished(ids: list[str]) -> None:
    """Refuse versions of pytest and pytest-xdist that do not keep the groups together: module fixtures would be made in
    every process, and a test would not see what those before it did."""
    if not all("@" in test for test in ids):
        pytest.exit("pytest-xdist does not group the tests; install the versions of the lock", returncode=4)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Another number of threads sums in another order and gives other last bits."""
    torch.set_num_threads(1)


def environment(clone: Path, **changes: str) -> dict[str, str]:
    """The variables of a command in the clone."""
    kept = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    person = {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in (("NAME", "Test"), ("EMAIL", "test@example.org"))
    }
    return {
        **kept,
        **person,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "DVC_NO_ANALYTICS": "true",
        "DVC_SITE_CACHE_DIR": str(clone.parent / "site"),
        "MLFLOW_DISABLE_TELEMETRY": "true",
        **changes,
    }


def run(clone: Path, *arguments: str, check: bool = True, **env: str) -> subprocess.CompletedProcess[str]:
    """This Python with some arguments in the clone, to its end."""
    changed = environment(clone, **env)
    if fork_server.forkable(arguments, env):
        done = processes.forked(clone, arguments, changed)
    else:
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=clone, env=changed, capture_output=True, text=True)
    assert not check or done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def git(clone: Path, *arguments: str) -> str:
    """What git prints in the clone."""
    done = subprocess.run(
        ["git", *arguments], cwd=clone, env=environment(clone), capture_output=True, text=True, check=True
    )
    return done.stdout


def commit(clone: Path, message: str) -> str:
    """Commit everything; the new HEAD."""
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(clone, "rev-parse", "HEAD").strip()


def load_mlflow() -> None:
    """Import what of MLflow warns at its import: of SQLAlchemy's options in use there, and of its own type hints."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The ``noload`` loader strategy is deprecated")
        warnings.filterwarnings("ignore", "(?s).*Any type hint is inferred as AnyType")
        importlib.import_module(fork_server.CLIENT)  # first
        import mlflow.pyfunc
        import mlflow.store.tracking.sqlalchemy_store  # noqa: F401


def client(clone: Path) -> MlflowClient:
    """Reads the clone's store."""
    load_mlflow()
    from mlflow import MlflowClient

    return MlflowClient(f"sqlite:///{clone / 'mlruns' / 'mlflow.db'}")


def run_ids(clone: Path, problem: str, condition: str = "") -> list[str]:
    """Runs of a problem's experiment, the latest first."""
    store = client(clone)
    experiment = store.get_experiment_by_name(problem)
    return [found.info.run_id for found in store.search_runs([experiment.experiment_id], condition)]


def printed_run(output: str) -> str:
    """The run id in the address that a training prints."""
    (line,) = [line for line in output.splitlines() if line.startswith("run:")]
    return line.partition("/runs/")[2].partition("?")[0]


def notes(stderr: str) -> list[str]:
    """What a training tells about the rows before it begins."""
    return [line.removeprefix("note: ") for line in stderr.splitlines() if line.startswith("note: ")]


#: A line of the progress that a training shows where it takes longer than two seconds, as on a busy machine.
PROGRESS = re.compile(r": \d+(/\d+)? epochs?  ")


def beside_notes(stderr: str) -> str:
    """The rest of what a command says, without its progress."""
    lines = stderr.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("note: ") and not PROGRESS.search(line))


def by_scikit_learn(logits: NDArray[Any], target: NDArray[Any]) -> dict[str, float]:
    """The figures of a run by name, from log-odds [n] of the positive class of two, called at probability one half, or
    logits [n, C] of many; every class has rows."""
    two = logits.ndim == 1
    if two:
        scores = 1.0 / (1.0 + np.exp(-logits.astype(np.float64)))
        called = (scores >= 0.5).astype(int)
    else:
        scores = special.softmax(logits.astype(np.float64), axis=1)
        called = logits.argmax(axis=1)
    classes = np.arange(2 if two else logits.shape[1])
    found = {
        "log_loss": metrics.log_loss(target, scores),
        "brier": metrics.brier_score_loss(target, scores),
        "accuracy": metrics.accuracy_score(target, called),
        "balanced_accuracy": metrics.balanced_accuracy_score(target, called),
        "mcc": metrics.matthews_corrcoef(target, called),
        "roc_auc": metrics.roc_auc_score(target, scores, multi_class="ovr"),
        "average_precision": metrics.average_precision_score(target, scores),
        "support": len(target),
    }
    if two:
        counts = metrics.confusion_matrix(target, called, labels=classes).ravel().tolist()
        found |= dict(zip(("tn", "fp", "fn", "tp"), counts, strict=True))
    for ending, average in (("", "binary" if two else "macro"), ("_macro", "macro"), ("_weighted", "weighted")):
        values = metrics.precision_recall_fscore_support(target, called, average=average, zero_division=0)
        found |= {f"{name}{ending}": value for name, value in zip(("precision", "recall", "f1"), values, strict=False)}
    return {name: float(value) for name, value in found.items()}


def files(clone: Path) -> dict[str, int]:
    """Every file of the clone by path with its time of change, but git's own and compiled sources."""
    found = [path for path in clone.rglob("*") if path.is_file()]
    kept = [path for path in found if not {".git", "__pycache__"} & set(path.relative_to(clone).parts)]
    return {str(path.relative_to(clone)): path.stat().st_mtime_ns for path in kept}


@dataclass(frozen=True)
class Reproduced:
    """A clone after its first ``src/reproduce.py``, committed; what that printed, changed and recorded."""

    clone: Path
    head: str
    output: str
    changed: list[str]
    runs: dict[str, list[str]]


def committed_files(folder: Path) -> str:
    """Make a git repository of its own with the files of this one: no data, no store, no cache; its HEAD."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    git(folder, "init", "--quiet")
    return commit(folder, "Files")


def reproduce(clone: Path) -> dict[str, Any]:
    """Make a clone and run the pipeline in it; what :class:`Reproduced` holds beside the clone."""
    head = committed_files(clone)
    done = run(clone, "src/reproduce.py")
    changed = [line[3:] for line in git(clone, "status", "--porcelain").splitlines()]
    runs = {problem: run_ids(clone, problem) for problem in PROBLEMS}
    commit(clone, "After the pipeline")
    return {"head": head, "output": done.stdout, "changed": changed, "runs": runs}


def moved_store(template: Path, root: Path) -> None:
    """Tell the store of a project that was copied where it is."""
    columns = (("experiments", "artifact_location"), ("runs", "artifact_uri"), ("logged_models", "artifact_location"))
    with closing(sqlite3.connect(root / "mlruns" / "mlflow.db", isolation_level=None)) as connection:
        for table, column in columns:
            connection.execute(f"UPDATE {table} SET {column} = replace({column}, '{template}', '{root}')")


@pytest.fixture(scope="session")
def reproduced(tmp_path_factory: pytest.TempPathFactory) -> Reproduced:
    """A copy of the clone that the first process of tests which needs one has made for all of them."""
    base = tmp_path_factory.getbasetemp()
    made = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "reproduced"
    with FileLock(f"{made}.lock"):
        if not (made / "made.json").exists():
            shutil.rmtree(made, ignore_errors=True)
            (made / "made.json").write_text(json.dumps(reproduce(made / "clone")))
    clone = tmp_path_factory.mktemp("project") / "clone"
    shutil.copytree(made / "clone", clone, symlinks=True)
    moved_store(made / "clone", clone)
    text = (made / "made.json").read_text().replace(str(made / "clone"), str(clone))
    return Reproduced(clone, **json.loads(text))


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone as it is before the pipeline."""
    folder = tmp_path_factory.mktemp("unused") / "clone"
    committed_files(folder)
    return folder


@pytest.fixture(scope="session")
def solo(reproduced: Reproduced) -> subprocess.CompletedProcess[str]:
    """One training outside the pipeline, with every import told on stderr."""
    return run(reproduced.clone, "-X", "importtime", "src/train.py", *SOLO)


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with MLflow's tables, to be copied: to make them takes seconds, and two processes are not to do it at
    once."""
    path = tmp_path_factory.mktemp("empty") / "mlflow.db"
    load_mlflow()
    from mlflow import MlflowClient

    MlflowClient(f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def sweeps(reproduced: Reproduced, empty_store: Path, tmp_path: Path) -> Sweeps:
    """A store of its own for the commands of the clone."""
    from sweep_stores import Sweeps

    return Sweeps(reproduced.clone, f"sqlite:///{shutil.copy(empty_store, tmp_path)}")


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """Where commands are broken."""
    from torture.project import Workshop

    found = Workshop(tmp_path_factory.mktemp("workshop"))
    yield found
    found.close()
