"""What a check of the project has come to, and how it is shown."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from logodds.system.terminal.text import printable

FINE, MENDED, TO_DO = "fine", "mended", "to do"
STYLES = {FINE: "green", MENDED: "cyan", TO_DO: "bold red"}
WIDTH = 8  # characters of a state with the space after it
FEW = 10  # things that are listed


@dataclass(frozen=True)
class Finding:
    """``check``: what was looked at; ``told``: how it is; ``things``: which ones, a line each; ``fix``: what to type;
    ``unreadable``: nothing more can be said of the store."""

    check: str
    state: str
    told: str
    things: tuple[str, ...] = ()
    fix: str = ""
    unreadable: bool = False


def show(found: Finding, console: Console) -> None:
    """A line, with what it is about below."""
    lines = [Text.assemble((f"{found.state:<{WIDTH}}", STYLES[found.state]), f"{found.check}: {printable(found.told)}")]
    below = [*found.things[:FEW]]
    if len(found.things) > FEW:
        below.append(f"… and {len(found.things) - FEW} more")
    if found.fix:
        below.append(f"type: {found.fix}")
    lines += [Text(" " * WIDTH + printable(each)) for each in below]
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False)


def removal(paths: Sequence[Path]) -> str:
    """The command that frees the room of files and folders; of DVC's, which are read-only, it would ask otherwise. Of
    many they are listed in a file among the machine's temporary ones."""
    if len(paths) <= FEW:
        return shlex.join(["rm", "-rf", *map(str, paths)])
    handle, name = tempfile.mkstemp(prefix="logodds-doctor-", suffix=".txt")
    with os.fdopen(handle, "w") as file:
        file.writelines(f"{path}\0" for path in paths)
    return f"xargs -0 rm -rf < {shlex.quote(name)}"


def below(path: Path, root: Path) -> str:
    """A path as it is told to people who are at the root of the project."""
    return str(path.relative_to(root) if path.is_relative_to(root) else path)


def size(paths: Sequence[Path]) -> int:
    """Bytes of some files and of all below some folders; what several share as one file counts once."""
    files = [file for path in paths for file in ([path] if not path.is_dir() else path.rglob("*"))]
    about = [file.lstat() for file in files if file.is_file()]
    return sum({(each.st_dev, each.st_ino): each.st_size for each in about}.values())


def room(count: float) -> str:
    """Bytes for the eye."""
    if count < 1000:
        return f"{count:.0f} bytes"
    for unit in ("kB", "MB"):
        count /= 1000
        if count < 1000:
            return f"{count:.1f} {unit}"
    return f"{count / 1000:.1f} GB"
