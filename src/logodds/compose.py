"""Hydra's side: overrides -> :class:`~logodds.config.Config`, and Hydra's errors as one line."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import hydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from logodds.config import Config, read_config
from logodds.errors import UserError
from logodds.provenance import project_root
from logodds.schema import nearest

CONF = project_root() / "conf"


def compose(overrides: Sequence[str]) -> Config:
    """The configuration for some overrides, without running anything.

    Raises:
        UserError: an unknown option or key, a wrong type, a value against its rule.
    """
    _refuse_lists(overrides)
    with translated(overrides), hydra.initialize_config_dir(str(CONF), version_base="1.3"):
        return read_config(without_recipe(hydra.compose("config", list(overrides)), overrides))


def without_recipe(node: DictConfig, overrides: Sequence[str]) -> DictConfig:
    """The configuration without the keys of a problem's recipe that the chosen options do not have: with
    ``problem=adult model=logistic`` there is no ``model.hidden``. A key that was given stays, and is refused later."""
    found = node.copy()
    OmegaConf.set_struct(found, False)
    given = {override.lstrip("+").partition("=")[0] for override in overrides}
    for group in sorted(given & set(found) - {"problem"}):
        path = CONF / str(group) / f"{OmegaConf.select(found, f'{group}.name')}.yaml"
        if not path.is_file():
            continue
        own = OmegaConf.load(path)
        for key in [key for key in found[group] if key not in own and f"{group}.{key}" not in given]:
            del found[group][key]
    return found


def main(task: Callable[[DictConfig], int], overrides: Sequence[str]) -> int:
    """Run ``task`` under Hydra with the command line's overrides: once, or once per job of a sweep (``-m``)."""
    _refuse_lists(overrides)
    # Hydra prints errors itself, over several lines, unless it is asked for the exception.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    result: list[int] = []
    raised: list[BaseException] = []

    def keep(node: DictConfig) -> None:
        try:
            result.append(task(without_recipe(node, overrides)))
        except BaseException as error:  # raised again below: Hydra would announce it with a line of its own
            raised.append(error)

    with translated(overrides):
        hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")(keep)()
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
    for given in overrides:
        if not _parses(given):
            return f"{given}: not an override; write key=value, with quotes round special characters"
    first = text.splitlines()[0]
    override = re.search(r"Could not override '([^']+)'", first)
    if override:
        return _unknown_key(override[1], overrides)
    option = re.search(r"Could not find '([^/']+)/([^']+)'", first)
    if option:
        group, name = option.groups()
        return f"{group}={name}: unknown option; {nearest(name, _options(group))}"
    return first[:300]


def _parses(override: str) -> bool:
    """Whether Hydra can read it, and it gives a key a value, and a group a name."""
    try:
        parsed = OverridesParser.create().parse_override(override)
    except HydraException:
        return False
    if not parsed.key_or_group:
        return False
    free = parsed.is_delete() or parsed.is_sweep_override() or not (CONF / parsed.key_or_group).is_dir()
    return free or isinstance(parsed.value(), str | list | dict)


def _refuse_lists(overrides: Sequence[str]) -> None:
    """Hydra would take the last option of a list without a word."""
    for given in overrides:
        group, _, value = given.partition("=")
        if value.startswith("[") and (CONF / group).is_dir():
            raise UserError(f"{given}: {group} takes one option; for several runs use -m {group}={value.strip('[]')}")


def _options(group: str) -> list[str]:
    return [path.stem for path in (CONF / group).glob("*.yaml")]


def _unknown_key(key: str, overrides: Sequence[str]) -> str:
    """Name the nearest key, or the option that has this one."""
    section, _, name = key.partition(".")
    chosen = {text.partition("=")[0]: text.partition("=")[2] for text in overrides}
    groups = [f"{group}={value}" for group, value in chosen.items() if "." not in group and value in _options(group)]
    with hydra.initialize_config_dir(str(CONF), version_base="1.3"):
        node = hydra.compose("config", groups)
    if OmegaConf.is_dict(OmegaConf.select(node, key)):
        return f"{key}: a mapping, to which keys are added one by one: +{key}.NAME=VALUE"
    if section in node:
        owners = [option for option in _options(section) if name in OmegaConf.load(CONF / section / f"{option}.yaml")]
        if owners:
            has = f"{section}={owners[0]} has it"
            return f"{key}: not a key of {section}={node[section].name}; {has}"
    return f"{key}: unknown key; {nearest(key, [f'{part!s}.{item!s}' for part in node for item in node[part]])}"
