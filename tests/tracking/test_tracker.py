"""A tracker of another package, found by its entry point, keeps the same record as MLflow's."""

from __future__ import annotations

import getpass
import json
import re
from typing import Any

import pytest
from conftest import ROOT
from extended_project import ExtendedProject, extended_project

from logodds.tracking.mlflow import opening
from logodds.tracking.recorded import Recorded

pytestmark = pytest.mark.slow

JOBS = ("problem=toy", "train.epochs=3", "optim.lr=0.01,0.1")
# Tags that are another's in each run, or say which tracker it was.
OWN = ("process", "signature", "sweep.id", "sweep.best", "config.yaml.sha256")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> ExtendedProject:
    found = extended_project(tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("site"))
    found.add("logodds.trackers", "jsonlines", ROOT / "tests" / "tracking" / "jsonlines_tracker.py")
    found.configure("tracking/jsonlines.yaml", "name: jsonlines\n")
    return found


def events(project: ExtendedProject, run_id: str) -> list[dict[str, Any]]:
    """What the tracker wrote of a run."""
    text = (project.root / "mlruns" / "jsonlines" / "toy" / run_id / "events.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def swept(project: ExtendedProject) -> str:
    """The id of a sweep's parent run in the second tracker."""
    shown = project.run("src/train.py", "-m", *JOBS, "tracking=jsonlines")
    found = re.search(r"sweep=([0-9a-f]{32})", shown)
    assert found is not None
    assert f"best run: {(project.root / 'mlruns' / 'jsonlines' / 'toy').as_uri()}/" in shown
    assert "charts:" not in shown  # it has no such page
    return found[1]


def recorded(source: Any, parent: str) -> dict[str, Recorded]:
    """A sweep's runs by name, the parent among them."""
    above = source.run(parent)
    return {each.name: each for each in [above, *source.children(above.experiment, parent)]}


def told(each: Recorded) -> dict[str, Any]:
    """What does not depend on the tracker or the time."""
    tags = {key: value for key, value in each.tags.items() if not key.startswith("mlflow.") and key not in OWN}
    params = {key: value for key, value in each.params.items() if not key.startswith("tracking.")}
    figures = {name: value for name, value in each.figures.items() if name != "seconds/training"}
    return {"status": each.status, "tags": tags, "params": params, "figures": figures, "child": each.parent is not None}


@pytest.fixture(scope="module")
def in_mlflow(project: ExtendedProject) -> dict[str, Recorded]:
    """The same sweep in MLflow's store: its runs by name."""
    shown = project.run("src/train.py", "-m", *JOBS)
    parent = re.search(r"sweep=([0-9a-f]{32})", shown)
    assert parent is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        return recorded(opening.reader(project.root), parent[1])


def test_a_sweep_s_record_is_the_one_in_mlflow(
    project: ExtendedProject, swept: str, in_mlflow: dict[str, Recorded]
) -> None:
    from jsonlines_tracker import Lines

    found = recorded(Lines(project.root / "mlruns" / "jsonlines"), swept)
    assert found.keys() == {"sweep lr", "lr=0.01", "lr=0.1"}
    assert {name: told(each) for name, each in found.items()} == {name: told(each) for name, each in in_mlflow.items()}


def test_mlflow_s_own_tags_are_those_of_version_0_1(in_mlflow: dict[str, Recorded]) -> None:
    """As they stood in the store of the same sweep before trackers were options; figures are left out."""
    parent = in_mlflow["sweep lr"].id
    child = {
        "mlflow.parentRunId": parent,
        "mlflow.source.name": "src/train.py",
        "mlflow.source.type": "LOCAL",
        "mlflow.user": getpass.getuser(),
        "mlflow.loggedArtifacts": '[{"path": "val/confusion_matrix.json", "type": "table"}]',
        "mlflow.note.content": "6 val rows, positive class 1\n\n"
        "| log_loss | accuracy | precision | recall | f1 | roc_auc | average_precision | brier |\n"
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n| # | # | # | # | # | # | # | # |\n\n"
        "| actual | predicted 0 | predicted 1 |\n| --- | ---: | ---: |\n| # | # | # |\n| # | # | # |",
    }
    expected = {
        "sweep lr": {
            "mlflow.runName": "sweep lr",
            "mlflow.loggedArtifacts": '[{"path": "ranking.json", "type": "table"}]',
            "mlflow.note.content": "| run | best/log_loss |\n| --- | ---: |\n| lr=0.01 | # |\n| lr=0.1 | # |",
        },
        "lr=0.01": {**child, "mlflow.runName": "lr=0.01", "mlflow.runColor": "#1f77b4"},
        "lr=0.1": {**child, "mlflow.runName": "lr=0.1", "mlflow.runColor": "#ff7f0e"},
    }
    found = {}
    for name, each in in_mlflow.items():
        found[name] = {key: value for key, value in each.tags.items() if key.startswith("mlflow.")}
        note = found[name]["mlflow.note.content"]
        found[name]["mlflow.note.content"] = re.sub(r"(?<=\| )[\d.]+(?= \|)", "#", note)
    assert found == expected


def test_the_verbs_reach_the_tracker(project: ExtendedProject, swept: str) -> None:
    written = events(project, swept)
    assert [each["charts"]["params"] for each in written if "charts" in each] == [["optim.lr"]]
    assert any(each.get("description", "").startswith("| run |") for each in written)
    (child, *_) = [path for path in (project.root / "mlruns" / "jsonlines" / "toy").iterdir() if path.name != swept]
    opened, *rest = events(project, child.name)
    assert (opened["parent"], opened["colour"] in ("#1f77b4", "#ff7f0e")) == (swept, True)
    assert [each["source"]["command"] for each in rest if "source" in each] == ["src/train.py"]
    assert [each["datasets"][0]["rows"] for each in rest if "datasets" in each] != []


def test_the_same_sweep_again_is_done(project: ExtendedProject, swept: str) -> None:
    assert "all 2 runs are done already" in project.run("src/train.py", "-m", *JOBS, "tracking=jsonlines")


def test_commands_without_a_configuration_read_the_tracker_that_is_named(project: ExtendedProject, swept: str) -> None:
    shown = project.run("src/compare.py", f"sweep={swept[:8]}", LOGODDS_TRACKER="jsonlines")
    best = re.search(r"evaluate\.py run=([0-9a-f]{32})", shown)
    assert best is not None
    project.run("src/evaluate.py", f"run={best[1]}", LOGODDS_TRACKER="jsonlines")
    figures = {name for each in events(project, best[1]) for name, *_ in each.get("points", [])}
    assert "test/log_loss" in figures


def test_a_run_is_found_again(project: ExtendedProject) -> None:
    """``train.reuse`` and the address that is shown."""
    again = ("src/train.py", "problem=toy", "train.epochs=4", "tracking=jsonlines", "train.reuse=true")
    first = project.run(*again)
    run_id = re.search(r"toy/([0-9a-f]{32})$", first, re.MULTILINE)
    assert run_id is not None
    assert f"already trained as run {run_id[1]};" in project.run(*again)
