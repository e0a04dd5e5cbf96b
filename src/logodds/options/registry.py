"""Look up the options of a group, such as the models, by name.

An option is the only option class in its module. This project's own options are the modules of one package per group;
other packages add theirs as entry points. A configuration can only choose among these names; no other text in it is
ever imported or called.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from functools import cache
from importlib.metadata import EntryPoint
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Generic, TypeVar

from omegaconf import DictConfig

from logodds.options import origin
from logodds.options.option import Option
from logodds.options.rules import OneOf
from logodds.options.schema import read
from logodds.options.suggestion import nearest
from logodds.system.errors import UserError
from logodds.system.terminal.text import shortened

T = TypeVar("T", bound=Option)


@dataclass(frozen=True)
class OptionModule:
    """The module that defines an option.

    Attributes:
        path: file of the module.
        folder: the folder from which its top-level package is imported.
        entry_point: (entry point group, ``name = value``) if another package adds the option; None for this project's
            own options.
    """

    path: Path
    folder: Path
    entry_point: tuple[str, str] | None


@dataclass(frozen=True)
class Group(Generic[T]):
    """The options among which one section of the configuration chooses.

    Attributes:
        section: name of the section.
        base: base class of the options.
        package: the package of this project's own options, as it is imported in this project; a module has the name of
            its option.
        entry_points: entry point group in which other packages list their options, as ``name = "package.module"`` or
            ``name = "package.module:Class"``.
        key: the key of the section that holds the name of the option.
    """

    section: str
    base: type[Any]
    package: str
    entry_points: str
    key: str = "name"

    @property
    def home(self) -> str:
        """The package of this project's own options, as it is imported here."""
        return origin.module(self.package)

    def option(self, name: str) -> type[T]:
        """Return the class of an option.

        Raises:
            UserError: there is no option of this name, or the installed package that adds it is broken.
        """
        # Try this project's own options first: searching all installed packages takes longer than starting a command.
        if name.isidentifier() and find_spec(f"{self.home}.{name}") is not None:
            option = _of_module(self, _imported(f"{self.home}.{name}"))
            if option is not None:
                return option
        if name in self.added():
            return _of_entry_point(self, self.added()[name])
        raise UserError(f"{self.section}.{self.key}={shortened(name, 60)}: unknown; {nearest(name, self.names())}")

    def own(self) -> list[str]:
        """Return the names of this project's own options, sorted."""
        return sorted(_own(self))

    def is_own(self, option: type[T]) -> bool:
        """Return whether the class of an option is this project's, not that of another package."""
        return option.__module__.rpartition(".")[0] == self.home

    def module(self, name: str) -> OptionModule:
        """Return the module that defines an option.

        Raises:
            UserError: as :meth:`option`.
        """
        option = self.option(name)
        path = Path(inspect.getfile(option))
        line = None if self.is_own(option) else (self.entry_points, f"{name} = {self.added()[name].value}")
        return OptionModule(path, path.parents[option.__module__.count(".")], line)

    def has(self, name: str) -> bool:
        """Return whether there is a usable option of this name."""
        try:
            self.option(name)
        except UserError:
            return False
        return True

    def names(self) -> list[str]:
        """Return the names of all options, sorted."""
        return sorted({*_own(self), *self.added()})

    def options(self) -> dict[str, type[T]]:
        """Return all options by name."""
        return {name: self.option(name) for name in self.names()}

    def added(self) -> Mapping[str, EntryPoint]:
        """Return the entry points of other packages' options by name.

        Raises:
            UserError: two options have the same name.
        """
        return _added(self, tuple(sys.path))

    def read(self, node: Any) -> T:
        """Return a section as an instance of the option class that it chooses, with all rules checked.

        Raises:
            UserError: a key breaks a rule; the message is one line with the key, the rule and the correction.
        """
        if not isinstance(node, DictConfig | Mapping):
            raise UserError(f"{self.section}: must be a section of keys, not {node!r}")
        name = node.get(self.key)
        if not isinstance(name, str):
            raise UserError(f"{self.section}.{self.key}={name}: unknown; {nearest(str(name), self.names())}")
        option: T = read(self.option(name), node, self.section)
        option.check()
        return option


def _of_module(group: Group[T], module: Any) -> type[T] | None:
    """Return the option that a module defines; None if it defines none or several."""
    classes = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, group.base) and value.__module__ == module.__name__
    ]
    options = [option for option in classes if not inspect.isabstract(option) and _name(group, option)]
    return options[0] if len(options) == 1 else None


def _name(group: Group[T], option: type[T]) -> str | None:
    """Return the name that an option class gives itself; None for a base class."""
    for field in fields(option):
        rule = field.metadata.get("rule")
        if field.name == group.key and isinstance(rule, OneOf) and len(rule.words) == 1:
            return rule.words[0]
    return None


@cache
def _own(group: Group[T]) -> tuple[str, ...]:
    package = importlib.import_module(group.home)
    names = []
    for module in pkgutil.iter_modules(package.__path__):
        if not module.ispkg:
            with suppress(UserError):  # a broken module is reported where it is chosen, and harms no other option
                if _of_module(group, _imported(f"{group.home}.{module.name}")) is not None:
                    names.append(module.name)
    return tuple(names)


def _imported(name: str) -> Any:
    """Import a module of this project or of a copy of it.

    Raises:
        UserError: it cannot be imported.
    """
    with _importing(name, "mend the module"):
        return importlib.import_module(name)


@contextmanager
def _importing(what: str, remedy: str) -> Iterator[None]:
    """Raise whatever exception an import raises as a UserError of one line."""
    try:
        yield
    except Exception as error:
        reason = shortened(f"{type(error).__name__}: {error}", 80)
        raise UserError(f"{what} cannot be imported ({reason}); {remedy}") from error


@cache
def _added(group: Group[T], path: tuple[str, ...]) -> Mapping[str, EntryPoint]:
    """Return the entry points of a group, as they are found on a ``path``."""
    points: dict[str, EntryPoint] = {}
    for point in origin.added(group.entry_points):
        if point.name in points and points[point.name].value == point.value:
            continue  # the same package is in two folders of the path
        own = find_spec(f"{group.home}.{point.name}") if point.name.isidentifier() else None
        if point.name in points or own is not None:
            other = points[point.name].value if point.name in points else f"{group.home}.{point.name}"
            raise UserError(
                f"entry point {group.entry_points}: {point.name} is given by {point.value} and by {other}; "
                "rename one, or uninstall its package"
            )
        points[point.name] = point
    return points


@cache
def _of_entry_point(group: Group[T], point: EntryPoint) -> type[T]:
    origin = f"entry point {group.entry_points}: {point.name} = {point.value}"
    with _importing(origin, "mend or uninstall its package"):
        loaded = point.load()
    option = loaded if isinstance(loaded, type) else _of_module(group, loaded)
    if option is None or not issubclass(option, group.base) or inspect.isabstract(option):
        base = f"{group.base.__module__}.{group.base.__name__}"
        rule = f"it must contain exactly one subclass of {base} with name: str = choice(...)"
        raise UserError(f"{origin} defines no option; {rule}")
    if _name(group, option) != point.name:
        raise UserError(f"{origin} calls itself {_name(group, option)}; give both the same name")
    return option
