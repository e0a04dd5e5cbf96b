"""What Hydra is to know of logodds, in the programs of logodds and in no other.

Hydra imports every installed plugin into each of its programs, and its store has one option of a name: an ``optuna``
that is always there would take the place of another plugin's ``optuna`` in all of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hydra.core.config_search_path import ConfigSearchPath, SearchPathQuery
from hydra.core.config_store import ConfigNode, ConfigStore
from hydra.plugins.search_path_plugin import SearchPathPlugin

from hydra_plugins.sweep.search import OptunaSweeperConf
from hydra_plugins.sweep.sweeper import GridSweeperConf
from logodds.runs import conf
from logodds.sweep.launcher import LAUNCHERS

LAUNCHER = "hydra_plugins.sweep.launcher.BatchLauncher"
OPTIONS: dict[str, dict[str, Any]] = {
    "hydra/launcher": {
        name: {"_target_": LAUNCHER, "name": name, **LAUNCHERS.option(name).defaults} for name in LAUNCHERS.own()
    },
    "hydra/sweeper": {"grid": GridSweeperConf, "optuna": OptunaSweeperConf},
}
PROVIDER = "logodds"  # by which the store tells our options
_displaced: dict[tuple[str, str], ConfigNode | None] = {}  # other plugins' options of our names, while ours are there


class Program(SearchPathPlugin):
    """Hydra makes one whenever a program begins to compose. A program is ours if it starts with our ``conf/``."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        main = next((each.path for each in search_path.get_path() if each.provider == "main"), "")
        if Path(main.removeprefix("file://")) != conf.main():
            _withdraw()
            return
        _register()
        for folder in conf.folders()[:-1]:
            search_path.prepend("project", f"file://{folder}", SearchPathQuery(provider="main"))


def _register() -> None:
    for group, options in OPTIONS.items():
        there = _options(group)
        for name, node in options.items():
            before = there.get(f"{name}.yaml")
            if before is None or before.provider != PROVIDER:
                _displaced[group, name] = before
                ConfigStore.instance().store(group=group, name=name, node=node, provider=PROVIDER)


def _withdraw() -> None:
    for (group, name), before in _displaced.items():
        there = _options(group)
        del there[f"{name}.yaml"]
        if before is not None:
            there[f"{name}.yaml"] = before
    _displaced.clear()


def _options(group: str) -> dict[str, Any]:
    """The store's options of a group, by file name."""
    found: dict[str, Any] = ConfigStore.instance().repo
    for part in group.split("/"):
        found = found.setdefault(part, {})
    return found
