"""Sources that are a folder with one subfolder per class: the options they share, and which files are rows."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from logodds.data.problem import Problem


@dataclass(kw_only=True)
class ClassFolders(Problem, ABC):
    """Abstract: a source whose ``path`` is a folder with one subfolder per class.

    Attributes:
        suffixes: lower-case suffixes of the files that are rows, such as ``.txt``.
    """

    suffixes: ClassVar[Sequence[str]]

    def reads(self, inner: Path) -> bool:
        return is_row(inner, self.suffixes, self.classes)


def is_row(inner: Path, suffixes: Sequence[str], classes: Sequence[str] | None) -> bool:
    """Return whether a file is a row of the problem.

    It is one if it lies in the folder of one of ``classes`` (None: of any class), has one of the suffixes, and neither
    it nor a folder above it is hidden.

    Args:
        inner: its path relative to the folder of class folders.
        suffixes: lower-case suffixes of the files that are rows.
        classes: names of the class folders that are read.
    """
    folder, *rest = inner.parts
    kept = bool(rest) and inner.suffix.lower() in suffixes and not any(part.startswith(".") for part in inner.parts)
    return kept and (classes is None or folder in classes)


def shown(path: Path) -> str:
    """Return a path for a message.

    A path below the working folder is shown relative to it. A path with control characters, which a terminal would
    obey, is shown escaped.
    """
    text = str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
    return text if text.isprintable() else ascii(text)
