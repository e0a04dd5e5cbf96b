"""A launcher of another package, found by its entry point, trains a sweep."""

from __future__ import annotations

import pytest
from conftest import ROOT, run
from extended_project import ExtendedProject, extended_project

from logodds.tracking.mlflow import opening

pytestmark = pytest.mark.slow

JOBS = ("-m", "problem=toy", "train.epochs=2", "model=mlp", "model.hidden=[2],[3],[4]", "hydra/launcher=backwards")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> ExtendedProject:
    found = extended_project(tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("site"))
    found.add("logodds.launchers", "backwards", ROOT / "tests" / "sweep" / "launch" / "backwards_launcher.py")
    keys = "_target_: hydra_plugins.sweep.launcher.BatchLauncher\nname: backwards\nseconds: 0.01\n"
    found.configure("hydra/launcher/backwards.yaml", keys)
    return found


@pytest.mark.long
def test_an_added_launcher_trains_the_groups_in_its_order(
    project: ExtendedProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.run("src/train.py", *JOBS)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    reader = opening.reader(project.root)
    (experiment,) = [each.id for each in reader.experiments() if each.name == "toy"]
    found = [(each.name, each.status) for each in reader.of_experiment(experiment, {}) if each.parent is not None]
    assert found == [(f"hidden=[{units}]", "FINISHED") for units in (4, 3, 2)]


@pytest.mark.long
@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("hydra.launcher.seconds=-1", "hydra.launcher.seconds=-1.0: must be finite and >= 0"),
        ("hydra.launcher.second=1", "hydra.launcher.second: unknown key; did you mean hydra.launcher.seconds?"),
        ("hydra.launcher.n_jobs=2", "hydra.launcher.n_jobs: not a key of hydra/launcher=backwards"),
    ],
    ids=["against its rule", "unknown", "another's"],
)
def test_its_keys_are_checked(project: ExtendedProject, override: str, told: str) -> None:
    variables = {"PYTHONPATH": str(project.site)}
    done = run(project.root, "src/train.py", *JOBS, override, check=False, **variables)
    assert (done.returncode, done.stderr.splitlines()[-1][: len(told) + 7]) == (2, f"error: {told}")
