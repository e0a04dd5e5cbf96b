"""The options that all data sources share: where the rows are, and which classes are to be predicted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from logodds.options.option import Option
from logodds.options.registry import Group
from logodds.options.rules import label, number
from logodds.system import locations
from logodds.system.errors import UserError

if TYPE_CHECKING:
    from logodds.data.table import Table

MOST_CLASSES = 256


@dataclass(kw_only=True)
class Problem(Option, ABC):
    """Abstract: a source of rows. Each subclass adds its own keys.

    Attributes:
        name: name of the problem and of its experiment.
        source: the name by which a configuration chooses the source.
        path: the file or folder with the rows.
        test_path: the problem's own test part, in the same form as ``path``; None if it has none.
        classes: the classes in their order; two classes are [negative, positive]. None takes the values in the data,
            sorted, so that 1, yes and true are positive. Rows of a class that ``classes`` leaves out are not part of
            the problem.
        largest_rows: the largest number of rows; more are refused before they fill the memory.
    """

    name: str = label()
    source: str
    path: str
    test_path: str | None
    classes: list[str] | None
    largest_rows: int = number(least=1)

    def file(self) -> Path:
        """Return the file or folder that ``path`` names."""
        return located(self.path)

    def files(self) -> list[Path]:
        """Return every file or folder that is read."""
        return [located(path) for path in (self.path, self.test_path) if path is not None]

    def reads(self, inner: Path) -> bool:
        """Return whether a file is read; ``inner`` is its path relative to a folder of :meth:`files`."""
        return True

    @abstractmethod
    def read(self, split_column: str | None = None) -> Table:
        """Read and check the files.

        Args:
            split_column: the column that splits the rows. It is not a feature, so it may be an identifier.

        Raises:
            UserError: the files are not as they should be; the message says in one line what is wrong.
        """


SOURCES: Group[Problem] = Group("problem", Problem, "logodds.data.sources", "logodds.sources", key="source")


def located(path: str) -> Path:
    """Return the file that a path of the configuration names.

    A path is absolute, below the home folder (``~/``), or relative to the project, not to the working folder. So a
    recorded configuration names the same file wherever a command runs. A relative path is returned relative to the
    working folder if it lies below it.

    Raises:
        UserError: the path holds a NUL character.
    """
    if "\0" in path:
        raise UserError(f"{path!r}: no path holds a NUL character; write another")
    given = Path.home() / path[2:] if path.startswith("~/") else Path(path)
    full = locations.project_root() / given
    here = Path.cwd()
    return full.relative_to(here) if not given.is_absolute() and full.is_relative_to(here) else full
