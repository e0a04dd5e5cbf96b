"""``--json`` of every command: one document on standard output, what people read on standard error."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, SOLO, Reproduced, client, environment, printed_run, run

from logodds.evaluation import intervals

DOCUMENTED = set(re.findall(r"`(\w+)`", (ROOT / "docs" / "usage.md").read_text()))
NAMED = ("figures", "intervals", "params", "addresses")  # whose keys are names of other things


def keys(value: Any) -> set[str]:
    """Every key below a value, but for names of figures, parameters and pages."""
    if isinstance(value, list):
        return set().union(*map(keys, value))
    if not isinstance(value, dict):
        return set()
    return value.keys() | set().union(*(keys(each) for key, each in value.items() if key not in NAMED))


def document(clone: Path, *arguments: str, code: int = 0) -> tuple[dict[str, Any], str]:
    """The document of a command, and what it wrote for people."""
    done = run(clone, *arguments, "--json", check=False)
    assert done.returncode == code, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["command"] == Path(arguments[0]).stem
    assert found["exit_code"] == code
    if found["command"] not in ("replay", "split"):  # replay.json and split.json are described elsewhere
        assert keys(found) <= DOCUMENTED
    return found, done.stderr


def test_a_training(reproduced: Reproduced, solo: subprocess.CompletedProcess[str]) -> None:
    run_id = printed_run(solo.stdout)
    found, told = document(reproduced.clone, "src/train.py", *SOLO, "train.reuse=true")
    recorded = client(reproduced.clone).get_run(run_id)
    told_of = found["run"]
    assert told_of["id"] == run_id
    assert told_of["reused"] is True
    assert told_of["figures"]["best/log_loss"] == recorded.data.metrics["best/log_loss"]
    assert told_of["figures"].items() <= recorded.data.metrics.items()
    assert f"/runs/{run_id}" in told_of["address"]
    assert (Path(told_of["folder"]) / "model").is_dir()
    for name, interval in told_of["intervals"].items():
        part, _, figure = name.partition("/")
        assert interval == list(intervals.of_figure(figure, told_of["figures"], part) or ())
        assert interval[0] <= told_of["figures"][name] <= interval[1]
    assert "best/accuracy" in told_of["intervals"]
    assert f"already trained as run {run_id}" in told
    assert found["error"] is None


def test_a_sweep_its_comparison_and_the_test_rows_of_its_best(reproduced: Reproduced) -> None:
    clone = reproduced.clone
    found, told = document(clone, "src/train.py", "-m", "problem=iris", "train.epochs=4", "optim.lr=0.02,0.2,1e30")
    (sweep,) = found["sweeps"]
    figures = {each["id"]: each["figures"]["best/log_loss"] for each in sweep["ranking"]["runs"] if each["rank"]}
    assert sweep["ranking"]["figure"] == "best/log_loss"
    assert sweep["ranking"]["higher_is_better"] is False
    assert sweep["ranking"]["best"]["id"] == min(figures, key=figures.__getitem__)
    assert {each["params"]["optim.lr"] for each in sweep["ranking"]["runs"]} >= {"0.02", "0.2"}
    assert sweep["addresses"].keys() == {"charts", "compare", "best run"}
    assert "one page of all: " in told

    compared, told = document(clone, "src/compare.py", f"sweep={sweep['id']}")
    assert compared["problem"] == "iris"
    assert Path(compared["page"]).is_file()
    assert compared["ranking"]["best"] == sweep["ranking"]["best"]
    assert {each["id"]: each["figures"]["best/log_loss"] for each in compared["ranking"]["runs"]}.items() >= (
        figures.items()
    )

    best = sweep["ranking"]["best"]["id"]
    opened, told = document(clone, "src/evaluate.py", f"run={best}")
    recorded = client(clone).get_run(best).data.metrics
    assert opened["run"] == best
    assert opened["evaluation"]["part"] == "test"
    assert opened["evaluation"]["figures"]["test/log_loss"] == recorded["test/log_loss"]
    assert sum(map(sum, opened["evaluation"]["confusion_matrix"])) == 20  # of 100 rows
    assert f"test rows of run {best}" in told


def test_folds(reproduced: Reproduced) -> None:
    found, _ = document(reproduced.clone, "src/train.py", "problem=iris", "split.folds=3", "train.epochs=2")
    folds = found["cross_validation"]
    losses = [each["figures"]["test/log_loss"] for each in folds["folds"]]
    assert len(losses) == 3
    assert folds["figures"]["log_loss"]["mean"] == pytest.approx(math.fsum(losses) / 3)


def test_replay_and_doctor(reproduced: Reproduced, solo: subprocess.CompletedProcess[str]) -> None:
    run_id = printed_run(solo.stdout)
    found, told = document(reproduced.clone, "src/replay.py", f"run={run_id}")
    assert (found["run"], found["verdict"]) == (run_id, "identical")
    assert [each["verdict"] for each in found["runs"]] == ["identical"]
    assert "identical" in told
    done = run(reproduced.clone, "src/doctor.py", "--json", check=False)
    examined = json.loads(done.stdout)
    assert examined["exit_code"] == done.returncode
    assert len(examined["findings"]) == len([line for line in done.stderr.splitlines() if line[:1].strip()])


def test_the_stages(reproduced: Reproduced) -> None:
    clone = reproduced.clone
    found, _ = document(clone, "src/compose.py", "problem=iris")
    assert found["files"] == [str(clone / "out/iris/config.yaml")]
    found, _ = document(clone, "src/digest.py")
    assert all(Path(each).is_file() for each in found["files"])
    found, _ = document(clone, "src/prepare.py", "out/iris/config.yaml")
    assert (found["rows"], len(found["classes"])) == (100, 2)
    found, _ = document(clone, "src/split.py", "out/iris/config.yaml")
    assert found["split"] == json.loads((clone / "out/iris/split.json").read_text())
    found, _ = document(clone, "src/train.py", "out/iris/config.yaml")
    assert found["run"]["problem"] == "iris"
    found, _ = document(clone, "src/evaluate.py", "out/iris/config.yaml")
    assert found["evaluation"]["figures"]["test/log_loss"] > 0


def test_what_dvc_prints_is_not_in_the_document(reproduced: Reproduced) -> None:
    found, told = document(reproduced.clone, "src/reproduce.py", "iris")
    assert found["problems"] == ["iris"]
    assert "Data and pipelines are up to date." in told or "Running stage" in told or "didn't change" in told


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("src/train.py", "problem=iris", "optim.lr=-1"), 2),
        (("src/train.py", "problem=irsi"), 2),
        (("src/train.py", "problem=iris", "train.device=cuda"), 2),
        (("src/evaluate.py", "run=0123456789abcdef"), 2),
        (("src/replay.py", "strict=true"), 2),
        (("src/compare.py",), 2),
        (("src/fetch.py", "from=here"), 2),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else "",
)
def test_an_error_is_in_the_document(reproduced: Reproduced, arguments: tuple[str, ...], code: int) -> None:
    found, told = document(reproduced.clone, *arguments, code=code)
    assert told.splitlines()[-1] == f"error: {found['error']}"


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_what_hydra_prints_and_ends_has_its_code_in_the_document(reproduced: Reproduced, option: str) -> None:
    found, told = document(reproduced.clone, "src/train.py", option)
    assert found == {"command": "train", "exit_code": 0, "error": None}
    assert told


def test_a_reader_that_has_gone_is_no_traceback(reproduced: Reproduced) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "src/compare.py", "--json"]
    done = subprocess.run(
        command, cwd=reproduced.clone, env=environment(reproduced.clone), stdout=writing, stderr=subprocess.PIPE
    )
    os.close(writing)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
