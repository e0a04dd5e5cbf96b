"""The text of a delimited file, as bytes and the encoding that decodes them."""

from __future__ import annotations

import codecs
import io
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TextIO

import pyarrow as pa


@dataclass(frozen=True)
class Content:
    """A text to be parsed.

    Attributes:
        path: the file, for messages.
        codec: the encoding, as Python names it.
        data: the text where it is not the file's own but was made from it; None for that of the file.
    """

    path: Path
    codec: str
    data: bytes | None = None

    @property
    def source(self) -> Path | pa.BufferReader:
        """What Arrow reads."""
        return self.path if self.data is None else pa.BufferReader(self.data)

    def open(self) -> BinaryIO:
        return self.path.open("rb") if self.data is None else io.BytesIO(self.data)

    def text(self, skip: int = 0) -> TextIO:
        """Open the text with its line breaks as they are, after a number of lines."""
        file = io.TextIOWrapper(self.open(), encoding=self.codec, newline="")
        for _ in islice(file, skip):
            pass
        return file

    def sample(self, size: int) -> tuple[str, bool]:
        """Return the text of the first bytes, and whether it is all there is."""
        with self.open() as file:
            text = codecs.getincrementaldecoder(self.codec)().decode(file.read(size)).removeprefix("\ufeff")
            return text, not file.read(1)

    def holds(self, mark: str) -> bool:
        """Return whether an ASCII text may be in this one; False is certain."""
        wide = codecs.lookup(self.codec).name[:6] in ("utf-16", "utf-32")
        wanted = [mark.encode(codec) for codec in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")] if wide else []
        wanted = wanted or [mark.encode()]
        rest = b""
        with self.open() as file:
            while block := file.read(1 << 20):
                for each in wanted:
                    # Looking for a single byte is ten times faster.
                    if (each[:1] in block and each in block) or each in rest + block[: len(each)]:
                        return True
                rest = block[-8:]
        return False
