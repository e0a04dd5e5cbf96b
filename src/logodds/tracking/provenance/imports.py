"""Which files some code runs: its import closure, read from the source without importing anything."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from logodds.options.registry import OptionModule
from logodds.system import places


@dataclass(frozen=True)
class Folder:
    """A folder from which packages are imported.

    Attributes:
        path: the folder.
        packages: names of the packages that are followed; None: all. In an environment all that is installed lies side
            by side.
    """

    path: Path
    packages: tuple[str, ...] | None = None

    def files(self, name: str) -> list[Path]:
        """The files that importing a module runs, if it is followed; empty ones run nothing."""
        first, *rest = name.split(".")
        if self.packages is not None and first not in self.packages:
            return []
        place = self.path.joinpath(first, *rest)
        found = [file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()]
        return [file for file in found if file.stat().st_size > 0]


def library() -> Folder:
    """The folder with this project's own packages."""
    return Folder(places.LIBRARY, places.packages())


def folders(modules: Iterable[OptionModule]) -> list[Folder]:
    """The folder of this project's own packages, and those of other packages that define some options."""
    own = library()
    found = [own]
    for each in modules:
        package = each.path.relative_to(each.folder).parts[0].removesuffix(".py")
        is_own = each.folder == own.path and (own.packages is None or package in own.packages)
        if not is_own and (folder := Folder(each.folder, (package,))) not in found:
            found.append(folder)
    return found


def below(path: Path, folders: Sequence[Folder]) -> Path:
    """A file's place below the folder from which it is imported."""
    return next(path.relative_to(each.path) for each in folders if path.is_relative_to(each.path))


def closure(starts: Iterable[Path], folders: Sequence[Folder], read_only: Collection[Path] = frozenset()) -> list[Path]:
    """Some files and every file below the folders that their code may import, sorted.

    Imports inside functions count; those for the type checker alone do not.

    Args:
        starts: files to begin with.
        folders: where modules are looked for.
        read_only: files whose functions are never called, so that imports inside of these do not count.
    """
    reached = set(starts)
    waiting = list(reached)
    known: set[str] = set()
    while waiting:
        path = waiting.pop()
        names = _imported(path, path not in read_only) - known
        known |= names
        new = {file for name in names for folder in folders for file in folder.files(name)} - reached
        reached |= new
        waiting += new
    return sorted(reached)


def listing(files: Iterable[Path], folders: Sequence[Folder]) -> str:
    """Files with their digests, as ``sha256sum`` prints them from the project's folder; those of other packages by
    their place below the folder from which they are imported."""
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {_shown(path, folders)}\n" for path in files)


def _shown(path: Path, folders: Sequence[Folder]) -> str:
    if path.is_relative_to(places.LIBRARY):
        return path.relative_to(places.LIBRARY.parent).as_posix()
    return below(path, folders).as_posix()


@cache
def _imported(path: Path, called: bool) -> frozenset[str]:
    """Names of modules, or of what is in them, with the packages above them; without those that functions import,
    unless the functions may be ``called``."""
    names: set[str] = set()
    for node in _statements(ast.parse(path.read_bytes()), called):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            names.update([str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)])
    parts = [name.split(".") for name in names]
    return frozenset(".".join(each[: end + 1]) for each in parts for end in range(len(each)))


def _statements(tree: ast.Module, called: bool) -> Iterator[ast.AST]:
    """Every statement but those that only the type checker sees; expressions hold no imports."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if not called and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for_types = isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        if not for_types:
            waiting += getattr(node, "body", [])
        for block in ("orelse", "finalbody", "handlers", "cases"):
            waiting += getattr(node, block, [])
