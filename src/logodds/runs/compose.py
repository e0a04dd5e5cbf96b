"""The use of Hydra: turn overrides into a :class:`~logodds.runs.config.Config`, and refuse some before Hydra sees
them."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, cast

import hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import filter_overrides
from omegaconf import DictConfig, OmegaConf

from logodds.data.problem import SOURCES
from logodds.data.split_options import SplitOptions
from logodds.options.overrides import LITERAL, as_hydra_reads
from logodds.options.rules import forbidden
from logodds.runs import conf
from logodds.runs.config import GROUPS, Config, read_config
from logodds.runs.override_errors import translated, unknown_key
from logodds.runs.own_file import instead_of_file, is_file, is_problem
from logodds.system.errors import UserError
from logodds.system.terminal.invocation import typed
from logodds.system.terminal.notes import show_notes
from logodds.system.terminal.text import shortened

if TYPE_CHECKING:
    from hydra._internal.hydra import Hydra

#: Hydra's own options that are allowed because they help here. One of the others runs code from a file.
OPTIONS = {"-m", "--multirun", "-h", "--help", "-c", "--cfg", "--resolve", "--hydra-help", "--version"}
SWEEP = {"-m", "--multirun"}
PRINTED = ("job", "hydra", "all")  # the values of --cfg
#: Hydra's own keys that are allowed because they help here. With others a value could name code to run, or another
#: folder to read.
OF_HYDRA = re.compile(r"hydra/(launcher|sweeper)|hydra\.(launcher|sweeper)\.[a-z]\w*")

OF_SWEEPS = re.compile(r"sweep\.|hydra[/.](launcher|sweeper)\b")  # the keys that only a sweep reads


def compose(overrides: Sequence[str]) -> Config:
    """Return the configuration for some overrides, without running anything.

    Raises:
        UserError: an option or key is unknown, or a value has the wrong type or breaks a rule of its key.
    """
    _refuse(overrides)
    overrides = _with_texts(overrides)
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
        # A file may have another name than its option: conf/optim/fast.yaml with name: sgd.
        files = {given[group], OmegaConf.select(config, f"{group}.name")}
        own = {key for file in files if conf.has(str(group), file) for key in conf.load(str(group), file)}
        if not own:
            continue
        for key in [key for key in config[group] if key not in own and f"{group}.{key}" not in given]:
            del config[group][key]
    return config


Task = Callable[[DictConfig, Sequence[str]], int]


def main(task: Task, arguments: Sequence[str]) -> int:
    """Run a task with the configuration that the command line's arguments choose: once, or once per job of a sweep
    (``-m``).

    Args:
        task: takes a configuration and those of its overrides that are not Hydra's own; returns an exit status.
        arguments: Hydra's options and overrides, as typed.

    Returns:
        The largest exit status of the tasks; 0 without any.

    Raises:
        UserError: an option or key is unknown or not allowed, or a value has the wrong type.
    """
    options, overrides = _parted(arguments)
    overrides = _each_once(overrides, sweeps=not SWEEP.isdisjoint(options))
    _refuse(overrides)
    overrides = _with_texts(overrides)
    if not set(options) <= SWEEP:
        _print(options, overrides)
        return 0
    # hydra.main would compose the configuration once more, only to see whether this is a sweep.
    with translated(overrides), hydra.initialize_config_dir(str(conf.main()), **conf.DEFAULTS):
        if options:
            return _sweep(task, overrides)
        node = hydra.compose("config", overrides)
    unused = [override for override in overrides if OF_SWEEPS.match(override.lstrip("+"))]
    if unused:
        show_notes([f"one run is no sweep: {', '.join(unused)} without effect; -m makes it a sweep"])
    return task(without_recipe(node, overrides), filter_overrides(overrides))


def _sweep(task: Task, overrides: list[str]) -> int:
    """Let Hydra's sweeper run the task once per job, and return the largest exit status."""
    result: list[int] = []
    raised: list[BaseException] = []

    def keep(node: DictConfig) -> None:
        try:
            result.append(task(without_recipe(node, overrides), HydraConfig.get().overrides.task))
        except BaseException as error:  # raised again below: Hydra would announce it with a line of its own
            raised.append(error)

    initialised = cast("Hydra", GlobalHydra.instance().hydra)  # by the context in which this is called
    initialised.multirun("config", keep, [*overrides, "hydra.mode=MULTIRUN"])
    if raised:
        raise raised[0]
    return max(result, default=0)


def _print(options: Sequence[str], overrides: Sequence[str]) -> None:
    """Let Hydra print what its options ask for: a help text, a configuration or its version."""
    sys.argv[1:] = [*options, *overrides]  # Hydra's parser refuses options between overrides
    # Hydra prints errors itself, over several lines, unless it is asked for the exception.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    OmegaConf.register_new_resolver("typed", typed, replace=True)  # for the help text
    with translated(overrides):
        hydra.main(**conf.DEFAULTS, config_path=str(conf.main()), config_name="config")(lambda node: None)()


def _parted(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return Hydra's options, with their values, and the overrides.

    Raises:
        UserError: an option is not allowed, or ``--cfg`` lacks its value.
    """
    options: list[str] = []
    overrides: list[str] = []
    rest = iter(arguments)
    for given in rest:
        option, equals, value = given.partition("=")
        if given in ("-c", "--cfg"):
            printed = next(rest, None)
            if printed not in PRINTED:
                raise UserError(f"{given}: prints a configuration; write {given} {' or '.join(PRINTED)}")
            options += [given, printed]
        elif not given.startswith("-"):
            overrides.append(given)
        elif given in OPTIONS:
            options.append(given)
        else:
            name = option.lstrip("-").replace("-", "_")
            keys = [key for key in _keys() if name in (key, key.partition(".")[2])]
            write = (
                f"{min(keys, key=len)}={value if equals else 'VALUE'}" if keys else "key=VALUE, as --help lists them"
            )
            raise UserError(f"{given}: no such option; write {write}")
    return options, overrides


def _with_texts(overrides: Sequence[str]) -> list[str]:
    """Return the overrides with texts as Hydra reads them, see :func:`as_hydra_reads`."""
    return [as_hydra_reads(given) if _is_text(given) else given for given in overrides]


def _is_text(given: str) -> bool:
    """Return whether an override gives a key of names a value that Hydra may read as something else."""
    match = re.match(r"(problem|split|features)\.(\w+)=([\[{]?)", given)
    if match is None or not (match[3] or LITERAL.fullmatch(given, match.end())):
        return False  # without searching all installed packages for sources
    classes = [SplitOptions] if match[1] == "split" else GROUPS[match[1]].options().values()
    kind = {"": "str", "[": "list[str]", "{": "dict[str, str]"}[match[3]]
    return any(
        field.name == match[2] and str(field.type).partition(" | ")[0] == kind
        for cls in classes
        for field in fields(cls)
    )


def _keys() -> list[str]:
    """Return all groups, and all keys of the groups' own options."""
    groups = [group for group in conf.groups() if group != "problem"]
    keys = ["problem", *groups]
    for group in groups:
        keys += [f"{group}.{key!s}" for name in conf.options(group) for key in conf.load(group, name)]
    return keys + [f"problem.{field.name}" for cls in SOURCES.options().values() for field in fields(cls)]


def _each_once(overrides: Sequence[str], sweeps: bool) -> list[str]:
    """Return overrides in which each key is given once.

    Mappings such as ``problem.kinds={a: text}`` and ``problem.kinds={b: text}`` are put together. Of other values the
    last one is taken, as by Hydra, because scripts append what their user types; a note says so.

    Raises:
        UserError: this is a sweep, and a key is typed with two values, where all of them may be meant.
    """
    found: dict[str, str] = {}
    for given in overrides:
        key, _, value = given.lstrip("+").partition("=")
        other = found.setdefault(key, given)
        if other.lstrip("+") == given.lstrip("+"):
            continue
        if _mapped(other) and _mapped(given) and not _mapped(other) & _mapped(given):
            found[key] = f"{other[:-1]}, {value[1:]}"
            continue
        both = f"{shortened(other, 60)} and {shortened(given, 60)}"
        if sweeps:
            raise UserError(f"{both}: {key} is given twice; leave one of them out")
        show_notes([f"{both}: {key} is given twice, the last one is taken"])
        found[key] = given
    return list(found.values())


def _mapped(override: str) -> set[str]:
    """Return the keys of the mapping that an override gives; none if it gives something else."""
    match = re.search(r"=\{([^{}]+)\}$", override)
    return {item.partition(":")[0].strip() for item in match[1].split(",")} if match else set()


def _refuse(overrides: Sequence[str]) -> None:
    """Refuse overrides that make Hydra run code or read the environment, and lists of options of which Hydra would
    silently take the last."""
    for given in overrides:
        group, equals, value = given.partition("=")
        if (group == "problem" and not is_problem(value)) or (not equals and is_file(given)):
            raise UserError(f"{given}: {instead_of_file(value or given)}")
        key = group.lstrip("+~")
        if re.fullmatch(r"hydra\.(run|sweep)\.\w+", key):
            raise UserError(f"{shortened(given, 60)}: has no effect here; a run prints the folder of its files")
        if re.match(r"hydra\b", key) and (not OF_HYDRA.fullmatch(key) or "_target_" in value):
            valid = "of Hydra's keys there are hydra/launcher, hydra/sweeper, hydra.launcher.KEY and hydra.sweeper.KEY"
            raise UserError(f"{shortened(given, 60)}: may run or read anything; {valid}")
        if re.fullmatch(r"[a-z_]+", group) and equals and not conf.is_group(group):
            raise UserError(unknown_key(group, overrides))
        wrong = forbidden(value)
        if wrong is not None:
            raise UserError(f"{shortened(given, 60)}: {wrong}")
        if value.startswith("[") and conf.is_group(group):
            raise UserError(f"{given}: {group} takes one option; for several runs use -m {group}={value.strip('[]')}")
