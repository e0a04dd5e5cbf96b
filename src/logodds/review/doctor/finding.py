"""The result of a check of the project, and how it is shown."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from logodds.system.errors import counted
from logodds.system.terminal.text import in_lines, printable

FINE, MENDED, TO_DO = "fine", "mended", "to do"
STYLES = {FINE: "green", MENDED: "cyan", TO_DO: "bold red"}
WIDTH = 8  # characters of a state with the space after it
FEW = 10  # things that a result lists by name


@dataclass(frozen=True)
class Finding:
    """The result of a check.

    Attributes:
        check: name of the check.
        state: ``fine``, ``mended`` or ``to do``.
        message: the line after the name of the check.
        items: the runs, files or paths that the message is about, a line each.
        fix: the command to type; empty where nothing is to be done.
        unreadable: whether the store cannot be read, so that the checks that need it are left out.
    """

    check: str
    state: str
    message: str
    items: tuple[str, ...] = ()
    fix: str = ""
    unreadable: bool = False


def show(finding: Finding, console: Console) -> None:
    """Print the message on a line, and below it the things that it is about and the command to type."""
    told = f"{finding.state:<{WIDTH}}{finding.check}: {printable(finding.message)}"
    first = Text(in_lines(told, console.file))
    first.stylize(STYLES[finding.state], 0, len(finding.state))
    lines = [first]
    below = [*finding.items[:FEW]]
    if len(finding.items) > FEW:
        below.append(f"… and {len(finding.items) - FEW} more")
    if finding.fix:
        below.append(f"type: {finding.fix}")
    lines += [Text(" " * WIDTH + printable(line)) for line in below]
    for text in lines:
        console.print(text, soft_wrap=True, highlight=False)


def removal(paths: Sequence[Path]) -> str:
    """Return a shell command that removes files and folders.

    It has ``-f``, because ``rm`` asks before it removes read-only files such as those of DVC. More than :data:`FEW`
    paths are written to a temporary file, which the command reads, and so are paths with characters that a terminal
    does not show as they are.
    """
    command = shlex.join(["rm", "-rf", "--", *map(str, paths)])
    if len(paths) <= FEW and printable(command) == command:
        return command
    handle, name = tempfile.mkstemp(prefix="logodds-doctor-", suffix=".txt")
    with os.fdopen(handle, "wb") as file:
        file.writelines(os.fsencode(path) + b"\0" for path in paths)
    return f"xargs -0 rm -rf -- < {shlex.quote(name)}"


def left_over(check: str, state: str, noun: str, paths: Sequence[Path], description: str, root: Path) -> list[Finding]:
    """Return the result of a check for files that are left over; none if there are no such files.

    Args:
        check: name of the check.
        state: ``to do`` where the files are proven to be this project's and no longer needed, so that a command to
            remove them is given; ``fine`` where they are only listed.
        noun: what one of them is called.
        paths: the files or folders.
        description: what is said about them.
        root: folder to which shown paths are relative.
    """
    if not paths:
        return []
    items = tuple(f"{below(path, root)}  {room(size([path]))}" for path in paths)
    message = f"{counted(len(paths), noun)}, {room(size(paths))}, {description}"
    return [Finding(check, state, message, items, removal(paths) if state == TO_DO else "")]


def below(path: Path, root: Path) -> str:
    """Return a path as text, relative to ``root`` where it lies below."""
    return str(path.relative_to(root) if path.is_relative_to(root) else path)


def size(paths: Sequence[Path]) -> int:
    """Return the bytes of some files and of all files below some folders. Hard links to one file count once."""
    files = [file for path in paths for file in ([path] if not path.is_dir() else path.rglob("*"))]
    statuses = [file.lstat() for file in files if file.is_file()]
    return sum({(status.st_dev, status.st_ino): status.st_size for status in statuses}.values())


def room(count: float) -> str:
    """Format a number of bytes for people, such as ``1.5 MB``."""
    if count < 1000:
        return f"{count:.0f} bytes"
    for unit in ("kB", "MB"):
        count /= 1000
        if count < 1000:
            return f"{count:.1f} {unit}"
    return f"{count / 1000:.1f} GB"
