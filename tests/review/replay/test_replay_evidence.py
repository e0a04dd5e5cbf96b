"""Records that no training writes, in a store of their own."""

from __future__ import annotations

import hashlib

import pytest
from conftest import load_mlflow

from logodds.options import configfile
from logodds.review.replay import evidence
from logodds.review.replay.evidence import Evidence
from logodds.runs.compose import compose
from logodds.system.errors import UserError
from logodds.tracking.mlflow import opening
from logodds.tracking.naming import Naming
from logodds.tracking.provenance import facts
from logodds.tracking.store import Store

pytestmark = pytest.mark.slow

CONFIG = compose(["problem=iris"]).to_yaml()
HISTORY = b"epoch,train/loss\n1,0.5\n"
TAGS = {
    "config.sha256": "c",
    "sources.sha256": "s",
    "data.md5": "d",
    "split.sha256": "p",
    "history.sha256": hashlib.sha256(HISTORY).hexdigest(),
    "predictions.sha256": "q",
    "device": "cpu",
    "git.commit": "a" * 40,
    "git.dirty": "false",
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    load_mlflow()
    return opening.store(tmp_path_factory.mktemp("store"), "iris")


@pytest.fixture(autouse=True)
def own_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def recorded(store: Store, tags: dict[str, str], files: dict[str, bytes]) -> Evidence:
    """What is read of a run with these tags and files beside the right ones; those that are empty are left out."""
    with store.run(Naming("run", {})) as run:
        run.tags({name: value for name, value in (TAGS | tags).items() if value})
        held = {"config.yaml": CONFIG.encode(), "history.csv": HISTORY} | files
        run.artifacts({name: data for name, data in held.items() if data})
    found = store.reader.run(run.id)
    assert found is not None
    return evidence.read(store.reader, found)


def test_a_right_record_lacks_nothing(store: Store) -> None:
    diff = b"a diff"
    tags = {"git.dirty": "true", "uncommitted.sha256": hashlib.sha256(diff).hexdigest()}
    tags |= {"fold": "2", "stopped.epoch": "12", "env.MKL_CBWR": "AVX2,STRICT", "env.PATH": "/tmp"}
    found = recorded(store, tags, {"uncommitted.diff": diff, "packages.txt": b"numpy==2.0\ntorch==2.13\n"})
    assert found.lacking is None
    assert (found.fold, found.stopped, found.changes) == (2, 12, diff)
    assert found.packages == ("numpy==2.0", "torch==2.13")
    assert found.variables == {"MKL_CBWR": "AVX2,STRICT"}
    assert found.config["optim"]["name"] == "sgd"


def of_file(values: dict[str, str], sources: str = "") -> tuple[dict[str, str], dict[str, bytes]]:
    """Tags and files of a record whose facts are in a file."""
    data = facts.dumps(values)
    tags = {"sources.sha256": sources, "env.MKL_CBWR": "COMPATIBLE", "version.torch": "1.0"}  # as if begun before
    return {**tags, "provenance.sha256": hashlib.sha256(data).hexdigest()}, {facts.FILE: data}


def test_facts_of_a_file_are_those_of_the_record(store: Store) -> None:
    known = {"sources.sha256": "f", "version.torch": "2.13", "env.MKL_CBWR": "AVX2,STRICT", "env.PATH": "/tmp"}
    found = recorded(store, *of_file(known))
    assert (found.lacking, found.sources, found.variables) == (None, "f", {"MKL_CBWR": "AVX2,STRICT"})
    environment = {name: value for name, value in known.items() if name != "sources.sha256"}
    assert found.environment == {**environment, "device": "cpu"}


def test_facts_of_tags_are_those_of_an_older_record(store: Store) -> None:
    found = recorded(store, {"version.torch": "2.0", "env.MKL_CBWR": "AVX2"}, {})
    assert (found.lacking, found.sources, found.variables) == (None, "s", {"MKL_CBWR": "AVX2"})
    assert found.environment == {"version.torch": "2.0", "env.MKL_CBWR": "AVX2", "device": "cpu"}


@pytest.mark.parametrize("data", [b"", b"{}", b"[" * 100_000], ids=["gone", "other", "nested"])
def test_facts_that_are_not_those_of_the_digest_are_not_used(store: Store, data: bytes) -> None:
    tags, _ = of_file({"sources.sha256": "f"}, sources="s")
    found = recorded(store, tags, {facts.FILE: data})
    assert found.lacking == "record: provenance.json does not match its digest"
    assert (found.sources, found.variables, found.environment) == ("", {}, {"device": "cpu"})


def test_final_figures_are_those_of_the_training_alone(store: Store) -> None:
    """Not those of each epoch, of the test rows, or of what somebody else wrote into the run."""
    final = {"best/f1": 0.5, "best/epoch": 2.0, "train/accuracy": 0.75}
    with store.run(Naming("run", {})) as run:
        run.tags(TAGS)
        run.artifacts({"config.yaml": CONFIG.encode(), "history.csv": HISTORY})
        run.figures({**final, "train/loss": 0.5, "val/f1": 0.5, "test/f1": 0.5, "seconds/training": 1.0, "cost": 3.0})
    found = store.reader.run(run.id)
    assert found is not None
    assert evidence.read(store.reader, found).figures() == final


@pytest.mark.parametrize(
    ("tags", "files", "lacking"),
    [
        ({"sources.sha256": ""}, {}, "record: it holds no sources.sha256; it is of a version before replays"),
        ({}, {"history.csv": b""}, "record: history.csv is gone"),
        ({"git.commit": "unknown"}, {}, "code: it was trained outside of a git repository"),
        (
            {"git.commit": "unknown", "git.unknown": "git is not installed"},
            {},
            "code: its commit is not in the record: git is not installed",
        ),
        ({"git.commit": "--upload-pack=x"}, {}, "code: it was trained outside of a git repository"),
        ({"git.dirty": "true"}, {}, "code: what was not committed is too large to be in the record"),
        ({"uncommitted.sha256": "0"}, {}, "record: uncommitted.diff does not match its digest"),
    ],
)
def test_what_a_replay_lacks_is_said(store: Store, tags: dict[str, str], files: dict[str, bytes], lacking: str) -> None:
    assert recorded(store, tags, files).lacking == lacking


def replaced(old: str, new: str) -> bytes:
    assert old in CONFIG
    return CONFIG.replace(old, new).encode()


HOSTILE = {
    "target": (CONFIG.encode() + b"extra:\n  deep: [{_target_: os.system}]\n", "names code to be run"),
    "resolver": (replaced("data/iris.csv", "${oc.env:HOME}"), "has an unresolved value (problem.path=${oc.env:HOME})"),
    "key": (CONFIG.encode() + b"extra:\n  ${oc.env:HOME}: 1\n", "has an unresolved value"),
    "path": (replaced("data/iris.csv", "../../etc/passwd"), "leads out of the project (problem.path=../../etc/passwd)"),
    "inner path": (replaced("data/iris.csv", "data/../../x"), "leads out of the project"),
    "other path": (replaced("val_rows: null", "val_rows: ../x"), "leads out of the project (split.val_rows=../x)"),
    "no path": (replaced("path: data/iris.csv", "path: [1]"), "leads out of the project"),
    "python": (CONFIG.encode() + b"extra: !!python/object/apply:os.system [touch x]\n", "cannot be read"),
    "aliases": (b"a: &a {b: 1}\nc: *a\n", "has references"),
    "binary": (b"\xff\xfe\x00", "cannot be read"),
    "nested": (b"a: " + b"[" * 100_000, "has more than 20 levels"),
    "large": (b"a: {b: 1}\n#" + b"x" * configfile.LONGEST, "has more than 262144 characters"),
    "many": (b"a: {b: [" + b"1," * 100_000 + b"]}\n", "has more than 20000 values"),
    "cut off": (b"a: [", "cannot be read"),
    "list": (b"[1, 2]\n", "is no mapping of sections"),
    "plain": (b"a: 1\n", "is no mapping of sections"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_configuration_is_refused_in_one_line(store: Store, name: str) -> None:
    data, reason = HOSTILE[name]
    with pytest.raises(UserError) as caught:
        recorded(store, {}, {"config.yaml": data})
    text = str(caught.value)
    assert reason in text
    assert text.endswith("no training writes that, nothing was run")
    assert len(text) <= 200
    assert text.isprintable()


@pytest.mark.parametrize(
    "tags",
    [{"fold": "0"}, {"fold": "-1"}, {"stopped.epoch": "1e3"}, {"env.OMP_NUM_THREADS": "1;rm"}, {"config.sha256": ""}],
    ids=str,
)
def test_hostile_tags_are_refused_in_one_line(store: Store, tags: dict[str, str]) -> None:
    with pytest.raises(UserError) as caught:
        recorded(store, tags, {})
    assert len(str(caught.value)) <= 200


@pytest.mark.parametrize("value", ["1;rm", "AVX2\n", "\x1b[31m", "x" * 65, ""])
def test_hostile_variables_of_a_file_are_refused_in_one_line(store: Store, value: str) -> None:
    with pytest.raises(UserError, match="not a valid value of that variable") as caught:
        recorded(store, *of_file({"sources.sha256": "f", "env.OMP_NUM_THREADS": value}))
    assert len(str(caught.value)) <= 200
    assert str(caught.value).isprintable()
