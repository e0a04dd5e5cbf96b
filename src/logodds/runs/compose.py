"""The use of Hydra: turn overrides into a :class:`~logodds.runs.config.Config`, and refuse some before Hydra sees
them."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields

import hydra
from omegaconf import DictConfig, OmegaConf

from logodds.data.problem import SOURCES
from logodds.options.rules import forbidden
from logodds.runs import conf
from logodds.runs.config import Config, read_config
from logodds.runs.override_errors import translated
from logodds.system.errors import UserError
from logodds.system.terminal.invocation import typed
from logodds.system.terminal.text import shortened

#: Hydra's own options that are allowed because they help here. One of the others runs code from a file.
OPTIONS = {"-m", "--multirun", "-h", "--help", "-c", "--cfg", "--resolve", "--hydra-help", "--version"}
PRINTED = ("job", "hydra", "all")  # the values of --cfg
#: Hydra's own keys that are allowed because they help here. With others a value could name code to run, or another
#: folder to read.
OF_HYDRA = re.compile(r"hydra/(launcher|sweeper)|hydra\.(launcher|sweeper)\.[a-z]\w*|hydra\.(run|sweep)\.(dir|subdir)")


def compose(overrides: Sequence[str]) -> Config:
    """Return the configuration for some overrides, without running anything.

    Raises:
        UserError: an option or key is unknown, or a value has the wrong type or breaks a rule of its key.
    """
    _refuse(overrides)
    with translated(overrides), hydra.initialize_config_dir(str(conf.main()), **conf.DEFAULTS):
        return read_config(without_recipe(hydra.compose("config", list(overrides)), overrides))


def without_recipe(node: DictConfig, overrides: Sequence[str]) -> DictConfig:
    """Return the configuration without those keys of a problem's recipe that the chosen options do not have: with
    ``problem=adult model=logistic`` there is no ``model.hidden``. A key given in ``overrides`` stays, and is refused
    later."""
    config = node.copy()
    OmegaConf.set_struct(config, False)
    given = {override.lstrip("+").partition("=")[0]: override.partition("=")[2] for override in overrides}
    for group in sorted(given.keys() & set(config) - {"problem"}):
        name = OmegaConf.select(config, f"{group}.name")
        # A file may have another name than its option: conf/optim/fast.yaml with name: sgd. Of a sweep's files those of
        # this option count.
        files = [conf.load(str(group), file) for file in given[group].split(",") if conf.has(str(group), file)]
        files = [file for file in files if file.get("name") == name]
        if not files and conf.has(str(group), name):
            files = [conf.load(str(group), name)]
        if not files:
            continue
        own = {key for file in files for key in file}
        for key in [key for key in config[group] if key not in own and f"{group}.{key}" not in given]:
            del config[group][key]
    return config


def main(task: Callable[[DictConfig], int], arguments: Sequence[str]) -> int:
    """Run ``task`` under Hydra with the command line's arguments: once, or once per job of a sweep (``-m``).

    Returns:
        The largest exit status of the tasks; 0 without any.
    """
    overrides = _overrides(arguments)
    _refuse(overrides)
    # Hydra prints errors itself, over several lines, unless it is asked for the exception.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    if len(overrides) < len(arguments) and {"-m", "--multirun"} & set(arguments):
        # Hydra's parser takes options only before or after all overrides.
        sys.argv[1:] = ["-m", *(given for given in arguments if given not in ("-m", "--multirun"))]
    result: list[int] = []
    raised: list[BaseException] = []

    def keep(node: DictConfig) -> None:
        try:
            result.append(task(without_recipe(node, overrides)))
        except BaseException as error:  # raised again below: Hydra would announce it with a line of its own
            raised.append(error)

    OmegaConf.register_new_resolver("typed", typed, replace=True)  # for the help text
    with translated(overrides):
        hydra.main(**conf.DEFAULTS, config_path=str(conf.main()), config_name="config")(keep)()
    if raised:
        raise raised[0]
    return max(result, default=0)


def _overrides(arguments: Sequence[str]) -> list[str]:
    """Return the arguments without Hydra's options.

    Raises:
        UserError: an option is not allowed, or ``--cfg`` lacks its value.
    """
    overrides: list[str] = []
    rest = iter(arguments)
    for given in rest:
        option, equals, value = given.partition("=")
        if given in ("-c", "--cfg") and next(rest, None) not in PRINTED:
            raise UserError(f"{given}: prints a configuration; write {given} {' or '.join(PRINTED)}")
        if not given.startswith("-"):
            overrides.append(given)
        elif given not in OPTIONS:
            name = option.lstrip("-").replace("-", "_")
            keys = [key for key in _keys() if name in (key, key.partition(".")[2])]
            write = (
                f"{min(keys, key=len)}={value if equals else 'VALUE'}" if keys else "key=VALUE, as --help lists them"
            )
            raise UserError(f"{given}: no such option; write {write}")
    return overrides


def _keys() -> list[str]:
    """Return all groups, and all keys of the groups' own options."""
    groups = [group for group in conf.groups() if group != "problem"]
    keys = ["problem", *groups]
    for group in groups:
        keys += [f"{group}.{key!s}" for name in conf.options(group) for key in conf.load(group, name)]
    return keys + [f"problem.{field.name}" for cls in SOURCES.options().values() for field in fields(cls)]


def _refuse(overrides: Sequence[str]) -> None:
    """Refuse overrides that make Hydra run code or read the environment, and lists of options of which Hydra would
    silently take the last."""
    for given in overrides:
        group, _, value = given.partition("=")
        key = group.lstrip("+~")
        if re.match(r"hydra\b", key) and (not OF_HYDRA.fullmatch(key) or "_target_" in value):
            valid = "of Hydra's keys there are hydra/launcher, hydra/sweeper, hydra.launcher.KEY and hydra.sweeper.KEY"
            raise UserError(f"{shortened(given, 60)}: may run or read anything; {valid}")
        wrong = forbidden(value)
        if wrong is not None:
            raise UserError(f"{shortened(given, 60)}: {wrong}")
        if value.startswith("[") and conf.is_group(group):
            raise UserError(f"{given}: {group} takes one option; for several runs use -m {group}={value.strip('[]')}")
