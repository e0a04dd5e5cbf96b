"""Options of other packages, as docs/extending.md shows them: found by entry points, trained with, gone on with after a
kill, replayed and served."""

from __future__ import annotations

import importlib
import json
import re
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import ROOT, client, commit, environment, git, printed_run, run
from extended_project import ExtendedProject, extended_project
from processes import Started
from sklearn.metrics import recall_score

from logodds.engine.loss import LOSSES
from logodds.evaluation.metric import METRICS
from logodds.models.model import MODELS
from logodds.options import registry
from logodds.system.errors import UserError

PAGE = (ROOT / "docs" / "extending.md").read_text()
BLOCK = re.compile(r"```(python|yaml)\n# (\S+)(?:: (\w+))?\n(.*?)```", re.DOTALL)
COMMAND = (
    "src/train.py",
    "problem=moons",
    "model=wide",
    "loss=brier",
    "optim=signsgd",
    "train.monitor=val/specificity",
)
LONG = (*COMMAND, "train.epochs=400", "train.batch_size=16", "train.checkpoint_seconds=0.05")
pytestmark = [pytest.mark.long, pytest.mark.xdist_group("added_options"), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> ExtendedProject:
    """A repository with the page's options installed beside it."""
    found = extended_project(tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("site"))
    scratch = tmp_path_factory.mktemp("modules")
    for language, head, name, text in BLOCK.findall(PAGE):
        if language == "yaml":
            package = f"# {head}\n" if head.startswith("@") else ""
            found.configure(head, package + text)
        else:
            (scratch / f"{name}.py").write_text(text)
            found.add(head, name, scratch / f"{name}.py")
    random = np.random.default_rng(0)
    target = np.arange(160) % 2
    points = random.normal(size=(160, 2)) + 1.5 * target[:, None]
    lines = [f"{x:.6f},{y:.6f},{label}" for (x, y), label in zip(points, target, strict=True)]
    (found.root / "data" / "moons.txt").write_text("\n".join(lines) + "\n")
    (found.root / ".gitignore").write_text("/data\n/mlruns\n/out\n__pycache__\n")
    git(found.root, "init", "--quiet")
    commit(found.root, "with options of other packages")
    return found


@pytest.fixture(scope="module")
def trained(project: ExtendedProject) -> str:
    """The id of a run that nothing interrupted."""
    return printed_run(project.run(*LONG, "train.checkpoint_seconds=1000"))


def digests(project: ExtendedProject, run_id: str) -> dict[str, str]:
    tags = client(project.root).get_run(run_id).data.tags
    return {name: tags[name] for name in ("weights.sha256", "history.sha256", "predictions.sha256")}


def test_every_group_of_the_page_has_an_example_or_a_file_of_the_tests() -> None:
    shown = {head for language, head, _, _ in BLOCK.findall(PAGE) if language == "python"}
    named = set(re.findall(r"\| `(logodds\.[a-z]+)` \|", PAGE))
    assert named - shown == {"logodds.features", "logodds.trackers", "logodds.launchers"}


def test_a_run_with_added_options_is_recorded_like_any(project: ExtendedProject, trained: str) -> None:
    found = client(project.root).get_run(trained).data
    chosen = [found.params[f"{section}.name"] for section in ("model", "loss", "optim")]
    assert chosen == ["wide", "brier", "signsgd"]
    history = client(project.root).get_metric_history(trained, "val/specificity")
    best = max(point.value for point in history)
    assert found.metrics["best/specificity"] == best
    assert float(found.tags["best.epoch"]) == min(point.step for point in history if point.value == best)


def test_an_added_metric_is_computed_on_the_test_rows_too(project: ExtendedProject, trained: str) -> None:
    project.run("src/evaluate.py", f"run={trained}")
    figures = client(project.root).get_run(trained).data.metrics
    assert figures["test/specificity"] == figures["test/tn"] / (figures["test/tn"] + figures["test/fp"])


def test_a_run_that_was_killed_goes_on_to_the_same_bits(project: ExtendedProject, trained: str) -> None:
    """Its ``nn.Dropout`` draws from PyTorch's global generator, whose state is kept."""
    variables = environment(project.root, PYTHONPATH=str(project.site))
    before = {path: path.stat().st_mtime_ns for path in project.root.glob("out/runs/moons/*/unfinished/*.ckpt")}
    process = Started(project.root, [*LONG, "train.reuse=false"], variables)
    while not [p for p in project.root.glob("out/runs/moons/*/unfinished/*.ckpt") if p not in before]:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    process.kill()
    process.communicate()
    again = printed_run(project.run(*LONG, "train.reuse=false"))
    assert again != trained
    assert digests(project, again) == digests(project, trained)


def test_it_is_replayed(project: ExtendedProject, trained: str) -> None:
    assert project.run("src/replay.py", f"run={trained}").splitlines()[-1] == "verdict: identical"


SERVE = """
import sys, json, mlflow, pandas as pd
mlflow.set_tracking_uri(sys.argv[1])
rows = pd.DataFrame(json.loads(sys.argv[2]))
for run in sys.argv[3:]:
    print(json.dumps(mlflow.pyfunc.load_model(f"runs:/{run}/moons").predict(rows)["probability"].tolist()))
"""

LOAD = """
import sys, json, pandas as pd, logodds
rows = pd.DataFrame(json.loads(sys.argv[1]))
print(json.dumps(logodds.load(sys.argv[2]).predict_proba(rows)[:, 1].tolist()))
"""


def served(project: ExtendedProject, folder: Path, rows: str, *runs: str) -> list[str]:
    """What MLflow's own loading of some runs' models predicts for rows, in a folder without the packages."""
    (folder / "serve.py").write_text(SERVE)
    store = f"sqlite:///{project.root / 'mlruns' / 'mlflow.db'}"
    return run(folder, "serve.py", store, rows, *runs).stdout.splitlines()[-len(runs) :]


def test_it_is_served_where_the_package_is_not_installed(
    project: ExtendedProject, trained: str, tmp_path: Path
) -> None:
    points = np.loadtxt(project.root / "data" / "moons.txt", delimiter=",")[:, :2]
    rows = json.dumps({"x": points[:, 0].tolist(), "y": points[:, 1].tolist()})
    (project.root / "load.py").write_text(LOAD)
    own = project.run("load.py", rows, trained, PYTHONPATH=f"{project.root / 'src'}:{project.site}")
    (project.root / "load.py").unlink()
    (probabilities,) = served(project, tmp_path, rows, trained)
    assert json.loads(probabilities) == json.loads(own.splitlines()[-1])


def test_models_of_different_packages_are_served_by_one_process(
    project: ExtendedProject, trained: str, tmp_path: Path
) -> None:
    module = tmp_path / "thin.py"
    module.write_text((project.site / "wide_added.py").read_text().replace("wide", "thin"))
    project.add("logodds.models", "thin", module)
    project.configure("model/thin.yaml", "name: thin\nwidth: 2\n")
    thin = printed_run(project.run(*LONG[:2], "model=thin", "train.epochs=2"))
    rows = json.dumps({"x": [0.5, 1.5], "y": [0.1, 2.0]})
    alone, both = served(project, tmp_path, rows, thin), served(project, tmp_path, rows, trained, thin)
    assert both[1:] == alone


def test_models_of_different_code_are_served_by_one_process(
    project: ExtendedProject, trained: str, tmp_path: Path
) -> None:
    """Each runs the code that it was trained with, also in a program that has imported the edited code of today."""
    source = project.root / "src" / "logodds" / "serving" / "classifier.py"
    text = source.read_text()
    edited = text.replace("sigmoid(logits)}", "1.0 - sigmoid(logits)}")
    assert edited != text
    rows = json.dumps({"x": [0.5, 1.5], "y": [0.1, 2.0]})
    (before,) = served(project, tmp_path, rows, trained)
    try:
        source.write_text(edited)
        later = printed_run(project.run(*LONG, "train.checkpoint_seconds=1000", "train.reuse=false"))
        names = ("import logodds.serving.classifier\n", f"src = {str(source)!r}\n")
        checked = "assert sys.modules['logodds.serving.classifier'].__file__ == src\n"
        (tmp_path / "serve.py").write_text("".join(names) + SERVE.replace("\nmlflow", f"\n{checked}mlflow", 1))
        store = f"sqlite:///{project.root / 'mlruns' / 'mlflow.db'}"
        done = run(tmp_path, "serve.py", store, rows, trained, later, PYTHONPATH=str(project.root / "src"))
    finally:
        source.write_text(text)
    first, second = map(json.loads, done.stdout.splitlines()[-2:])
    assert first == json.loads(before)
    assert second == [1.0 - value for value in first]


@pytest.fixture
def installed(project: ExtendedProject, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's packages can be imported in this process."""
    monkeypatch.syspath_prepend(str(project.site))
    registry._of_entry_point.cache_clear()


@pytest.mark.usefixtures("installed")
def test_the_loss_is_the_brier_score_and_its_gradient() -> None:
    loss = LOSSES.option("brier")(name="brier")
    random = np.random.default_rng(1)
    target = torch.from_numpy(random.integers(0, 2, 50))
    logits = torch.from_numpy(random.normal(size=(1, 50, 1)))
    slope = torch.full((1, 50, 1), 1 / 50, dtype=torch.float64)
    shift = loss.by_class(1, torch.float64, torch.device("cpu"))[1][target][None] * slope
    objective = loss.objective([loss], 1, torch.device("cpu"))
    z = logits.clone().requires_grad_()
    expected = ((z.sigmoid()[0, :, 0] - target) ** 2).mean()
    expected.backward()
    out = torch.empty_like(logits)
    objective.residual(logits, slope, shift, out)
    torch.testing.assert_close(objective.losses(logits, slope, shift).sum(), expected.detach())
    torch.testing.assert_close(out, z.grad)


@pytest.mark.usefixtures("installed")
def test_the_metric_is_scikit_learn_s() -> None:
    random = np.random.default_rng(2)
    logits, target = random.normal(size=(3, 80)), random.integers(0, 2, 80)
    found = METRICS.option("specificity")(name="specificity").values(logits, target, 0.5)
    expected = [recall_score(target, row >= 0.0, pos_label=0) for row in logits]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.usefixtures("installed")
def test_an_option_that_is_not_there_is_told_with_those_that_are(project: ExtendedProject) -> None:
    assert "wide" in MODELS.names()
    with pytest.raises(UserError, match=r"model.name=wid: unknown; did you mean wide"):
        MODELS.option("wid")


def test_without_the_package_the_option_is_unknown(project: ExtendedProject) -> None:
    done = run(project.root, *COMMAND, "optim=sgd", check=False)
    assert done.returncode == 2
    assert "unknown" in done.stderr
    assert len([line for line in done.stderr.splitlines() if line.startswith("error: ")]) == 1


def test_an_unknown_optimiser_is_never_taken_for_another() -> None:
    optimisers = importlib.import_module("logodds.engine.optim").OPTIMISERS
    with pytest.raises(UserError, match=r"optim.name=lion: unknown; known: adam, adamw, newton, sgd"):
        optimisers.option("lion")
