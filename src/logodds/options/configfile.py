"""Read a resolved configuration file, as ``compose`` writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from logodds.system.errors import UserError
from logodds.system.terminal.invocation import typed


def load(path: Path) -> DictConfig:
    """Return the content of a resolved configuration file.

    Raises:
        UserError: there is no such file, or it is not a mapping of sections with plain values.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such configuration; write it with `{typed('compose problem=NAME')}`")
    fault = "not a mapping of sections"
    try:
        text = path.read_text()
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.CSafeLoader)):
            fault = "holds aliases, which no resolved configuration has"  # a few could expand to a billion values
        elif "${" in text:
            fault = "holds ${…}, which no resolved configuration has"
        elif isinstance(node := OmegaConf.load(path), DictConfig) and node:
            return node
    except (yaml.YAMLError, OSError, OmegaConfBaseException, ValueError, RecursionError):
        pass
    raise UserError(f"{path}: {fault}; write it again with `{typed('compose problem=NAME')}`")


def section(path: Path, name: str) -> Any:
    """Return one section of a resolved configuration file.

    Raises:
        UserError: as :func:`load`, or there is no such section.
    """
    node = load(path)
    if name not in node:
        raise UserError(f"{path}: has no section {name}; write it again with `{typed('compose problem=NAME')}`")
    return node[name]
