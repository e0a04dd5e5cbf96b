"""Hydra's side: overrides -> :class:`~logodds.runs.config.Config`, and Hydra's errors as one line."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import fields
from pathlib import Path

import hydra
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from logodds.data.problem import SOURCES
from logodds.options.overrides import as_typed
from logodds.options.rules import forbidden
from logodds.options.suggestion import nearest
from logodds.runs import conf
from logodds.runs.config import Config, read_config
from logodds.system.errors import UserError
from logodds.system.terminal.invocation import typed
from logodds.system.terminal.text import shortened

#: Of the defaults that Hydra is to have: 1.3 warns where they are not named, 1.4 where they are, and has those of 1.3.
DEFAULTS = {"version_base": "1.3"} if hydra.__version__.startswith("1.3.") else {}
PLUGINS = {"hydra/launcher": "sweep", "hydra/sweeper": "grid"}  # groups of Hydra's own, with the option of this project
#: Of Hydra's own options those that help here; of the others one runs code from a file.
OPTIONS = {"-m", "--multirun", "-h", "--help", "-c", "--cfg", "--resolve", "--hydra-help", "--version"}
PRINTED = ("job", "hydra", "all")  # what --cfg takes
#: Of Hydra's own keys those that help here: through others a value names code to be run, or another folder to read.
OF_HYDRA = re.compile(r"hydra/(launcher|sweeper)|hydra\.(launcher|sweeper)\.[a-z]\w*|hydra\.(run|sweep)\.(dir|subdir)")


def compose(overrides: Sequence[str]) -> Config:
    """The configuration for some overrides, without running anything.

    Raises:
        UserError: an unknown option or key, a wrong type, a value against its rule.
    """
    _refuse(overrides)
    with translated(overrides), hydra.initialize_config_dir(str(conf.main()), **DEFAULTS):
        return read_config(without_recipe(hydra.compose("config", list(overrides)), overrides))


def without_recipe(node: DictConfig, overrides: Sequence[str]) -> DictConfig:
    """The configuration without the keys of a problem's recipe that the chosen options do not have: with
    ``problem=adult model=logistic`` there is no ``model.hidden``. A key that was given stays, and is refused later."""
    found = node.copy()
    OmegaConf.set_struct(found, False)
    given = {override.lstrip("+").partition("=")[0] for override in overrides}
    for group in sorted(given & set(found) - {"problem"}):
        name = OmegaConf.select(found, f"{group}.name")
        if not conf.has(str(group), name):
            continue
        own = conf.load(str(group), name)
        for key in [key for key in found[group] if key not in own and f"{group}.{key}" not in given]:
            del found[group][key]
    return found


def main(task: Callable[[DictConfig], int], arguments: Sequence[str]) -> int:
    """Run ``task`` under Hydra with the command line's arguments: once, or once per job of a sweep (``-m``)."""
    overrides = _overrides(arguments)
    _refuse(overrides)
    # Hydra prints errors itself, over several lines, unless it is asked for the exception.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    result: list[int] = []
    raised: list[BaseException] = []

    def keep(node: DictConfig) -> None:
        try:
            result.append(task(without_recipe(node, overrides)))
        except BaseException as error:  # raised again below: Hydra would announce it with a line of its own
            raised.append(error)

    OmegaConf.register_new_resolver("typed", typed, replace=True)  # for the help text
    with translated(overrides):
        hydra.main(**DEFAULTS, config_path=str(conf.main()), config_name="config")(keep)()
    if raised:
        raise raised[0]
    return max(result, default=0)


@contextmanager
def translated(overrides: Sequence[str]) -> Iterator[None]:
    """Hydra's and OmegaConf's errors as one line that names the nearest valid key or option."""
    try:
        yield
    except (HydraException, OmegaConfBaseException, ValueError) as error:  # ValueError: a group set to no name
        raise UserError(_line(str(error), overrides)) from error


def _line(text: str, overrides: Sequence[str]) -> str:
    for index, given in enumerate(overrides):
        if not _parses(given):
            return f"{given}: {_instead(index, overrides)}"
    first = text.splitlines()[0]
    if first.startswith(("Ambiguous value", "Sweep parameters")):
        given = next(given for given in overrides if _parsed(given).is_sweep_override())
        key, _, value = given.partition("=")
        text = "" if conf.is_group(key) or "(" in value else f"; one text is typed {as_typed(key, value)}"
        return f"{given}: several values are a sweep, which takes -m{text}"
    override = re.search(r"Could not override '([^']+)'", first)
    if override:
        return _unknown_key(override[1], overrides)
    option = re.search(r"Could not find '(.+)/([^/']*)'", first)
    if option:
        group, name = option.groups()
        return f"{group}={name}: unknown option; {nearest(name, _options(group))}"
    merging = re.match(r"Error merging override (.*)", first)
    if merging:
        return f"{merging[1]}: a mapping, which the key does not take; --help shows what stands there"
    return shortened(first, 200)


def _parsed(override: str) -> Override:
    return OverridesParser.create().parse_override(override)


def _parses(override: str) -> bool:
    """Whether Hydra can read it, and it gives a key a value, and a group a name."""
    try:
        parsed = _parsed(override)
    except HydraException:
        return False
    if not parsed.key_or_group:
        return False
    free = parsed.is_delete() or parsed.is_sweep_override() or not conf.is_group(parsed.key_or_group)
    return free or isinstance(parsed.value(), str | list | dict)


def _instead(index: int, overrides: Sequence[str]) -> str:
    """What to type instead of an override that cannot be read."""
    given = overrides[index]
    key, equals, value = given.partition("=")
    if conf.is_group(key) and equals and key:
        return f"no option of the group; {nearest(value, _options(key))}"
    text = given
    for rest in overrides[index + 1 :]:
        if "=" in rest:
            break
        text += f" {rest}"
        if _parses(text):
            return f"was split by the shell; type {shlex.quote(text)}"
    if index and not equals and _parses(text := f"{overrides[index - 1]} {given}"):
        return f"no key=value; where it belongs to the value before it, type {shlex.quote(text)}"
    if value.startswith(("[", "{")):
        example = as_typed("problem.missing", ["", "NA"])
        return f"not a list or mapping; write key=value in single quotes, as in {example}"
    if value.endswith(","):
        return "ends with a comma; write key=value, and a space before the next"
    home = str(Path.home() / value[2:]) if value.startswith("~/") else value
    line = as_typed(key, home)
    if equals and all(map(_parses, shlex.split(line))):
        return f"Hydra reads such a value in quotes only; type {line}" if home == value else f"type {line}"
    return "not an override; write key=value"


def _overrides(arguments: Sequence[str]) -> list[str]:
    """The arguments without Hydra's options."""
    found: list[str] = []
    rest = iter(arguments)
    for given in rest:
        option, equals, value = given.partition("=")
        if given in ("-c", "--cfg") and next(rest, None) not in PRINTED:
            raise UserError(f"{given}: prints a configuration; write {given} {' or '.join(PRINTED)}")
        if not given.startswith("-"):
            found.append(given)
        elif given not in OPTIONS:
            name = option.lstrip("-").replace("-", "_")
            keys = [key for key in _keys() if name in (key, key.partition(".")[2])]
            write = (
                f"{min(keys, key=len)}={value if equals else 'VALUE'}" if keys else "key=VALUE, as --help lists them"
            )
            raise UserError(f"{given}: no such option; write {write}")
    return found


def _keys() -> list[str]:
    """Every group, and every key of the groups' own options."""
    groups = [group for group in conf.groups() if group != "problem"]
    found = ["problem", *groups]
    for group in groups:
        found += [f"{group}.{key!s}" for name in conf.options(group) for key in conf.load(group, name)]
    return found + [f"problem.{field.name}" for cls in SOURCES.options().values() for field in fields(cls)]


def _refuse(overrides: Sequence[str]) -> None:
    """Refuse what Hydra would run, read from the environment, or take the last option of without a word."""
    for given in overrides:
        group, _, value = given.partition("=")
        key = group.lstrip("+~")
        if re.match(r"hydra\b", key) and (not OF_HYDRA.fullmatch(key) or "_target_" in value):
            told = "of Hydra's keys there are hydra/launcher, hydra/sweeper, hydra.launcher.KEY and hydra.sweeper.KEY"
            raise UserError(f"{shortened(given, 60)}: may run or read anything; {told}")
        wrong = forbidden(value)
        if wrong is not None:
            raise UserError(f"{shortened(given, 60)}: {wrong}")
        if value.startswith("[") and conf.is_group(group):
            raise UserError(f"{given}: {group} takes one option; for several runs use -m {group}={value.strip('[]')}")


def _options(group: str) -> list[str]:
    if group in PLUGINS:
        stored = [name.removesuffix(".yaml") for name in ConfigStore.instance().list(group)]
        return [*stored, *(name for name in conf.options(group) if name not in stored)]
    return conf.options(group)


def _unknown_key(key: str, overrides: Sequence[str]) -> str:
    """Name the nearest key, or the option that has this one."""
    section, _, name = key.partition(".")
    if any(key.startswith(f"{group.replace('/', '.')}.") for group in PLUGINS):
        return _unknown_plugin_key(key, overrides)
    chosen = {text.partition("=")[0]: text.partition("=")[2] for text in overrides}
    groups = [f"{group}={value}" for group, value in chosen.items() if "." not in group and value in _options(group)]
    within = GlobalHydra.instance().is_initialized()  # in a sweep
    with nullcontext() if within else hydra.initialize_config_dir(str(conf.main()), **DEFAULTS):
        node = hydra.compose("config", groups)
    if key in _mappings():
        return f"{key}: a mapping, to which keys are added one by one: +{key}.NAME=VALUE"
    if key.rpartition(".")[0] in _mappings():
        given = next((text for text in overrides if text.partition("=")[0] == key), f"{key}=VALUE")
        return f"{key}: not there to be changed; add it with {shlex.quote(f'+{given}')}"
    if section in node:
        owners = [option for option in _options(section) if name in conf.load(section, option)]
        if owners:
            has = f"{section}={owners[0]} has it"
            return f"{key}: not a key of {section}={node[section].name}; {has}"
    keys = [f"{part!s}.{item!s}" for part in node for item in node[part]]
    return f"{key}: unknown key; {nearest(key, keys if name else [*map(str, node), *keys])}"


def _unknown_plugin_key(key: str, overrides: Sequence[str]) -> str:
    group = next(group for group in PLUGINS if key.startswith(f"{group.replace('/', '.')}."))
    prefix = group.replace("/", ".")
    chosen = next((text.partition("=")[2] for text in overrides if text.startswith(f"{group}=")), PLUGINS[group])
    keys = {option: {f"{prefix}.{name!s}" for name in _plugin(group, option)} for option in _options(group)}
    owners = [option for option, having in keys.items() if key in having]
    if owners:
        return f"{key}: not a key of {group}={chosen}; {group}={owners[-1]} has it"
    return f"{key}: unknown key; {nearest(key, keys.get(chosen, set()) - {f'{prefix}._target_', f'{prefix}.name'})}"


def _plugin(group: str, option: str) -> DictConfig:
    """An option of a group of Hydra's own: a project's file, or what a plugin has stored."""
    if conf.has(group, option):
        return conf.load(group, option)
    found: DictConfig = ConfigStore.instance().load(f"{group}/{option}.yaml").node
    return found


def _mappings() -> set[str]:
    """Keys whose value is a mapping, to which a person may add."""
    return {
        f"problem.{f.name}"
        for cls in SOURCES.options().values()
        for f in fields(cls)
        if str(f.type).startswith("dict[")
    }
