"""The wheel in an environment of its own, far from the checkout: commands, a project's own ``conf/``, and the API."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, environment, printed_run

OWN = ("problem=csv", "problem.path=my.csv", "problem.target=y")
pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
MINE = """# @package _global_
defaults:
  - csv
  - _self_
problem:
  name: mine
  path: my.csv
  target: y
"""
SERVED = """
import logodds, pandas as pd, sys
model = logodds.load(sys.argv[1])
rows = pd.read_csv("my.csv").head(3)
print(logodds.__file__)
print(model.classes, model.predict_proba(rows).shape, set(model.predict(rows)) <= set(model.classes))
print(len(logodds.runs(problem="my")))
"""


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel.

    Attributes:
        scripts: the folder with its interpreter and console scripts.
        library: the folder with its packages.
        folder: an empty folder with a table, in which commands run.
    """

    scripts: Path
    library: Path
    folder: Path

    def run(self, *command: str, code: int = 0, at: str = ".") -> subprocess.CompletedProcess[str]:
        """A command line in the folder or one below it."""
        done = subprocess.run(
            [str(self.scripts / command[0]), *command[1:]],
            cwd=self.folder / at,
            env=environment(self.folder),
            capture_output=True,
            text=True,
        )
        assert done.returncode == code, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done


def sources(folder: Path) -> Path:
    """The files of this checkout, with its links as links."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists() and name.startswith(("src/", "conf/", "pyproject", "README", "LICENSE")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    return folder


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    place = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    offline = ["--no-deps", "--no-index"]
    built = ["wheel", *offline, "--no-build-isolation", "--wheel-dir", "dist", str(sources(place / "source"))]
    subprocess.run([*pip, *built], cwd=place, check=True, capture_output=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", "venv"], cwd=place, check=True)
    (wheel,) = (place / "dist").glob("*.whl")
    scripts = place / "venv" / "bin"
    subprocess.run([*pip, "--python", str(scripts / "python"), "install", *offline, str(wheel)], cwd=place, check=True)
    (library,) = (place / "venv" / "lib").glob("python*/site-packages")
    # What else is installed here, but not this checkout: links to it are followed from the first folder alone.
    (library / "others.pth").write_text(f"{sysconfig.get_paths()['purelib']}\n")
    folder = place / "folder"
    folder.mkdir()
    draws = np.random.default_rng(0)
    rows = draws.normal(size=(80, 2))
    called = np.where(rows[:, 0] + 0.3 * draws.normal(size=80) > 0, "yes", "no")
    lines = [f"{a:.6f},{b:.6f},{word}" for (a, b), word in zip(rows.tolist(), called.tolist(), strict=True)]
    (folder / "my.csv").write_text("\n".join(["a,b,y", *lines]) + "\n")
    return Installed(scripts, library, folder)


@pytest.fixture(scope="module")
def trained(installed: Installed) -> str:
    """What a training in the folder printed."""
    return installed.run("logodds", "train", *OWN, "train.epochs=3").stdout


def test_a_run_lies_below_the_working_folder(installed: Installed, trained: str) -> None:
    (place,) = [Path(line.split()[1]) for line in trained.splitlines() if line.startswith("files:")]
    assert place.is_relative_to(installed.folder / "out" / "runs" / "my")
    assert (place / "model" / "weights.safetensors").is_file()
    assert (installed.folder / "mlruns" / "mlflow.db").is_file()
    assert {path.name for path in installed.folder.iterdir()} >= {"mlruns", "my.csv", "out"}
    assert not (installed.library / "mlruns").exists()
    assert not (installed.library / "out").exists()


def test_its_weights_are_those_of_a_checkout(installed: Installed, trained: str, tmp_path: Path) -> None:
    checkout = sources(tmp_path / "checkout")
    shutil.copyfile(installed.folder / "my.csv", checkout / "my.csv")
    command = [sys.executable, "src/train.py", *OWN, "train.epochs=3", "tracking=none"]
    subprocess.run(command, cwd=checkout, env=environment(checkout), check=True, capture_output=True)
    (expected,) = checkout.glob("out/runs/my/*/model/weights.safetensors")
    assert (installed.folder / expected.relative_to(checkout)).read_bytes() == expected.read_bytes()


def test_what_a_command_says_is_to_be_typed_works(installed: Installed, trained: str) -> None:
    told = installed.run("logodds", "train", "-m", *OWN, "train.epochs=2", "optim.lr=0.1,0.2").stdout
    compare, evaluate = re.findall(r"logodds (compare sweep=\w+|evaluate run=\w+)", told)
    page = installed.run("logodds", *compare.split()).stdout
    assert "logodds evaluate run=" in page
    (written,) = (installed.folder / "out" / "compare").glob("*.html")
    css = (installed.library / "logodds" / "review" / "comparison" / "page.css").read_text()
    assert css.strip().splitlines()[0] in written.read_text()
    assert "test rows of run" in installed.run("logodds", *evaluate.split()).stdout
    assert "python src/" not in told + page


def test_a_run_is_replayed_and_the_project_is_well(installed: Installed, trained: str) -> None:
    assert "identical" in installed.run("logodds", "replay", f"run={printed_run(trained)}").stdout
    assert installed.run("logodds", "doctor").stderr == ""


def test_the_api(installed: Installed, trained: str) -> None:
    (module, model, count) = installed.run("python", "-c", SERVED, printed_run(trained)).stdout.splitlines()
    assert Path(module) == installed.library / "logodds" / "__init__.py"
    assert model == "('no', 'yes') (3, 2) True"
    assert int(count) >= 1


def test_a_projects_own_configuration_adds_and_overrides(installed: Installed, trained: str) -> None:
    conf = installed.folder / "conf"
    (conf / "problem").mkdir(parents=True)
    (conf / "train").mkdir()
    (conf / "problem" / "mine.yaml").write_text(MINE)
    shipped = (installed.library / "logodds" / "conf" / "train" / "default.yaml").read_text()
    (conf / "train" / "default.yaml").write_text(shipped.replace("epochs: 200", "epochs: 4"))
    try:
        installed.run("logodds", "compose", "problem=mine")
        composed = (installed.folder / "out" / "mine" / "config.yaml").read_text()
        assert "name: mine\n" in composed
        assert "epochs: 4\n" in composed
        assert "name: logistic\n" in composed  # of what came with the package
        (installed.folder / "below").mkdir()
        told = installed.run("logodds", "train", "problem=mine", at="below").stdout
        assert f"files: {installed.folder}/out/runs/mine/" in told
        wrong = installed.run("logodds", "train", "problem=mien", code=2).stderr
        assert wrong == "error: problem=mien: unknown option; did you mean mine?\n"
        listed = installed.run("logodds", "train", "--help").stdout
        assert re.search(r"^problem: .*\biris\b.*\bmine\b", listed, re.MULTILINE)
        assert "logodds train problem=iris optim=adam" in listed
        assert "python src/" not in listed
    finally:
        shutil.rmtree(conf)


def test_stages_run_without_a_checkout(installed: Installed) -> None:
    installed.run("logodds", "compose", *OWN, "problem.name=staged", "train.epochs=2")
    for stage in ("prepare", "split", "train", "evaluate"):
        installed.run("logodds", stage, "out/staged/config.yaml")
    assert (installed.folder / "out" / "staged" / "metrics.json").is_file()
    installed.run("logodds", "digest", "out/staged/config.yaml")
    listed = (installed.folder / "out" / "staged" / "code" / "train.sha256").read_text()
    assert "/logodds/commands/train_stage.py\n" in listed
    assert "/torch/" not in listed
