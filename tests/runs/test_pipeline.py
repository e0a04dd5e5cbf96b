"""The pipeline in a fresh clone: what it needs, what it computes, what it records, when it runs again."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
import yaml
from conftest import (
    PROBLEMS,
    ROOT,
    Reproduced,
    by_scikit_learn,
    client,
    environment,
    files,
    git,
    printed_run,
    run,
    run_ids,
)

from logodds.data import split, table
from logodds.data.sources.downloads import shipped
from logodds.data.sources.readers import assemble
from logodds.evaluation.metrics.binary import sigmoid
from logodds.options import configfile
from logodds.runs import code, pipeline
from logodds.runs.config import Config, read_config, read_file
from logodds.serving import package
from logodds.system import hashes


@pytest.mark.parametrize("stage", pipeline.STAGES)
def test_a_stage_runs_its_command_and_depends_on_its_list(stage: str) -> None:
    found = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"][stage]
    assert found["cmd"].removeprefix("exec ").split()[1] == f"src/{stage}.py"
    folder = "out" if stage == "compose" else "out/${item.problem}"
    assert f"{folder}/code/{stage}.sha256" in found["deps"]


def committed_lists() -> list[Path]:
    return [ROOT / "out" / "code" / "compose.sha256", *sorted(ROOT.glob("out/*/code/*.sha256"))]


def test_the_committed_lists_are_of_the_sources_here() -> None:
    """Whoever changes a source runs the pipeline and commits what it gives; a stale list would hide a difference."""
    assert len(committed_lists()) == 1 + len(PROBLEMS) * len(code.STAGES)
    for path in committed_lists():
        if path.parents[1] == ROOT / "out":
            assert path.read_text() == code.of_compose()
        else:
            config = read_file(path.parents[1] / "config.yaml")
            assert path.read_text() == code.of_stage(path.stem, config), path


def test_what_dvc_ignores_is_in_no_list() -> None:
    """DVC looks for changes in all of ``src`` but what ``.dvcignore`` names."""
    ignored = [line for line in (ROOT / ".dvcignore").read_text().splitlines() if line.startswith("src/")]
    assert all((ROOT / name).exists() for name in ignored)
    listed = {line.split()[1] for path in committed_lists() for line in path.read_text().splitlines()}
    assert not [name for name in listed if any(name == each or name.startswith(f"{each}/") for each in ignored)]


def test_composing_and_preparing_need_no_training_code() -> None:
    composing = code.of_compose()
    config = read_file(ROOT / "out" / "iris" / "config.yaml")
    assert not [
        wing for wing in ("stacks", "networks", "updates", "plots", "serving", "readers/d") if wing + "/" in composing
    ]
    assert not [wing for wing in ("models/", "engine/", "features/") if wing in code.of_stage("prepare", config)]
    training = code.of_stage("train", config)
    assert "data/sources/readers/assemble.py" in code.of_stage("prepare", config)
    assert "data/sources/readers/assemble.py" not in training
    assert "models/logistic.py" in training
    assert "models/mlp.py" not in training


def test_shipped_data_is_what_data_dvc_pins(tmp_path: Path) -> None:
    entries = [{"md5": hashes.md5(path), "relpath": path.name} for path in shipped.write(tmp_path)]
    listing = json.dumps(sorted(entries, key=lambda entry: entry["relpath"])).encode()
    (pinned,) = yaml.safe_load((ROOT / "data.dvc").read_text())["outs"]
    assert pinned["md5"] == f"{hashlib.md5(listing).hexdigest()}.dir"
    assert (pinned["nfiles"], pinned["size"]) == (4, sum(path.stat().st_size for path in tmp_path.iterdir()))


def entry(deps: str = "a", outs: str = "a", params: int = 1, cmd: str = "c") -> dict[str, Any]:
    """A stage of a ``dvc.lock`` that reads ``in`` and writes ``out``."""
    return {
        "cmd": cmd,
        "deps": [{"path": "in", "md5": deps}],
        "params": {"f": {"p": params}},
        "outs": [{"path": "out", "md5": outs}],
    }


DIFFERS = "differs from dvc.lock with the same inputs: {} (another CPU or library version rounds differently)"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({}, {"train@x": entry()}, []),
        ({"train@x": entry()}, {"train@x": entry()}, []),
        ({"train@x": entry()}, {"train@x": entry(outs="b")}, ["out"]),
        ({"train@x": entry()}, {"train@x": entry(outs="b", deps="b")}, []),
        ({"train@x": entry()}, {"train@x": entry(outs="b", params=2)}, []),
        ({"train@x": entry()}, {"train@x": entry(outs="b", cmd="d")}, []),
    ],
    ids=["new stage", "equal", "output", "input and output", "parameter and output", "command and output"],
)
def test_differences_of_one_stage(before: dict[str, Any], after: dict[str, Any], told: list[str]) -> None:
    assert pipeline.differences(before, after) == [DIFFERS.format(path) for path in told]


@pytest.mark.parametrize(("source_changed", "told"), [(False, ["out", "figures"]), (True, [])])
def test_differences_follow_an_output_that_is_read_on(source_changed: bool, told: list[str]) -> None:
    """A model that rounds otherwise is no reason of its own for other figures; a model of other sources is."""

    def lock(digest: str, deps: str) -> dict[str, Any]:
        reader = {
            "cmd": "e",
            "deps": [{"path": "out", "md5": digest}],
            "outs": [{"path": "figures", "md5": digest}],
        }
        return {"evaluate@x": reader, "train@x": entry(deps=deps, outs=digest)}

    found = pipeline.differences(lock("a", "a"), lock("b", "b" if source_changed else "a"))
    assert found == [DIFFERS.format(path) for path in told]


def test_differences_of_all_stages_are_told_in_their_order() -> None:
    """Each reads what the one before it wrote, as the stages of ``dvc.yaml`` do, which are listed in another order."""
    ordered = ("code", "compose", "sources", *pipeline.STAGES[1:])
    assert {name.partition("@")[0] for name in yaml.safe_load((ROOT / "dvc.lock").read_text())["stages"]} == set(
        ordered
    )

    def lock(digest: str) -> dict[str, Any]:
        read = dict(zip(ordered, ("in", *ordered), strict=False))
        return {
            f"{stage}@x": {
                "cmd": stage,
                "deps": [{"path": read[stage], "md5": digest if read[stage] != "in" else "a"}],
                "outs": [{"path": stage, "md5": digest}],
            }
            for stage in sorted(ordered, reverse=True)
        }

    assert pipeline.differences(lock("a"), lock("b")) == [DIFFERS.format(stage) for stage in ordered]


def stages(folder: Path, revision: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(git(folder, "show", f"{revision}:dvc.lock"))["stages"]
    return found


def test_only_what_reproduce_names_differs_from_the_committed_outputs(reproduced: Reproduced) -> None:
    old, new = (stages(reproduced.clone, revision) for revision in (reproduced.head, "HEAD"))
    # A working tree that is ahead of its lock has other outputs; test_committed_figures.py holds their numbers.
    moved = [
        name for name in new if any(old.get(name, {}).get(key) != new[name].get(key) for key in ("deps", "params"))
    ]
    excused = {out["path"] for name in moved for out in new[name]["outs"]} | {"dvc.lock"}
    tracked = set(git(reproduced.clone, "ls-files").splitlines())
    head, tail = DIFFERS.split("{}")
    told = {line.removeprefix(head).removesuffix(tail) for line in reproduced.output.splitlines() if head in line}
    assert set(reproduced.changed) - excused == (told & tracked) - excused


def config_of(folder: Path, problem: str) -> Config:
    return read_config(configfile.load(folder / "out" / problem / "config.yaml"))


def judged(folder: Path, problem: str, part: str) -> dict[str, float]:
    """scikit-learn's figures of the model package on one part of the rows."""
    config, out = config_of(folder, problem), folder / "out" / problem
    table = assemble.read(dataclasses.replace(config.problem, path=str(folder / config.problem.path)))
    rows = getattr(split.load(out / "split.safetensors", len(table)), part)
    logits = package.load(out / "model").logits(table.columns.take(rows))
    return by_scikit_learn(logits, table.target[rows])


@pytest.mark.parametrize("problem", PROBLEMS)
def test_metrics_are_those_of_scikit_learn(reproduced: Reproduced, problem: str) -> None:
    found = json.loads((reproduced.clone / "out" / problem / "metrics.json").read_text())
    expected = judged(reproduced.clone, problem, "test")
    assert list(found) == [
        *("log_loss", "accuracy", "precision", "recall", "f1", "roc_auc", "average_precision", "brier")
    ]
    assert found == pytest.approx({name: expected[name] for name in found}, rel=1e-12)


@pytest.fixture(params=PROBLEMS)
def problem(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def record(reproduced: Reproduced, problem: str) -> Any:
    """The one run of the pipeline."""
    (run_id,) = reproduced.runs[problem]
    return client(reproduced.clone).get_run(run_id)


def test_the_run_has_every_parameter_and_what_it_depended_on(reproduced: Reproduced, problem: str, record: Any) -> None:
    config = config_of(reproduced.clone, problem)
    data = (reproduced.clone / config.problem.path).read_bytes()
    out = reproduced.clone / "out" / problem
    certificate = json.loads((out / "split.json").read_text())
    gpu = torch.cuda.is_available()
    rows = assemble.read(dataclasses.replace(config.problem, path=str(reproduced.clone / config.problem.path)))
    validation = rows.columns.take(split.load(out / "split.safetensors", len(rows)).val)
    logits = package.load(out / "model").logits(validation)
    expected = {
        "problem": problem,
        "dvc": "train",
        "config.sha256": config.signature,
        "git.commit": reproduced.head,
        "git.dirty": "false",
        "mlflow.source.name": "src/train.py",
        "mlflow.source.git.commit": reproduced.head,
        "data.md5": hashlib.md5(data).hexdigest(),
        "split.sha256": certificate["sha256"],
        "weights.sha256": hashlib.sha256((out / "model" / "weights.safetensors").read_bytes()).hexdigest(),
        "history.sha256": hashlib.sha256((out / "history.csv").read_bytes()).hexdigest(),
        "predictions.sha256": hashlib.sha256(logits.astype("<f4").tobytes()).hexdigest(),
        "seed": str(config.train.seed),
        "device": torch.cuda.get_device_name() if gpu else "cpu",
    }
    assert record.info.status == "FINISHED"
    assert record.data.params == {key: str(value) for key, value in config.flat().items()}
    assert {name: record.data.tags.get(name) for name in expected} == expected
    known = {
        "threads": "1",
        "cpu.capability": torch.backends.cpu.get_cpu_capability(),
        "version.torch": torch.__version__,
        "version.numpy": np.__version__,
        "version.pandas": pd.__version__,
        "version.pyarrow": pa.__version__,
        "version.python": sys.version.partition(" ")[0],
    }
    stored = reproduced.clone / "mlruns" / "artifacts" / problem / record.info.run_id / "artifacts" / "provenance.json"
    facts = json.loads(stored.read_text())
    assert {name: facts.get(name) for name in known} == known
    assert not facts.keys() & record.data.tags.keys()
    assert record.data.tags["provenance.sha256"] == hashlib.sha256(stored.read_bytes()).hexdigest()
    assert ("resubstitution" in record.data.tags) == certificate["resubstitution"] == (problem == "toy")


@pytest.mark.parametrize("name", ["train/loss", "val/loss", "val/f1"])
def test_the_run_has_every_epoch(reproduced: Reproduced, problem: str, record: Any, name: str) -> None:
    text = (reproduced.clone / "out" / problem / "history.csv").read_text()
    rows = list(csv.DictReader(text.splitlines()))
    assert [int(row["epoch"]) for row in rows] == list(range(1, config_of(reproduced.clone, problem).train.epochs + 1))
    points = client(reproduced.clone).get_metric_history(record.info.run_id, name)
    assert [(point.step, point.value) for point in points] == [(int(row["epoch"]), float(row[name])) for row in rows]


def test_the_run_has_the_figures_of_scikit_learn(reproduced: Reproduced, problem: str, record: Any) -> None:
    expected = {f"best/{name}": value for name, value in judged(reproduced.clone, problem, "val").items()}
    expected |= {f"test/{name}": value for name, value in judged(reproduced.clone, problem, "test").items()}
    seen = judged(reproduced.clone, problem, "train")
    expected |= {f"train/{name}": seen[name] for name in ("log_loss", "accuracy")}
    by_epoch = {"train/loss", "val/loss", "val/f1"}
    found = {name: value for name, value in record.data.metrics.items() if name not in by_epoch}
    assert found.pop("seconds/training") > 0.0
    assert found.pop("best/epoch") == int(record.data.tags["best.epoch"])
    assert found == pytest.approx(expected, rel=1e-12)


def artifacts(folder: Path, run_id: str, path: str | None = None) -> Iterator[str]:
    for found in client(folder).list_artifacts(run_id, path):
        if found.is_dir:
            yield from artifacts(folder, run_id, found.path)
        else:
            yield found.path


def test_the_run_has_its_files(reproduced: Reproduced, problem: str, record: Any) -> None:
    names = [f"confusion_matrix.{ending}" for ending in ("svg", "csv", "json")]
    names += ["roc.svg", "precision_recall.svg", "calibration.svg", "report.txt", "report.json"]
    expected = {f"{part}/{name}" for part in ("val", "test") for name in names}
    expected |= {
        "config.yaml",
        "notes.txt",
        "packages.txt",
        "provenance.json",
        "history.csv",
        "loss.svg",
        "checkpoints/best.ckpt",
        "checkpoints/last.ckpt",
    }
    expected |= {"decision_boundary.png"} if problem == "toy" else set()  # of two columns
    assert set(artifacts(reproduced.clone, record.info.run_id)) == expected
    stored = reproduced.clone / "mlruns" / "artifacts" / problem / record.info.run_id / "artifacts"
    out = reproduced.clone / "out" / problem
    for name in ("config.yaml", "checkpoints/best.ckpt", "checkpoints/last.ckpt", "history.csv"):
        assert (stored / name).read_bytes() == (out / name).read_bytes()
    notes = list(table.load(out / "table.arrow").notes)
    epochs = int(record.data.params["train.epochs"])
    if record.data.metrics["best/epoch"] == epochs:
        notes.append(f"the last of {epochs} epochs was the best: training longer may help (train.epochs={2 * epochs})")
    assert (stored / "notes.txt").read_text().splitlines() == notes


def test_the_run_names_its_rows(reproduced: Reproduced, problem: str, record: Any) -> None:
    (given,) = record.inputs.dataset_inputs
    path = reproduced.clone / "data" / f"{problem}.csv"
    config = config_of(reproduced.clone, problem)
    rows = assemble.read(dataclasses.replace(config.problem, path=str(path)))
    columns = [item["name"] for item in json.loads(given.dataset.schema)["mlflow_colspec"]]
    assert given.dataset.name == path.name
    assert given.dataset.digest == hashes.md5(path)
    assert json.loads(given.dataset.source) == {"uri": f"data/{problem}.csv"}
    assert json.loads(given.dataset.profile) == {"num_rows": len(rows)}
    assert columns == list(pd.read_csv(path).columns)


def test_nothing_in_the_store_is_a_pickle(reproduced: Reproduced) -> None:
    endings = {path.suffix for path in (reproduced.clone / "mlruns").rglob("*") if path.is_file()}
    assert endings - {".png", ".svg", ".csv", ".json", ".txt", ".yaml", ".ckpt", ".safetensors", ".py", ".zip"} <= {
        *("", ".db", ".db-wal", ".db-shm", ".lock"),
    }
    for path in (reproduced.clone / "mlruns" / "artifacts").rglob("*"):
        if path.suffix == ".zip":  # the code stored with models; torch.save writes archives too
            assert {Path(name).suffix for name in ZipFile(path).namelist()} == {".py"}
        elif path.is_file():  # protocol 2 and later begin with these bytes, archives of torch.save with a zip header
            pickles = (*(bytes([0x80, protocol]) for protocol in range(2, 6)), b"PK")
            assert not path.read_bytes().startswith(pickles)


LOADED = """
import json, sys
import mlflow, pandas
model = mlflow.pyfunc.load_model(sys.argv[1])
print(json.dumps(model.predict(pandas.read_csv(sys.argv[2])).to_dict("list")))
"""


@pytest.mark.long
@pytest.mark.parametrize("served", ["breast_cancer"])
def test_the_logged_model_reads_raw_rows(reproduced: Reproduced, tmp_path: Path, served: str) -> None:
    (run_id,) = reproduced.runs[served]
    path = reproduced.clone / "data" / f"{served}.csv"
    store = f"sqlite:///{reproduced.clone / 'mlruns' / 'mlflow.db'}"
    # In a folder of its own: the model brings the code that it needs. One thread, as here: two round otherwise.
    threads = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    done = run(tmp_path, "-c", LOADED, f"runs:/{run_id}/{served}", str(path), MLFLOW_TRACKING_URI=store, **threads)
    found = json.loads(done.stdout.splitlines()[-1])
    built = package.load(reproduced.clone / "out" / served / "model")
    logits = built.logits(pa.Table.from_pandas(pd.read_csv(path)))
    assert found["probability"] == sigmoid(logits).tolist()
    assert found["prediction"] == [built.classes[int(logit >= 0.0)] for logit in logits]


def test_a_second_reproduce_runs_nothing(reproduced: Reproduced) -> None:
    done = run(reproduced.clone, "src/reproduce.py")
    assert "Running stage" in reproduced.output
    assert "Running stage" not in done.stdout
    assert "Data and pipelines are up to date." in done.stdout
    assert git(reproduced.clone, "status", "--porcelain") == ""


@pytest.mark.long
def test_a_forced_training_gives_the_same_bytes(reproduced: Reproduced) -> None:
    before = (reproduced.clone / "dvc.lock").read_bytes()
    run(reproduced.clone, "-m", "dvc", "repro", "--force", "--single-item", "train@toy")
    assert (reproduced.clone / "dvc.lock").read_bytes() == before
    assert git(reproduced.clone, "status", "--porcelain") == ""
    assert len(run_ids(reproduced.clone, "toy", "attributes.status = 'FINISHED'")) >= len(reproduced.runs["toy"]) + 1


@pytest.fixture
def edited(reproduced: Reproduced) -> Iterator[Path]:
    """The clone, whose tracked files are the committed ones again afterwards."""
    yield reproduced.clone
    git(reproduced.clone, "checkout", "--", ".")


def test_an_option_that_no_problem_uses_reruns_compose_only(edited: Path) -> None:
    path = edited / "conf" / "optim" / "adam.yaml"
    path.write_text(path.read_text().replace("lr: 0.001", "lr: 0.002"))
    done = run(edited, "-m", "dvc", "repro", "evaluate@toy")
    assert [line for line in done.stdout.splitlines() if "Running stage" in line] == ["Running stage 'compose@toy':"]


def changed_stages(edited: Path) -> set[str]:
    """Stages that would run for another reason than to list sources; those lists are made anew first."""
    for configuration in ("", *(f"out/{problem}/config.yaml" for problem in PROBLEMS)):
        run(edited, "src/digest.py", *filter(None, [configuration]))
    status = json.loads(run(edited, "-m", "dvc", "status", "--json").stdout)
    return {name for name in status if name.partition("@")[0] not in ("code", "sources")}


@pytest.mark.long
def test_an_edited_model_leaves_the_rows_and_other_models_alone(edited: Path) -> None:
    models = edited / "src" / "logodds" / "models"
    (models / "mlp.py").write_text((models / "mlp.py").read_text() + "\n")
    assert changed_stages(edited) == set()
    (models / "stacks" / "dense.py").write_text((models / "stacks" / "dense.py").read_text() + "\n")
    trained = {f"{stage}@{problem}" for stage in ("train", "evaluate") for problem in PROBLEMS}
    assert changed_stages(edited) == trained


@pytest.mark.parametrize("name", ["review/doctor/runs.py", "review/comparison/page.py", "review/replay/verdict.py"])
def test_an_edit_of_what_no_stage_imports_leaves_the_pipeline_clean(edited: Path, name: str) -> None:
    path = edited / "src" / "logodds" / name
    before = code_signature(edited)
    path.write_text(path.read_text() + "# a comment\n")
    assert json.loads(run(edited, "-m", "dvc", "status", "--json").stdout) == {}
    assert code_signature(edited) == before


SAMPLE = """
from dataclasses import dataclass

from torch import nn

from logodds.models.model import Model
from logodds.options.rules import choice, number


@dataclass(kw_only=True)
class Sample(Model):
    name: str = choice("sample")
    width: int = number(least=1)
    reads = ("matrix",)

    def module(self, rows, outputs, random):
        return nn.Sequential(nn.Linear(rows.width, self.width), nn.Tanh(), nn.Linear(self.width, outputs))
"""


@pytest.mark.long
def test_another_model_is_its_module_its_values_and_its_test(edited: Path) -> None:
    """Nothing else in the repository changes, the lists of the stages included."""
    added = {"src/logodds/models/sample.py": SAMPLE, "conf/model/sample.yaml": "name: sample\nwidth: 3\n"}
    added["tests/models/test_sample.py"] = "\n"
    for name, text in added.items():
        (edited / name).write_text(text)
    try:
        assert changed_stages(edited) == {f"compose@{problem}" for problem in PROBLEMS}  # they depend on conf/
        run_id = printed_run(run(edited, "src/train.py", "problem=toy", "model=sample", "train.epochs=2").stdout)
        assert client(edited).get_run(run_id).data.params["model.width"] == "3"
        changed = git(edited, "status", "--porcelain", "--untracked-files=all").splitlines()
        assert sorted(line[3:] for line in changed) == sorted(added)
    finally:
        for name in added:
            (edited / name).unlink()


def code_signature(clone: Path) -> str:
    """The digest of what trains the iris problem, as a command in the clone has it."""
    asked = (
        "from pathlib import Path; from logodds.runs import code; from logodds.runs.config import read_file; "
        "print(code.sources(read_file(Path('out/iris/config.yaml'))))"
    )
    return run(clone, "-c", asked, PYTHONPATH=str(clone / "src")).stdout


def test_an_edit_of_what_trains_makes_another_signature(edited: Path) -> None:
    before = code_signature(edited)
    path = edited / "src" / "logodds" / "engine" / "fit.py"
    path.write_text(path.read_text() + "# a comment\n")
    assert code_signature(edited) != before


@pytest.mark.long
def test_a_stage_ends_with_its_dvc_and_goes_on_with_the_next(edited: Path) -> None:
    before = set(run_ids(edited, "toy"))
    for name, old, new in (("problem/toy", "epochs: 1000", "epochs: 4000"), ("train/default", "5.0", "0.05")):
        path = edited / "conf" / f"{name}.yaml"
        path.write_text(path.read_text().replace(old, new))
    command = [sys.executable, "-m", "dvc", "repro", "train@toy"]
    saved = edited / "out" / "toy" / "unfinished"
    changed = environment(edited, SHELL="/bin/sh")  # which gives its place to nobody by itself
    with subprocess.Popen(command, cwd=edited, env=changed, stdout=subprocess.DEVNULL) as dvc:
        while not list(saved.glob("*.ckpt")):
            assert dvc.poll() is None
            time.sleep(0.05)
        dvc.kill()
    store = client(edited)
    (found,) = set(run_ids(edited, "toy")) - before
    while store.get_run(found).info.status == "RUNNING":
        time.sleep(0.05)
    assert store.get_run(found).info.status == "KILLED"
    run(edited, *command[1:])
    assert set(run_ids(edited, "toy")) - before == {found}
    assert store.get_run(found).info.status == "FINISHED"
    assert [each.step for each in store.get_metric_history(found, "train/loss")] == list(range(1, 4001))
    shutil.rmtree(edited / "out" / "toy")
    git(edited, "checkout", "--", ".")
    run(edited, "-m", "dvc", "checkout")


def test_a_lock_that_dvc_was_killed_at_is_told_with_the_way_back(edited: Path) -> None:
    lock = edited / "dvc.lock"
    data = lock.read_bytes()
    assert pipeline.is_whole(lock)
    for damaged in (b"", data[:3000], data[:10000], data[: len(data) - 5], b"\x00\xff" * 99, b"stages:\n"):
        lock.write_bytes(damaged)
        assert not pipeline.is_whole(lock)
    done = run(edited, "src/reproduce.py", "toy", check=False)
    told = "error: dvc.lock: damaged, as when DVC was killed while it wrote it; git restore dvc.lock\n"
    assert (done.returncode, done.stderr) == (2, told)


def test_changed_data_is_refused_until_it_is_restored(reproduced: Reproduced) -> None:
    path, pin = reproduced.clone / "data" / "toy.csv", reproduced.clone / "data.dvc"
    right, pinned = path.read_bytes(), pin.read_bytes()
    path.write_bytes(right.replace(b"1,2,0", b"1,3,0"))
    done = run(reproduced.clone, "src/reproduce.py", check=False)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line == (
        "error: data/: modified against data.dvc; restore it with `python src/fetch.py`, "
        "or pin what is there with `dvc add data`"
    )
    assert pin.read_bytes() == pinned
    run(reproduced.clone, "src/fetch.py")
    assert path.read_bytes() == right


@pytest.mark.parametrize(
    ("arguments", "env", "told"),
    [
        (["iriss"], {}, "PROBLEM=iriss: not in the pipeline; did you mean iris?"),
        ([], {"LOGODDS_DEVICE": "gpu"}, "DEVICE=gpu: must be one of auto, cpu, cuda"),
        (["iris", "toy"], {}, "usage: python src/reproduce.py [problem]"),
    ],
    ids=["problem", "device", "usage"],
)
def test_reproduce_refuses(reproduced: Reproduced, arguments: list[str], env: dict[str, str], told: str) -> None:
    before = files(reproduced.clone)
    done = run(reproduced.clone, "src/reproduce.py", *arguments, check=False, **env)
    assert (done.returncode, done.stderr) == (2, f"error: {told}\n")
    assert files(reproduced.clone) == before


@pytest.mark.long
def test_an_experiment_of_dvc_lands_in_the_one_store(reproduced: Reproduced) -> None:
    """In a copy of the project below ``.dvc/tmp``, where DVC runs queued experiments."""
    before = set(run_ids(reproduced.clone, "toy"))
    run(reproduced.clone, "-m", "dvc", "exp", "run", "--temp", "-S", "conf/optim/sgd.yaml:lr=0.05", "evaluate@toy")
    (added,) = set(run_ids(reproduced.clone, "toy")) - before
    found = client(reproduced.clone).get_run(added)
    assert found.info.status == "FINISHED"
    assert found.data.params["optim.lr"] == "0.05"
    assert found.data.metrics["test/support"] == 6.0
    assert git(reproduced.clone, "status", "--porcelain") == ""


@pytest.mark.parametrize("problem", PROBLEMS)
def test_predictions_are_the_packages_on_the_test_rows(reproduced: Reproduced, problem: str) -> None:
    folder = reproduced.clone / "out" / problem
    found = pd.read_csv(folder / "predictions.csv", dtype={"actual": str, "predicted": str})
    rows = table.load(folder / "table.arrow")
    parts = split.load(folder / "split.safetensors", len(rows))
    built = package.load(folder / "model")
    probability = sigmoid(built.logits(rows.columns.take(parts.test)))
    assert found["row"].tolist() == parts.test.tolist()
    assert found["actual"].tolist() == [rows.classes[index] for index in rows.target[parts.test]]
    assert found["predicted"].tolist() == [rows.classes[int(value >= 0.5)] for value in probability]
    assert found["probability"].tolist() == probability.tolist()
