"""Options of pictures in idx files, the format of MNIST, with or without gzip compression."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from logodds.data.problem import Problem, located
from logodds.options.rules import choice

if TYPE_CHECKING:
    from logodds.data.table import Table


@dataclass(kw_only=True)
class IdxFiles(Problem):
    """Pictures and their labels, in two files.

    Attributes:
        path: the file of pictures.
        labels: the file of labels, one per picture.
        test_labels: the labels of ``test_path``; None if ``test_path`` is None.
    """

    source: str = choice("idx")
    labels: str
    test_labels: str | None

    def files(self) -> list[Path]:
        labels = [located(path) for path in (self.labels, self.test_labels) if path is not None]
        return [*super().files(), *labels]

    def read(self, split_column: str | None = None) -> Table:
        from logodds.data.sources.readers import idx

        return idx.read(self)
