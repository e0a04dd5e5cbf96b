"""Hydra's side: overrides -> :class:`~logodds.config.Config`, and Hydra's errors as one line."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import hydra
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
    with translated(overrides), hydra.initialize_config_dir(str(CONF), version_base="1.3"):
        return read_config(hydra.compose("config", list(overrides)))


def main(task: Callable[[DictConfig], int], overrides: Sequence[str]) -> int:
    """Run ``task`` under Hydra with the command line's overrides: once, or once per job of a sweep (``-m``)."""
    # Hydra prints errors itself, over several lines, unless it is asked for the exception.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    result: list[int] = []

    def keep(node: DictConfig) -> int:
        result.append(task(node))
        return result[-1]

    with translated(overrides):
        hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")(keep)()
    return max(result, default=0)


@contextmanager
def translated(overrides: Sequence[str]) -> Iterator[None]:
    """Hydra's and OmegaConf's errors as one line that names the nearest valid key or option."""
    try:
        yield
    except (HydraException, OmegaConfBaseException) as error:
        raise UserError(_line(error, overrides)) from error


def _line(error: Exception, overrides: Sequence[str]) -> str:
    text = str(error)
    first = text.splitlines()[0]
    if first.startswith("Could not override '"):
        key = first.split("'")[1]
        return f"{key}: unknown key; {nearest(key, _keys())}"
    if first.startswith("Could not find '") or "Could not override" in first:
        group, _, name = first.split("'")[1].partition("/")
        known = [path.stem for path in (CONF / group).glob("*.yaml")]
        return f"{group}={name}: unknown option; {nearest(name, known)}" if known else first
    if "mismatched input" in text or "token recognition" in text or "no viable alternative" in text:
        wrong = first.removeprefix("Error parsing override ").strip()
        return f"{wrong}: not an override; write key=value, with quotes round special characters"
    return first[:300]


def _keys() -> list[str]:
    """Every key of the default configuration, and of each option of its groups."""
    keys: set[str] = set()
    with hydra.initialize_config_dir(str(CONF), version_base="1.3"):
        node = hydra.compose("config")
    for section, values in node.items():
        keys.add(str(section))
        keys |= {f"{section!s}.{key!s}" for key in values}
    for path in sorted(CONF.glob("*/*.yaml")):
        if path.parent.name != "problem":
            keys |= {f"{path.parent.name}.{key}" for key in _mapping(path)}
    return sorted(keys)


def _mapping(path: Path) -> list[str]:
    node = OmegaConf.load(path)
    return [str(key) for key in node] if isinstance(node, DictConfig) else []
