"""Which files of this project a command runs: its import closure, read from the source without importing anything."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path


def closure(command: Path, source: Path) -> list[Path]:
    """The command's file and every file below ``source`` that its code may import, sorted.

    Imports inside functions count; those for the type checker alone do not, nor do empty files.
    """
    reached, waiting = {command}, [command]
    while waiting:
        new = _imported(waiting.pop(), source) - reached
        reached |= new
        waiting += new
    return sorted(reached)


def listing(command: Path) -> str:
    """The closure with digests, as ``sha256sum`` prints it from the project's folder."""
    root = command.parents[1]
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(root).as_posix()}\n"
        for path in closure(command, command.parent)
    )


def _imported(path: Path, source: Path) -> set[Path]:
    names: set[str] = set()
    for node in _nodes(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            names.update([str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)])
    files: set[Path] = set()
    for name in names:
        parts = name.split(".")
        for end in range(1, len(parts) + 1):
            place = source.joinpath(*parts[:end])
            files |= {file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()}
    return {file for file in files if file.stat().st_size > 0}


def _nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Every node of the tree but those that only the type checker sees."""
    yield node
    children: Iterable[ast.AST] = ast.iter_child_nodes(node)
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        children = node.orelse
    for child in children:
        yield from _nodes(child)
