"""Read a resolved configuration file, as ``compose`` writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from logodds.system.errors import UserError
from logodds.system.terminal.invocation import typed

LONGEST, DEEPEST, MOST = 1 << 18, 20, 20_000  # characters, levels and values that a configuration may have


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
        if (odd := oddity(text)) is not None:
            fault = f"holds {odd}, which no resolved configuration has"
        elif "${" in text:
            fault = "holds ${…}, which no resolved configuration has"
        elif isinstance(node := OmegaConf.load(path), DictConfig) and node:
            return node
    except (yaml.YAMLError, OSError, OmegaConfBaseException, ValueError, RecursionError):
        pass
    raise UserError(f"{path}: {fault}; write it again with `{typed('compose problem=NAME')}`")


def oddity(text: str) -> str | None:
    """Return what a YAML text has that would keep a parser busy for minutes or fill the memory; None if nothing.

    Raises:
        yaml.YAMLError: the text is no YAML.
    """
    if len(text) > LONGEST:
        return f"more than {LONGEST} characters"
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=yaml.CSafeLoader), start=1):  # only as far as the loop goes
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            return "references"  # a few could expand to a billion values
        if depth > DEEPEST:
            return f"more than {DEEPEST} levels"
        if count > MOST:
            return f"more than {MOST} values"
    return None


def section(path: Path, name: str) -> Any:
    """Return one section of a resolved configuration file.

    Raises:
        UserError: as :func:`load`, or there is no such section.
    """
    node = load(path)
    if name not in node:
        raise UserError(f"{path}: has no section {name}; write it again with `{typed('compose problem=NAME')}`")
    return node[name]
