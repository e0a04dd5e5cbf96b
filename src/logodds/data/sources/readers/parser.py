"""Arrow's parser of delimited text, which hands out a file block by block."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pyarrow as pa
from pyarrow.csv import ConvertOptions, ParseOptions, ReadOptions, open_csv, read_csv

from logodds.data.cells import Cells, trimmed
from logodds.data.sources.readers.content import Content
from logodds.data.sources.readers.dialect import Dialect
from logodds.data.sources.readers.gathering import Gathering, MissingWords, add

BLOCK = 1 << 24  # bytes, the largest block: it must hold the longest row
SMALL_BLOCK = 1 << 20  # bytes that stay in the processor's caches while they are read
BYTES_OF_COLUMN = 1 << 12  # bytes of a block for each column, so that it has many rows of a wide table too
STRADDLING = "straddling"  # in Arrow's error about a row that is longer than a block


@dataclass(frozen=True)
class Parsed:
    """The columns of a text.

    Attributes:
        table: columns of words without the spaces around them, or of plain numbers.
        points: how many words of each column that is read as numbers have a decimal point.
    """

    table: pa.Table
    points: dict[str, int]


@dataclass(frozen=True)
class Parser:
    """How a text is parsed.

    Attributes:
        content: the text.
        dialect: its delimiter and the names of its columns.
        quoted: whether quotes stand around fields; else they are characters like any other.
    """

    content: Content
    dialect: Dialect
    quoted: bool

    def parsed(self, cells: Cells, kept: Collection[str]) -> Parsed:
        """Parse the text into columns of words and, where these are plain, of numbers.

        Args:
            cells: which words mean missing.
            kept: columns of words, whatever they look like.

        Raises:
            pa.ArrowInvalid: there are no rows, or some are too long or differ in length.
        """
        small = min(BLOCK, max(SMALL_BLOCK, BYTES_OF_COLUMN * len(self.dialect.names)))
        try:
            columns = self._gathered(cells, kept, small)
        except pa.ArrowInvalid as error:
            if STRADDLING not in str(error):
                raise
            columns = self._gathered(cells, kept, BLOCK)
        lost = [name for name, column in columns.items() if column.lost]
        again = dict(zip(lost, self.words(lost).columns, strict=True)) if lost else {}
        table = pa.table({name: again[name] if name in again else column.column() for name, column in columns.items()})
        return Parsed(table, {name: column.points for name, column in columns.items()})

    def words(self, names: list[str]) -> pa.Table:
        """Parse some columns as words."""
        numbers = [str(self.dialect.names.index(name)) for name in names]
        table = read_csv(self.content.source, *self._settings(BLOCK, numbers))
        return pa.table([trimmed(column) for column in table.columns], names=names)

    def _gathered(self, cells: Cells, kept: Collection[str], block: int) -> dict[str, Gathering]:
        """Gather the columns while the text is parsed, ``block`` bytes at a time."""
        missing = MissingWords(cells)
        columns = {name: Gathering(name in kept) for name in self.dialect.names}
        gathered = list(columns.values())
        with open_csv(self.content.source, *self._settings(block)) as batches:
            for batch in batches:
                add(gathered, batch.columns, missing)
        return columns

    def _settings(
        self, block: int, wanted: list[str] | None = None
    ) -> tuple[ReadOptions, ParseOptions, ConvertOptions]:
        """Return Arrow's options for words of the columns ``wanted``, or else of all.

        The columns are numbered while Arrow parses, because its options cannot tell columns with empty or repeated
        names apart.
        """
        codec, quoted = self.content.codec, self.quoted
        numbers = [str(number) for number in range(len(self.dialect.names))]
        reading = ReadOptions(
            use_threads=False,  # one thread is as fast as two
            block_size=block,
            skip_rows=self.dialect.skip,
            column_names=numbers,
            encoding="utf8" if codec in ("utf-8", "utf-8-sig") else codec,
        )
        parsing = ParseOptions(
            delimiter=self.dialect.separator, quote_char='"' if quoted else False, newlines_in_values=quoted
        )
        words = {number: pa.string() for number in numbers}
        converting = ConvertOptions(
            check_utf8=False,  # the encoding is that of the whole file
            column_types=words,
            strings_can_be_null=False,
            include_columns=wanted,
        )
        return reading, parsing, converting
