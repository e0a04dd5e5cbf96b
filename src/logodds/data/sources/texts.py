"""Options of folders of text files, one per class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds.data.sources.folders import ClassFolders
from logodds.options.rules import choice

if TYPE_CHECKING:
    from logodds.data.table import Table


@dataclass(kw_only=True)
class TextFolders(ClassFolders):
    """Every text file below the class folders.

    Attributes:
        encoding: the encoding of the files, as Python names it; ``auto`` detects that of each file. With utf-8, a
            byte-order mark at the beginning is not part of the text.
    """

    source: str = choice("texts")
    encoding: str

    suffixes = (".txt",)

    def read(self, split_column: str | None = None) -> Table:
        from logodds.data.sources.readers import texts

        return texts.read(self)
