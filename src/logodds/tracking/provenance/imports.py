"""Find the files that some code runs: its import closure, read from the source without importing anything."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from logodds.options.registry import OptionModule
from logodds.system import locations


@dataclass(frozen=True)
class Folder:
    """A folder from which packages are imported.

    Attributes:
        path: the folder.
        packages: names of the packages that are followed; None: all. Names are needed for the folder of an environment,
            which contains all installed packages.
    """

    path: Path
    packages: tuple[str, ...] | None = None

    def files(self, name: str) -> list[Path]:
        """Return the files that importing a module runs, if its package is followed. Empty files run nothing."""
        first, *rest = name.split(".")
        if self.packages is not None and first not in self.packages:
            return []
        path = self.path.joinpath(first, *rest)
        existing = [file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()]
        return [file for file in existing if file.stat().st_size > 0]


def library() -> Folder:
    """Return the folder with this project's own packages."""
    return Folder(locations.LIBRARY, locations.packages())


def folders(modules: Iterable[OptionModule]) -> list[Folder]:
    """Return the folder of this project's own packages, and the folders of other packages that define some options."""
    own = library()
    result = [own]
    for module in modules:
        package = module.path.relative_to(module.folder).parts[0].removesuffix(".py")
        is_own = module.folder == own.path and (own.packages is None or package in own.packages)
        if not is_own and (folder := Folder(module.folder, (package,))) not in result:
            result.append(folder)
    return result


def below(path: Path, folders: Sequence[Folder]) -> Path:
    """Return a file's path relative to the folder from which it is imported."""
    return next(path.relative_to(folder.path) for folder in folders if path.is_relative_to(folder.path))


def closure(starts: Iterable[Path], folders: Sequence[Folder], read_only: Collection[Path] = frozenset()) -> list[Path]:
    """Return some files and every file below the folders that their code may import, sorted.

    Imports inside functions count; those for the type checker alone do not.

    Args:
        starts: files to begin with.
        folders: where modules are looked up.
        read_only: files whose functions are never called, so that imports inside these functions do not count.
    """
    reached = set(starts)
    waiting = list(reached)
    known: set[str] = set()
    while waiting:
        path = waiting.pop()
        packages = below(path, folders).parts[:-1]
        names = _imported(path, path not in read_only, packages) - known
        known |= names
        new = {file for name in names for folder in folders for file in folder.files(name)} - reached
        reached |= new
        waiting += new
    return sorted(reached)


def listing(files: Iterable[Path], folders: Sequence[Folder]) -> str:
    """Return files with their digests, as ``sha256sum`` prints them in the project's folder. Files of other packages
    are named relative to the folder from which they are imported."""
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {_shown(path, folders)}\n" for path in files)


def _shown(path: Path, folders: Sequence[Folder]) -> str:
    if path.is_relative_to(locations.LIBRARY):
        return path.relative_to(locations.LIBRARY.parent).as_posix()
    return below(path, folders).as_posix()


@cache
def _imported(path: Path, called: bool, packages: tuple[str, ...]) -> frozenset[str]:
    """Return the names of imported modules, or of what is imported from them, with the packages above them and above
    the file itself.

    Args:
        called: whether imports inside functions count.
        packages: names of the packages that contain the file, the outermost first.
    """
    names = {".".join(packages)} if packages else set()
    for node in _statements(ast.parse(path.read_bytes()), called):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            above = packages[: len(packages) - node.level + 1] if node.level else ()  # of a relative import
            module = ".".join([*above, *([node.module] if node.module else [])])
            names.update([module, *(f"{module}.{alias.name}" for alias in node.names)])
    parts = [name.split(".") for name in names]
    return frozenset(".".join(components[: end + 1]) for components in parts for end in range(len(components)))


def _statements(tree: ast.Module, called: bool) -> Iterator[ast.AST]:
    """Yield every statement except those that only the type checker sees. Expressions contain no imports."""
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
