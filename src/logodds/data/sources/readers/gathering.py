"""Gather the columns of a text block by block, those of plain numbers as numbers (``plain.py``)."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from logodds.data import missing
from logodds.data.cells import Cells, trimmed
from logodds.data.neighbours import together
from logodds.data.sources.readers.codes import EXACT
from logodds.data.sources.readers.growing import Numbers
from logodds.data.sources.readers.plain import Spelling, floats, repeat


class MissingWords:
    """The words that stand for a missing value in columns of numbers.

    Attributes:
        numbers: whether one of them is a number itself, such as -999.
    """

    def __init__(self, cells: Cells) -> None:
        self._words = ["", *cells.missing, *missing.AMONG_NUMBERS]
        words = [pa.array([word]) for word in cells.missing]
        self.numbers = any(floats(word) is not None and not Spelling(word, 1).strange.any() for word in words)

    def to_null(self, words: pa.Array) -> pa.Array:
        """Return trimmed words with null in the place of those that mean missing."""
        return missing.to_null(words, self._words)


class Gathering:
    """A column that grows block by block: as numbers while all words are plain numbers, otherwise as words.

    Attributes:
        plain: whether all words so far are plain numbers, and the column is kept as numbers.
        lost: whether a word that is no plain number came after blocks whose words were not kept.
        points: how many words have a decimal point, if the column is read as numbers.
    """

    def __init__(self, as_words: bool) -> None:
        self._words: list[pa.Array] = []
        self._numbers = Numbers()
        self._whole = True
        self.plain = not as_words
        self.lost = False
        self.points = 0

    @property
    def begun(self) -> bool:
        """Whether there are numbers already."""
        return len(self._numbers) > 0

    def add_numbers(self, numbers: pa.Array, points: int, whole: bool) -> None:
        """Add a block of plain numbers; ``points`` and ``whole`` are those of their spelling."""
        self._numbers.add(numbers)
        self._whole = self._whole and whole
        self.points += points

    def add_words(self, words: pa.Array) -> None:
        """Add a block of words, and be a column of words from now on."""
        if self.plain:
            self.plain, self.lost = False, self.begun
            self._numbers = Numbers()
        if not self.lost:
            self._words.append(trimmed(words))

    def column(self) -> pa.ChunkedArray:
        """Return the column as int64, float64 or string."""
        if not self.plain:
            return pa.chunked_array(self._words, pa.string())
        numbers = self._numbers.array()
        self._numbers = Numbers()
        largest = pc.max(pc.abs(numbers)).as_py() if self._whole else None
        whole = largest is not None and largest < EXACT
        return pa.chunked_array([numbers.cast(pa.int64()) if whole else numbers])


def add(columns: Sequence[Gathering], block: Sequence[pa.Array], missing_words: MissingWords) -> None:
    """Add a block of each column [n]."""
    plain = []
    for column, words in zip(columns, block, strict=True):
        if column.plain:
            plain.append((column, words))
        else:
            column.add_words(words)
    for group in together(plain, len(block[0])):
        _add(group, missing_words)


def _add(group: Sequence[tuple[Gathering, pa.Array]], missing_words: MissingWords) -> None:
    """Add blocks of equal length as numbers, or as words where one is no plain number or will hardly turn out as one.

    If some of the words are no numbers at all, the blocks are looked at one by one.
    """
    count = len(group)
    words = pa.concat_arrays([words for _, words in group]) if count > 1 else group[0][1]
    numbers = None if missing_words.numbers else floats(words)
    spelling = None if numbers is None else Spelling(words, count)
    if spelling is None or spelling.strange.any():
        filled = missing_words.to_null(trimmed(words))
        numbers = floats(filled)
        spelling = None if numbers is None else Spelling(pc.fill_null(filled, ""), count)
    if numbers is None or spelling is None:
        if count > 1:
            for one in group:
                _add([one], missing_words)
        else:
            group[0][0].add_words(words)
        return
    odd = spelling.strange | spelling.leading_zero
    first = (spelling.points > 0) & [not column.begun for column, _ in group]
    if first.any():  # those that repeat themselves will not be certain in the end
        odd |= first & repeat(numbers.to_numpy(zero_copy_only=False).reshape(count, -1))
    rows = len(numbers) // count
    for index, (column, own) in enumerate(group):
        if odd[index]:
            column.add_words(own)
        else:
            block = numbers.slice(index * rows, rows)
            column.add_numbers(block, int(spelling.points[index]), bool(spelling.whole[index]))
