"""Options of folders of pictures, one per class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logodds.data.sources.folders import ClassFolders
from logodds.options.rules import choice, number

if TYPE_CHECKING:
    from logodds.data.table import Table


@dataclass(kw_only=True)
class PictureFolders(ClassFolders):
    """Every picture below the class folders, decoded once to a square.

    Attributes:
        size: side of the square, in pixels.
        channels: 3 (RGB) or 1 (grey).
        on_error: what to do with a picture that cannot be decoded: ``stop`` ends with an error, ``skip`` leaves it out
            and reports it in the notes of the table.
    """

    source: str = choice("pictures")
    size: int = number(least=1, most=4096)
    channels: int = number(least=1, most=3)
    on_error: str = choice("stop", "skip")

    suffixes = (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm")

    def read(self, split_column: str | None = None) -> Table:
        from logodds.data.sources.readers import pictures

        return pictures.read(self)
