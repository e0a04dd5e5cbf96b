"""Convert a configuration section to its dataclass.

A dataclass is defined beside the code that it configures. It has no defaults; values are in ``conf/``.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import ConfigKeyError, OmegaConfBaseException, ValidationError

from logodds.options.overrides import as_typed, name_as_spelt
from logodds.options.rules import Weights
from logodds.options.suggestion import nearest
from logodds.system.errors import UserError

T = TypeVar("T")


def read(cls: type[T], node: Any, prefix: str) -> T:
    """Return a section as an instance of its dataclass, with types and rules checked.

    Args:
        cls: the dataclass.
        node: the section.
        prefix: name of the section, for messages.

    Raises:
        UserError: a key is unknown or missing, or a value has a wrong type or breaks its rule; the message has the full
            key.
    """
    if not isinstance(node, DictConfig | Mapping):
        raise UserError(f"{prefix}: expected a section of keys, got {node!r}")
    names = [field.name for field in dataclasses.fields(cls)]  # type: ignore[arg-type]  # T is always a dataclass
    for key in node:
        if key not in names:
            raise UserError(f"{prefix}.{key}: unknown key for {cls.__name__}; {nearest(str(key), names)}")
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]
        # OmegaConf's own error would not name the key.
        if not _fits(str(field.type), node.get(field.name)):
            raise UserError(_wrong_type(cls, node, field.name, prefix))
        if "str" in str(field.type) and (found := _no_text(node.get(field.name))):
            read_as = "true or false" if isinstance(found[0], bool) else "a number"
            where = f" in a file of conf/{prefix}/" if str(field.type).startswith("dict") else ""
            raise UserError(
                f"{prefix}.{field.name}: {found[0]} was read as {read_as} and not as it is spelt; "
                f"write it in quotes{where}"
            )
    try:
        merged = OmegaConf.merge(OmegaConf.structured(cls), node)
        missing = sorted(OmegaConf.missing_keys(merged))
        if missing:
            raise UserError(f"{prefix}.{missing[0]}: missing; give {prefix}.{missing[0]}=VALUE")
        section: Any = OmegaConf.to_object(merged)
    except (ValidationError, ConfigKeyError) as error:
        raise UserError(_wrong_type(cls, node, str(error.full_key), prefix)) from error
    except OmegaConfBaseException as error:
        raise UserError(f"{prefix}: {str(error).splitlines()[0]}") from error
    for field in dataclasses.fields(section):
        rule = field.metadata.get("rule")
        value = getattr(section, field.name)
        if isinstance(value, dict):
            setattr(section, field.name, {name_as_spelt(name): item for name, item in value.items()})
        whole = isinstance(rule, Weights)
        if rule is None or (value is None and not whole):
            continue
        for item in value if isinstance(value, list) and not whole else [value]:
            if not rule.holds(item):
                shown = "null" if item is None else item if str(item).isprintable() else repr(item)
                raise UserError(f"{prefix}.{field.name}={shown}: must be {rule.text}")
        if whole:
            setattr(section, field.name, rule.plain(value))
    return section  # type: ignore[no-any-return]  # to_object gives the structured class back


def _fits(kind: str, given: Any) -> bool:
    """Return whether a value has lists and mappings where its type has them, at every level.

    OmegaConf checks the rest.

    Args:
        kind: the type annotation, such as ``list[list[str]] | None``.
        given: the value.
    """
    kind, _, _ = kind.partition(" | ")
    container, _, items = kind.removesuffix("]").partition("[")
    if given is None or kind == "Any":
        return True
    if container == "list":
        return isinstance(given, ListConfig | list) and all(_fits(items, item) for item in given)
    if container == "dict":
        return isinstance(given, DictConfig | Mapping) and all(_fits("str", item) for item in given.values())
    return not isinstance(given, ListConfig | DictConfig | list | Mapping)


def _no_text(given: Any) -> list[Any]:
    """Return the numbers and truth values of which YAML or Hydra may have changed the spelling, such as 0.1 for 0.10.

    A whole number keeps its spelling. As a mapping's key it is no text either.
    """
    if isinstance(given, DictConfig | Mapping):
        names = [name for name in given if not isinstance(name, str)]
        return names + _no_text(list(given.values()))
    if isinstance(given, ListConfig | list):
        return [other for item in given for other in _no_text(item)]
    return [given] if isinstance(given, bool | float) else []


def _wrong_type(cls: type, node: Any, key: str, prefix: str) -> str:
    """Return an error message with the key, its value and the right type, in words instead of OmegaConf's classes."""
    name = re.split(r"[.\[]", key)[0]
    kinds = {field.name: str(field.type) for field in dataclasses.fields(cls)}
    words = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "a text"}
    kind, _, optional = kinds[name].partition(" | ")
    items = kind.removeprefix("list[").removesuffix("]")
    of = {
        "int": "whole numbers, for example [64,64]",
        "str": "texts, for example [a,b]",
        "list[str]": "lists, for example [[a,b],[c]]",
    }
    if kind.startswith("dict["):
        wanted = f"a mapping of texts, for example '{prefix}.{name}={{a: b}}'"
    else:
        wanted = f"a list of {of[items]}" if kind != items else words[kind]
    given = "null" if node[name] is None else node[name]
    text = (
        f"; the text null is typed {as_typed(f'{prefix}.{name}', 'null')}" if given == "null" and kind == "str" else ""
    )
    return f"{prefix}.{name}={given}: must be {wanted}{' or null' if optional else ''}{text}"


def read_option(options: Mapping[str, type[T]], node: Any, prefix: str, key: str = "name") -> T:
    """Return a section as an instance of one of several dataclasses, which one of its keys selects.

    Args:
        options: the dataclasses by name.
        node: the section.
        prefix: name of the section, for messages.
        key: the key that holds the name.

    Raises:
        UserError: the name is unknown, or as :func:`read`.
    """
    if not isinstance(node, DictConfig | Mapping):
        raise UserError(f"{prefix}: must be a section of keys, not {node!r}")
    name = node.get(key)
    if not isinstance(name, str) or name not in options:
        raise UserError(f"{prefix}.{key}={name}: unknown; {nearest(str(name), options)}")
    return read(options[name], node, prefix)
