"""Register the sweepers and launchers of logodds with Hydra, but only in the programs of logodds.

Hydra imports every installed plugin into each of its programs, and its store keeps one option per name. If our
``optuna`` were always registered, it would replace the ``optuna`` of another plugin in all Hydra programs.
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
PROVIDER = "logodds"  # marks our options in the store
#: Options of other plugins that ours have replaced, by group and name; None where there was none.
_displaced: dict[tuple[str, str], ConfigNode | None] = {}


class Program(SearchPathPlugin):
    """Hydra makes one of these each time it begins to compose a program's configuration. The program is one of ours if
    its main folder of configurations is our ``conf/``."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        main = next((element.path for element in search_path.get_path() if element.provider == "main"), "")
        if Path(main.removeprefix("file://")) != conf.main():
            _withdraw()
            return
        _register()
        for folder in conf.folders()[:-1]:
            search_path.prepend("project", f"file://{folder}", SearchPathQuery(provider="main"))


def _register() -> None:
    for group, options in OPTIONS.items():
        registered = _options(group)
        for name, node in options.items():
            before = registered.get(f"{name}.yaml")
            if before is None or before.provider != PROVIDER:
                _displaced[group, name] = before
                ConfigStore.instance().store(group=group, name=name, node=node, provider=PROVIDER)


def _withdraw() -> None:
    for (group, name), before in _displaced.items():
        registered = _options(group)
        del registered[f"{name}.yaml"]
        if before is not None:
            registered[f"{name}.yaml"] = before
    _displaced.clear()


def _options(group: str) -> dict[str, Any]:
    """Return the options of a group in Hydra's store, by file name."""
    options: dict[str, Any] = ConfigStore.instance().repo
    for part in group.split("/"):
        options = options.setdefault(part, {})
    return options
