"""Read columns of plain numbers as numbers, so that their words need not be kept.

A number is plain if no rule for words can make anything else of it: no code with a leading zero, no decimal comma, no
word such as ``inf``. Whole numbers are kept as int64 and others as float64, as in a file that states its types. Where
that is not certain for a whole column, its words are kept, or read again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logodds.data import missing
from logodds.data.cells import Cells, trimmed
from logodds.data.sources.readers.codes import EXACT, SAMPLE
from logodds.data.sources.readers.part import Part

ZERO, NINE, PLUS, MINUS, POINT = b"09+-."
EXPONENTS = tuple(b"eE")


class MissingWords:
    """The words that stand for a missing value in columns of numbers.

    Attributes:
        numbers: whether one of them is a number itself, such as -999.
    """

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        words = [pa.array([word]) for word in cells.missing]
        self.numbers = any(_floats(word) is not None and not Spelling(word).strange for word in words)

    def to_null(self, words: pa.Array) -> pa.Array:
        """Return trimmed words with null in the place of those that mean missing."""
        return missing.to_null(self._cells.without_missing(words), missing.AMONG_NUMBERS)


class Gathering:
    """A column that grows block by block: as numbers while all words are plain numbers, otherwise as words.

    Attributes:
        lost: whether a word that is no plain number came after blocks whose words were not kept.
        points: how many words have a decimal point, if the column is read as numbers.
    """

    def __init__(self, missing_words: MissingWords, as_words: bool) -> None:
        self._missing = missing_words
        self._words: list[pa.Array] = []
        self._numbers: list[pa.Array] = []
        self._plain = not as_words
        self._whole = True
        self.lost = False
        self.points = 0

    def add(self, words: pa.Array) -> None:
        """Add a block of the column."""
        if self._plain and not self._add_numbers(words):
            self._plain, self.lost = False, bool(self._numbers)
            self._numbers = []
        if not self._plain and not self.lost:
            self._words.append(trimmed(words))

    def _add_numbers(self, words: pa.Array) -> bool:
        """Add a block as numbers, or return False if a word is no plain number or will hardly turn out as one."""
        numbers = None if self._missing.numbers else _floats(words)
        spelling = None if numbers is None else Spelling(words)
        if spelling is None or spelling.strange:
            filled = self._missing.to_null(trimmed(words))
            numbers = _floats(filled)
            spelling = None if numbers is None else Spelling(filled.drop_null())
        if numbers is None or spelling is None or spelling.strange or spelling.leading_zero:
            return False
        if not self._numbers and spelling.points and _repeat(numbers):
            return False  # it will not be certain in the end
        self._numbers.append(numbers)
        self._whole = self._whole and spelling.whole
        self.points += spelling.points
        return True

    def column(self) -> pa.ChunkedArray:
        """Return the column as int64, float64 or string."""
        if not self._plain:
            return pa.chunked_array(self._words, pa.string())
        numbers = pa.concat_arrays(self._numbers)
        self._numbers = []
        largest = pc.max(pc.abs(numbers)).as_py() if self._whole else None
        whole = largest is not None and largest < EXACT
        return pa.chunked_array([numbers.cast(pa.int64()) if whole else numbers])


class Spelling:
    """How the words [n] of numbers are spelled, none of which is missing.

    Attributes:
        points: how many have a decimal point.
        strange: whether one has letters other than an exponent's, as ``inf`` has.
        leading_zero: whether a digit follows a zero at the beginning of one.
        whole: whether int64 keeps them as they are: without point, exponent or plus, and without ``-0``.
    """

    def __init__(self, words: pa.Array) -> None:
        self.points = 0
        self.strange = self.leading_zero = False
        self.whole = True
        _, offsets, data = words.buffers()
        ends = np.frombuffer(offsets, np.int32)[words.offset : words.offset + len(words) + 1] if len(words) else None
        if ends is None or data is None or ends[-1] == ends[0]:
            return
        characters = np.frombuffer(data, np.uint8)[: ends[-1]]
        own = characters[ends[0] :]
        self.points = int(np.count_nonzero(own == POINT))
        letters = np.count_nonzero(own > NINE) if own.max() > NINE else 0
        if letters:
            self.strange = letters != sum(np.count_nonzero(own == letter) for letter in EXPONENTS)
        self.whole = not self.points and not letters and own.min() > PLUS
        self._find_zeros(characters, ends)

    def _find_zeros(self, characters: NDArray[np.uint8], ends: NDArray[np.int32]) -> None:
        starts = ends[:-1].astype(np.intp)
        first, second, third = (characters.take(starts + place, mode="clip") for place in range(3))
        signed = ((first == MINUS) | (first == PLUS)) & (second == ZERO)
        # Short words are left out at last, because there are few so far.
        for after, shortest in (((first == ZERO) & _digits(second), 2), (signed & _digits(third), 3)):
            found = np.flatnonzero(after)
            self.leading_zero |= bool((ends[found + 1] - ends[found] >= shortest).any())
        if self.whole:
            found = np.flatnonzero(signed)
            self.whole = bool((ends[found + 1] - ends[found] > 2).all())


def _digits(characters: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return (characters - np.uint8(ZERO)) <= np.uint8(NINE - ZERO)


def _floats(words: pa.Array) -> pa.Array | None:
    """Return words as float64; None if one is no number."""
    try:
        return words.cast(pa.float64())
    except pa.ArrowInvalid:
        return None


def _repeat(numbers: pa.Array | pa.ChunkedArray) -> bool:
    """Return whether the first numbers repeat themselves, so that 1.1 and 1.10 may be codes (``codes.one_number``)."""
    sample = numbers.slice(0, SAMPLE)
    values = np.sort(sample.drop_null().to_numpy())
    return int(np.count_nonzero(values[1:] != values[:-1])) + min(1, len(values)) <= len(sample) / 2


def uncertain(columns: pa.Table, parts: Sequence[Part], left_out: int) -> list[str]:
    """Return the columns that were read as numbers, although their words may show that they are something else.

    They are columns without any number, and columns with decimal points or exponents in which all numbers may be whole,
    which makes some of them codes; in which the point may separate thousands; or in which 1.1 and 1.10 may occur.

    Args:
        columns: the rows that are part of the problem.
        parts: the files that hold them.
        left_out: how many rows of the files are not part of the problem.
    """
    found = []
    for name, column in zip(columns.column_names, columns.columns, strict=True):
        fractional = pa.types.is_floating(column.type)
        if not fractional and not pa.types.is_integer(column.type):
            continue
        if column.null_count == len(column):
            found.append(name)
        elif fractional:
            points = sum(part.points[name] for part in parts)
            if points <= left_out or _repeat(column) or not _has_fraction(column):
                found.append(name)
    return found


def _has_fraction(column: pa.ChunkedArray) -> bool:
    """Return whether a number certainly has other than three decimals, so that its point separates no thousands."""
    return any(_fraction_in(part.to_numpy()) for part in (column.slice(0, SAMPLE), column))


def _fraction_in(numbers: NDArray[np.float64]) -> bool:
    sizes = np.abs(numbers)
    sizes = sizes[sizes < 1e6]  # of larger ones float64 may keep less than a thousandth of a thousandth
    thousandths = sizes * 1000.0
    far = np.abs(thousandths - np.rint(thousandths)) > 1e-6 * np.maximum(1.0, thousandths)
    return bool((far | ((sizes > 0.0) & (sizes < 1.0))).any())
