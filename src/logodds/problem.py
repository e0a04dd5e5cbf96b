"""What is to be predicted, and from which file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from logodds.provenance import project_root
from logodds.schema import character, label

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}


@dataclass(kw_only=True)
class Problem:
    """A binary target in a delimited file.

    ``classes`` is [negative, positive]; None takes the two values found, sorted, so that 1, yes and true are positive.
    Rows of a class that ``classes`` leaves out are not part of the problem. ``drop`` names columns that are not read.
    """

    name: str = label()
    path: str
    delimiter: str = character(*DELIMITERS)
    target: str
    classes: list[str] | None
    drop: list[str]

    @property
    def separator(self) -> str:
        """The character between two fields."""
        return DELIMITERS.get(self.delimiter, self.delimiter)

    def file(self) -> Path:
        """The file of ``path``: below the working folder or, failing that, below the project."""
        path = Path(self.path)
        return path if path.is_absolute() or path.is_file() else project_root() / path
