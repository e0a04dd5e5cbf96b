"""A resolved configuration on disk, as ``compose`` wrote it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from logodds.system.errors import UserError
from logodds.system.terminal.invocation import typed


def load(path: Path) -> DictConfig:
    """A resolved configuration file, as ``compose`` wrote it.

    Raises:
        UserError: no such file, or one that is not a mapping of sections with values.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such configuration; write it with `{typed('compose problem=NAME')}`")
    told = "not a mapping of sections"
    try:
        text = path.read_text()
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.CSafeLoader)):
            told = "holds aliases, which no resolved configuration has"  # a few of them are a billion values
        elif "${" in text:
            told = "holds ${…}, which no resolved configuration has"
        elif isinstance(node := OmegaConf.load(path), DictConfig) and node:
            return node
    except (yaml.YAMLError, OSError, OmegaConfBaseException, ValueError, RecursionError):
        pass
    raise UserError(f"{path}: {told}; write it again with `{typed('compose problem=NAME')}`")


def section(path: Path, name: str) -> Any:
    """One section of a resolved configuration file.

    Raises:
        UserError: as :func:`load`, or there is no such section.
    """
    node = load(path)
    if name not in node:
        raise UserError(f"{path}: has no section {name}; write it again with `{typed('compose problem=NAME')}`")
    return node[name]
