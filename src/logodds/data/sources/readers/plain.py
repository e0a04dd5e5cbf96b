"""Tell which columns of a text are plain numbers, so that their words need not be kept.

A number is plain if no rule for words can make anything else of it: no code with a leading zero, no decimal comma, no
word such as ``inf``. Whole numbers are kept as int64 and others as float64, as in a file that states its types. Where
that is not certain for a whole column, its words are kept, or read again.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logodds.data.neighbours import distinct, together
from logodds.data.sources.readers import sentinels
from logodds.data.sources.readers.codes import SAMPLE
from logodds.data.sources.readers.part import Part

ZERO, NINE, PLUS, MINUS, POINT = b"09+-."
EXPONENTS = tuple(b"eE")


class Spelling:
    """How the words of numbers are spelled, by column. Words that are missing are empty.

    Attributes:
        points: [columns], how many have a decimal point.
        strange: [columns], whether one has letters other than an exponent's, as ``inf`` has.
        leading_zero: [columns], whether a digit follows a zero at the beginning of one.
        whole: [columns], whether int64 keeps them as they are: without point, exponent or plus, and without ``-0``.
    """

    def __init__(self, words: pa.Array, columns: int) -> None:
        """Look at words [columns * n], which are those of one column after the other."""
        self.points = np.zeros(columns, np.int64)
        self.strange, self.leading_zero = np.zeros((2, columns), np.bool_)
        self.whole = np.ones(columns, np.bool_)
        _, offsets, data = words.buffers()
        ends = np.frombuffer(offsets, np.int32)[words.offset : words.offset + len(words) + 1] if len(words) else None
        if ends is None or data is None or ends[-1] == ends[0]:
            return
        characters = np.frombuffer(data, np.uint8)[: ends[-1]]
        own = characters[ends[0] :]
        bounds = (ends[:: len(words) // columns] - ends[0]).tolist()

        def counts(found: NDArray[np.bool_]) -> NDArray[np.int64]:
            """Count by column the characters that are found."""
            return np.array([np.count_nonzero(found[start:end]) for start, end in pairwise(bounds)])

        self.points = counts(own == POINT)
        self.whole = self.points == 0
        if own.max() > NINE:
            letters = counts(own > NINE)
            self.strange = letters != sum(counts(own == letter) for letter in EXPONENTS)
            self.whole &= letters == 0
        if self.whole.any() and own.min() <= PLUS:
            self.whole &= counts(own <= PLUS) == 0
        self._find_zeros(characters, ends)

    def _find_zeros(self, characters: NDArray[np.uint8], ends: NDArray[np.int32]) -> None:
        starts, rows = ends[:-1].astype(np.intp), (len(ends) - 1) // len(self.whole)
        first, second, third = (characters.take(starts + place, mode="clip") for place in range(3))
        signed = ((first == MINUS) | (first == PLUS)) & (second == ZERO)
        # Short words are left out at last, because there are few so far.
        for after, shortest in (((first == ZERO) & _digits(second), 2), (signed & _digits(third), 3)):
            found = np.flatnonzero(after)
            self.leading_zero[found[ends[found + 1] - ends[found] >= shortest] // rows] = True
        if self.whole.any():
            found = np.flatnonzero(signed)
            self.whole[found[ends[found + 1] - ends[found] == len("-0")] // rows] = False


def _digits(characters: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return (characters - np.uint8(ZERO)) <= np.uint8(NINE - ZERO)


def floats(words: pa.Array) -> pa.Array | None:
    """Return words as float64; None if one is no number."""
    try:
        return words.cast(pa.float64())
    except pa.ArrowInvalid:
        return None


def repeat(numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which columns [columns, n] repeat themselves at first, so that 1.1 and 1.10 may be codes
    (``codes.one_number``). NaN is missing."""
    sample = numbers[:, :SAMPLE]
    repeated: NDArray[np.bool_] = distinct(sample) <= sample.shape[1] / 2
    return repeated


def uncertain(columns: pa.Table, parts: Sequence[Part], left_out: int) -> list[str]:
    """Return the columns that were read as numbers, although their words may show that they are something else.

    They are columns without any number, and columns with decimal points or exponents in which all numbers may be whole,
    which makes some of them codes; in which the point may separate thousands; in which 1.1 and 1.10 may occur; or with
    a number such as -999.0, whose word is part of an advice.

    Args:
        columns: the rows that are part of the problem.
        parts: the files that hold them.
        left_out: how many rows of the files are not part of the problem.
    """
    found, fractional = [], []
    for name, column in zip(columns.column_names, columns.columns, strict=True):
        if not pa.types.is_floating(column.type) and not pa.types.is_integer(column.type):
            continue
        if column.null_count == len(column):
            found.append(name)
        elif pa.types.is_floating(column.type):
            if sum(part.points[name] for part in parts) <= left_out:
                found.append(name)
            else:
                fractional.append((name, column))
    for group in together(fractional, min(len(columns), SAMPLE)):
        sample = np.stack([column.slice(0, SAMPLE).to_numpy() for _, column in group])
        repeated, fraction = repeat(sample), _fraction_in(sample)
        for index, (name, column) in enumerate(group):
            certain = fraction[index] or _fraction_in(column.to_numpy())
            if repeated[index] or not certain or sentinels.possible(column):
                found.append(name)
    return found


def _fraction_in(numbers: NDArray[np.float64]) -> Any:
    """Return which columns [..., n] hold a number that certainly has other than three decimals, so that its point
    separates no thousands."""
    sizes = np.abs(numbers)
    sizes = np.where(sizes < 1e6, sizes, 0.0)  # of larger ones float64 may keep less than a thousandth of a thousandth
    thousandths = sizes * 1000.0
    far = np.abs(thousandths - np.rint(thousandths)) > 1e-6 * np.maximum(1.0, thousandths)
    return np.any(far | ((sizes > 0.0) & (sizes < 1.0)), axis=-1)
