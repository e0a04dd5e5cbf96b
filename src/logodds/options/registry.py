"""The options of a group, such as the models, found by their names.

An option is the one class of its module. This project's own are the modules of a package; other packages add theirs as
entry points. A configuration can name what is there, and nothing that it holds is ever imported or called.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Generic, TypeVar

from omegaconf import DictConfig

from logodds.options.option import Option
from logodds.options.rules import OneOf
from logodds.options.schema import read
from logodds.options.suggestion import nearest
from logodds.system.errors import UserError
from logodds.system.terminal.text import shortened

T = TypeVar("T", bound=Option)


@dataclass(frozen=True)
class OptionModule:
    """The module of an option.

    Attributes:
        path: its file.
        folder: the folder from which its package is imported.
        entry_point: (group, ``name = value``) where another package adds it; None of this project's own options.
    """

    path: Path
    folder: Path
    entry_point: tuple[str, str] | None


@dataclass(frozen=True)
class Group(Generic[T]):
    """``section``: of the configuration; ``base``: what its options are subclasses of; ``package``: the one whose
    modules are this project's options, each called as the option; ``entry_points``: the name under which other packages
    list theirs, as ``name = "package.module"`` or ``name = "package.module:Class"``; ``key``: of the section, the one
    that chooses."""

    section: str
    base: type[Any]
    package: str
    entry_points: str
    key: str = "name"

    def option(self, name: str) -> type[T]:
        """The class of an option.

        Raises:
            UserError: no option of this name, or one that an installed package has broken.
        """
        # This project's own first: to look through all installed packages takes longer than a command's start.
        if name.isidentifier() and find_spec(f"{self.package}.{name}") is not None:
            found = _of_module(self, importlib.import_module(f"{self.package}.{name}"))
            if found is not None:
                return found
        if name in self.added():
            return _of_entry_point(self, self.added()[name])
        raise UserError(f"{self.section}.{self.key}={shortened(name, 60)}: unknown; {nearest(name, self.names())}")

    def own(self) -> list[str]:
        """This project's own options, sorted."""
        return sorted(_own(self))

    def module(self, name: str) -> OptionModule:
        """Where an option is defined.

        Raises:
            UserError: as :meth:`option`.
        """
        option = self.option(name)
        path = Path(inspect.getfile(option))
        package, _, _ = option.__module__.rpartition(".")
        line = None if package == self.package else (self.entry_points, f"{name} = {self.added()[name].value}")
        return OptionModule(path, path.parents[option.__module__.count(".")], line)

    def has(self, name: str) -> bool:
        """Whether there is an option of this name."""
        try:
            self.option(name)
        except UserError:
            return False
        return True

    def names(self) -> list[str]:
        """All options, sorted."""
        return sorted({*_own(self), *self.added()})

    def options(self) -> dict[str, type[T]]:
        """All options by name."""
        return {name: self.option(name) for name in self.names()}

    def added(self) -> Mapping[str, EntryPoint]:
        """The options of other packages."""
        return _added(self)

    def read(self, node: Any) -> T:
        """The section as the dataclass that it chooses, with every rule checked.

        Raises:
            UserError: in one line, the key, the rule it breaks, and what would be right.
        """
        if not isinstance(node, DictConfig | Mapping):
            raise UserError(f"{self.section}: must be a section of keys, not {node!r}")
        name = node.get(self.key)
        if not isinstance(name, str):
            raise UserError(f"{self.section}.{self.key}={name}: unknown; {nearest(str(name), self.names())}")
        found: T = read(self.option(name), node, self.section)
        found.check()
        return found


def _of_module(group: Group[T], module: Any) -> type[T] | None:
    """The one option that a module defines, None where it defines none."""
    found = [
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, group.base) and each.__module__ == module.__name__
    ]
    chosen = [each for each in found if not inspect.isabstract(each) and _name(group, each)]
    return chosen[0] if len(chosen) == 1 else None


def _name(group: Group[T], option: type[T]) -> str | None:
    """The name that an option gives itself, None of a base class."""
    for field in fields(option):
        rule = field.metadata.get("rule")
        if field.name == group.key and isinstance(rule, OneOf) and len(rule.words) == 1:
            return rule.words[0]
    return None


@cache
def _own(group: Group[T]) -> tuple[str, ...]:
    package = importlib.import_module(group.package)
    names = [each.name for each in pkgutil.iter_modules(package.__path__) if not each.ispkg]
    return tuple(
        name for name in names if _of_module(group, importlib.import_module(f"{group.package}.{name}")) is not None
    )


@cache
def _added(group: Group[T]) -> Mapping[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for each in entry_points(group=group.entry_points):
        if each.name in found and found[each.name].value == each.value:
            continue  # the same package twice: installed, and beside a model that was stored
        own = find_spec(f"{group.package}.{each.name}") if each.name.isidentifier() else None
        if each.name in found or own is not None:
            other = found[each.name].value if each.name in found else f"{group.package}.{each.name}"
            raise UserError(
                f"entry point {group.entry_points}: {each.name} is given by {each.value} and by {other}; "
                "rename one, or uninstall its package"
            )
        found[each.name] = each
    return found


@cache
def _of_entry_point(group: Group[T], point: EntryPoint) -> type[T]:
    told = f"entry point {group.entry_points}: {point.name} = {point.value}"
    try:
        given = point.load()
    except Exception as error:  # of any kind: it is another's code
        reason = shortened(f"{type(error).__name__}: {error}", 80)
        raise UserError(f"{told} cannot be imported ({reason}); mend or uninstall its package") from error
    found = given if isinstance(given, type) else _of_module(group, given)
    if found is None or not issubclass(found, group.base) or inspect.isabstract(found):
        base = f"{group.base.__module__}.{group.base.__name__}"
        raise UserError(f"{told} is no option; it must be one subclass of {base} with name: str = choice(...)")
    if _name(group, found) != point.name:
        raise UserError(f"{told} calls itself {_name(group, found)}; give both the same name")
    return found
