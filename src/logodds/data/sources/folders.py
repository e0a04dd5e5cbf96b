"""A folder with one folder per class, as a source: which of its files are rows."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from logodds.data.problem import Problem


@dataclass(kw_only=True)
class ClassFolders(Problem, ABC):
    """Abstract. ``path`` holds the class folders.

    Attributes:
        suffixes: endings of the names of files that are rows, in small letters.
    """

    suffixes: ClassVar[Sequence[str]]

    def reads(self, inner: Path) -> bool:
        return is_row(inner, self.suffixes, self.classes)


def is_row(inner: Path, suffixes: Sequence[str], classes: Sequence[str] | None) -> bool:
    """Whether a file at this place below the root is read: it is in a class folder, one of ``classes`` (None: any), not
    hidden, and of such a name."""
    folder, *rest = inner.parts
    kept = bool(rest) and inner.suffix.lower() in suffixes and not any(part.startswith(".") for part in inner.parts)
    return kept and (classes is None or folder in classes)


def shown(path: Path) -> str:
    """A path for a message: below the working folder without it, and with no character that a terminal would obey."""
    text = str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
    return text if text.isprintable() else ascii(text)
