"""Errors of Hydra and OmegaConf about overrides, turned into one line that says what to type instead."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import fields
from pathlib import Path

import hydra
import yaml
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from logodds.data.problem import SOURCES
from logodds.options.overrides import as_typed
from logodds.options.suggestion import nearest
from logodds.runs import conf
from logodds.system.errors import UserError
from logodds.system.terminal.text import shortened

PLUGINS = {"hydra/launcher": "sweep", "hydra/sweeper": "grid"}  # Hydra's own groups, and this project's option


@contextmanager
def translated(overrides: Sequence[str]) -> Iterator[None]:
    """Raise errors of Hydra and OmegaConf as a UserError of one line that names the nearest valid key or option."""
    try:
        yield
    except (HydraException, OmegaConfBaseException, ValueError, yaml.YAMLError) as error:
        # A ValueError: the value of a group is not a name, or a file is not UTF-8. Without a text: of null as a key.
        if isinstance(error, yaml.YAMLError | UnicodeDecodeError) or not str(error):
            conf.refuse_unreadable()
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
        return unknown_key(override[1], overrides)
    option = re.search(r"Could not find '(.+)/([^/']*)'", first)
    if option:
        group, name = option.groups()
        return f"{group}={name}: unknown option; {nearest(name, _options(group))}"
    merging = re.match(r"Error merging override (.*)", first)
    if merging:
        return f"{merging[1]}: the key takes no mapping; --help shows its value"
    return shortened(first, 200)


def _parsed(override: str) -> Override:
    return OverridesParser.create().parse_override(override)


def _parses(override: str) -> bool:
    """Whether Hydra can read an override, it gives its key a value, and, for a group, the value is a name."""
    try:
        parsed = _parsed(override)
    except HydraException:
        return False
    if not parsed.key_or_group:
        return False
    free = parsed.is_delete() or parsed.is_sweep_override() or not conf.is_group(parsed.key_or_group)
    return free or isinstance(parsed.value(), str | list | dict)


def _instead(index: int, overrides: Sequence[str]) -> str:
    """Return what to type instead of an override that Hydra cannot read."""
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
        return f"not key=value; if it is part of the value before it, type {shlex.quote(text)}"
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


def _options(group: str) -> list[str]:
    if group in PLUGINS:
        stored = [name.removesuffix(".yaml") for name in ConfigStore.instance().list(group)]
        return [*stored, *(name for name in conf.options(group) if name not in stored)]
    return conf.options(group)


def unknown_key(key: str, overrides: Sequence[str]) -> str:
    """Return a line that names the nearest key, or the options that have this key."""
    section, _, name = key.partition(".")
    if any(key.startswith(f"{group.replace('/', '.')}.") for group in PLUGINS):
        return _unknown_plugin_key(key, overrides)
    chosen = {text.partition("=")[0]: text.partition("=")[2] for text in overrides}
    groups = [f"{group}={value}" for group, value in chosen.items() if "." not in group and value in _options(group)]
    within = GlobalHydra.instance().is_initialized()  # true in a sweep
    with nullcontext() if within else hydra.initialize_config_dir(str(conf.main()), **conf.DEFAULTS):
        node = hydra.compose("config", groups)
    if key in _mappings():
        return f"{key}: a mapping, to which keys are added one by one: +{key}.NAME=VALUE"
    if key.rpartition(".")[0] in _mappings():
        given = next((text for text in overrides if text.partition("=")[0] == key), f"{key}=VALUE")
        return f"{key}: not there to be changed; add it with {shlex.quote(f'+{given}')}"
    if section in node:
        owners = [option for option in _options(section) if name in conf.load(section, option)]
        if owners:
            return f"{key}: not a key of {section}={node[section].name}; {_owned(section, owners)}"
    keys = [f"{part!s}.{item!s}" for part in node for item in node[part]]
    if not name and section not in node and (owners := _with_section(key, keys, overrides)):
        return f"{key}: a key has its section before it; type {' or '.join(owners)}"
    return f"{key}: unknown key; {nearest(key, keys if name else [*map(str, node), *keys])}"


def _with_section(key: str, keys: Sequence[str], overrides: Sequence[str]) -> list[str]:
    """Return what to type for a key without its section: the keys of this name, or else the options that have it."""
    value = next((text.partition("=")[2] for text in overrides if text.lstrip("+~").partition("=")[0] == key), "VALUE")
    found = [shlex.quote(f"{full}={value}") for full in keys if full.partition(".")[2] == key]
    return found or [
        shlex.join([f"{group}={option}", f"{group}.{key}={value}"])
        for group in conf.groups()
        if group != "problem"
        for option in conf.options(group)
        if key in conf.load(group, option)
    ]


def _unknown_plugin_key(key: str, overrides: Sequence[str]) -> str:
    group = next(group for group in PLUGINS if key.startswith(f"{group.replace('/', '.')}."))
    prefix = group.replace("/", ".")
    chosen = next((text.partition("=")[2] for text in overrides if text.startswith(f"{group}=")), PLUGINS[group])
    keys = {option: {f"{prefix}.{name!s}" for name in _plugin(group, option)} for option in _options(group)}
    owners = [option for option, names in keys.items() if key in names]
    if owners:
        return f"{key}: not a key of {group}={chosen}; {_owned(group, owners)}"
    return f"{key}: unknown key; {nearest(key, keys.get(chosen, set()) - {f'{prefix}._target_', f'{prefix}.name'})}"


def _owned(group: str, options: Sequence[str]) -> str:
    """Say that these options (at least one) have a key."""
    *others, last = options
    return f"{group}={', '.join(others)} and {last} have it" if others else f"{group}={last} has it"


def _plugin(group: str, option: str) -> DictConfig:
    """Return an option of one of Hydra's own groups: from a project's file, or as a plugin has stored it."""
    if conf.has(group, option):
        return conf.load(group, option)
    node: DictConfig = ConfigStore.instance().load(f"{group}/{option}.yaml").node
    return node


def _mappings() -> set[str]:
    """Return the keys whose value is a mapping, to which a user may add entries."""
    return {
        f"problem.{f.name}"
        for cls in SOURCES.options().values()
        for f in fields(cls)
        if str(f.type).startswith("dict[")
    }
