"""Our launchers and sweepers among the plugins of other Hydra programs in the same environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, environment

pytestmark = pytest.mark.slow

STANDIN = """
from dataclasses import dataclass
from hydra.core.config_store import ConfigStore
from hydra._internal.core_plugins.basic_launcher import BasicLauncher
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper

@dataclass
class SweeperConf:
    _target_: str = "hydra_plugins.standin.StandInSweeper"
    max_batch_size: int | None = None
    params: dict[str, str] | None = None

@dataclass
class LauncherConf:
    _target_: str = "hydra_plugins.standin.StandInLauncher"

class StandInSweeper(BasicSweeper):
    pass

class StandInLauncher(BasicLauncher):
    pass

for group, node in {"sweeper": SweeperConf, "launcher": LauncherConf}.items():
    name = {"sweeper": "optuna", "launcher": "ray"}[group]
    ConfigStore.instance().store(group=f"hydra/{group}", name=name, node=node, provider="standin")
"""
APP = """
import hydra

@hydra.main(version_base="1.3", config_path="conf", config_name="config")
def main(config):
    from hydra.core.hydra_config import HydraConfig
    chosen = HydraConfig.get()
    print(config.x, chosen.sweeper._target_, chosen.launcher._target_)

main()
"""
TURNS = """
import sys
from hydra import compose, initialize_config_dir
from hydra.core.config_store import ConfigStore
from logodds.runs import conf

def target(folder):
    with initialize_config_dir(str(folder), version_base="1.3"):
        found = compose("config", ["hydra/sweeper=optuna", "hydra/launcher=ray"], return_hydra_config=True).hydra
    return f"{found.sweeper._target_} {found.launcher._target_}"

def options():
    stored = ConfigStore.instance()
    return " ".join(sorted(stored.list("hydra/launcher")) + sorted(stored.list("hydra/sweeper")))

print(target(sys.argv[1]))
print(options())
for folder in (conf.main(), conf.main(), sys.argv[1], conf.main(), sys.argv[1]):
    print(target(folder))
print(options())
"""
THEIRS = "hydra_plugins.standin.StandInSweeper hydra_plugins.standin.StandInLauncher"
OURS = "hydra_plugins.sweep.search.OptunaSweeper hydra_plugins.sweep.launcher.BatchLauncher"
CHOSEN = ["hydra/sweeper=optuna", "hydra/launcher=ray"]


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """The folder of another program, with a plugin that calls its options ``optuna`` and ``ray``."""
    for name, text in {
        "site/hydra_plugins/standin/__init__.py": STANDIN,
        "conf/config.yaml": "x: 0\n",
        "app.py": APP,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def called(app: Path, *arguments: str) -> str:
    """What this Python prints in an environment with the stand-in and our plugins."""
    paths = os.pathsep.join([str(app / "site"), str(ROOT / "src")])
    done = subprocess.run(
        [sys.executable, *arguments], cwd=app, env=environment(app, PYTHONPATH=paths), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_another_program_has_its_own_plugins(app: Path) -> None:
    told = called(app, "app.py", "-m", *CHOSEN, "x=1,2")
    assert [line for line in told.splitlines() if "standin" in line] == [f"1 {THEIRS}", f"2 {THEIRS}"]


def test_ours_has_ours(app: Path) -> None:
    told = called(app, str(ROOT / "src" / "train.py"), *CHOSEN, "hydra.sweeper.n_trials=3", "--cfg", "hydra")
    sweeper, launcher = OURS.split()
    assert f"_target_: {sweeper}\n    n_trials: 3\n" in told
    assert f"_target_: {launcher}\n" in told
    assert "standin" not in told


def test_programs_of_one_process_take_turns(app: Path) -> None:
    """The other program's options are the same before and after ours ran, whatever plugins are installed beside."""
    first, before, *turns, after = called(app, "-c", TURNS, str(app / "conf")).splitlines()
    assert [first, *turns] == [THEIRS, OURS, OURS, THEIRS, OURS, THEIRS]
    assert before == after
    assert {"ray.yaml", "optuna.yaml"} < set(after.split())
