"""What is to be predicted, and from which file: what the options of every source have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from logodds.options.option import Option
from logodds.options.registry import Group
from logodds.options.rules import label, number
from logodds.system.errors import UserError
from logodds.system.places import project_root

if TYPE_CHECKING:
    from logodds.data.table import Table

MOST_CLASSES = 256


@dataclass(kw_only=True)
class Problem(Option, ABC):
    """Abstract: a source of rows; each adds its own keys.

    Attributes:
        name: of the problem, and of its experiment.
        source: by which a configuration chooses the source.
        path: the file or folder with the rows.
        test_path: the problem's own test part, of the same form as ``path``; None where it has none.
        classes: the classes in their order, of two [negative, positive]; None takes the values found, sorted, so that
            1, yes and true are positive. Rows of a class that ``classes`` leaves out are not part of the problem.
        largest_rows: more are refused before they fill the memory.
    """

    name: str = label()
    source: str
    path: str
    test_path: str | None
    classes: list[str] | None
    largest_rows: int = number(least=1)

    def file(self) -> Path:
        """The file or folder of ``path``."""
        return located(self.path)

    def files(self) -> list[Path]:
        """Every file or folder that is read."""
        return [located(path) for path in (self.path, self.test_path) if path is not None]

    def reads(self, inner: Path) -> bool:
        """Whether a file at this place below a folder of :meth:`files` is read."""
        return True

    @abstractmethod
    def read(self, split_column: str | None = None) -> Table:
        """Read and check the files. The column that splits the rows is no feature, so it may be an identifier.

        Raises:
            UserError: whatever is wrong with them, in one line.
        """


SOURCES: Group[Problem] = Group("problem", Problem, "logodds.data.sources", "logodds.sources", key="source")


def located(path: str) -> Path:
    """A path of the configuration: below the home (``~/``), absolute, or below the project, whatever the working folder
    is, so that a recorded configuration names the same file from everywhere.

    Raises:
        UserError: it holds a NUL character.
    """
    if "\0" in path:
        raise UserError(f"{path!r}: no path holds a NUL character; write another")
    given = Path.home() / path[2:] if path.startswith("~/") else Path(path)
    found = project_root() / given
    here = Path.cwd()
    return found.relative_to(here) if not given.is_absolute() and found.is_relative_to(here) else found
