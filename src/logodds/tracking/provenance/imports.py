"""Which files of this project a command runs: its import closure, read from the source without importing anything."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path

BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")  # where a statement holds others


def closure(command: Path, source: Path, packages: Collection[str] | None = None) -> list[Path]:
    """The command's file and every file below ``source`` that its code may import, sorted.

    Imports inside functions count; those for the type checker alone do not, nor do empty files. Of ``packages`` that
    are named no others are followed, for in an environment all that is installed lies side by side.
    """
    reached, waiting = {command}, [command]
    known: set[str] = set()
    while waiting:
        names = {each for each in _imported(waiting.pop()) - known if _is_of(each, packages)}
        known |= names
        new = {file for name in names for file in _files(name, source)} - reached
        reached |= new
        waiting += new
    return sorted(reached)


def listing(command: Path, source: Path, packages: Collection[str] | None = None) -> str:
    """The closure with digests, as ``sha256sum`` prints it from the folder that holds ``source``."""
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(source.parent).as_posix()}\n"
        for path in closure(command, source, packages)
    )


def _imported(path: Path) -> set[str]:
    """Names of modules, or of what is in them, with the packages above them."""
    names: set[str] = set()
    for node in _statements(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            names.update([str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)])
    return {".".join(parts[: end + 1]) for parts in (name.split(".") for name in names) for end in range(len(parts))}


def _is_of(name: str, packages: Collection[str] | None) -> bool:
    return packages is None or name.partition(".")[0] in packages


def _files(name: str, source: Path) -> list[Path]:
    place = source.joinpath(*name.split("."))
    found = [file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()]
    return [file for file in found if file.stat().st_size > 0]


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """Every statement but those that only the type checker sees; expressions hold no imports."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        typing = isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for block in BLOCKS[typing:]:
            waiting += getattr(node, block, [])
