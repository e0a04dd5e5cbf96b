"""Tell codes, which must stay as they are written, from the numbers that they look like."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logodds.data.cells import Notation, all_match, parse_numbers

EXACT = 2.0**53  # float64 holds every whole number up to this one
WHOLE = r"^[+-]?\d+$"
LEADING_ZERO = r"^[+-]?0\d"
TELEPHONE = r"^\+\d{7,15}$"
# No program writes a number with such a mantissa: 10E1, beside which 2E1 and 3E2 are codes too. With a small letter,
# which people write, all words must be alike.
EXPONENT = r"^\d{2,}[eE]\d+$"
EXPONENTS = r"^\d+$|^\d+E\d+$", rf"^\d+$|{EXPONENT}"
SAMPLE = 1000  # first rows in which a column of codes repeats itself


def found(words: pa.ChunkedArray, numbers: NDArray[np.float64]) -> tuple[int, str] | None:
    """Find the first word that is a code although it reads as a number.

    Args:
        words: [n] the words.
        numbers: [n] the same as float64, NaN where one is missing.

    Returns:
        Its index and what shows it; None if there is no such word.
    """
    signs = [(LEADING_ZERO, "has a leading zero, as codes have")]
    if (np.floor(numbers) == numbers)[~np.isnan(numbers)].all():
        signs.append((TELEPHONE, "has a leading +, as telephone numbers have"))
        signs.append((EXPONENT, "has an E among its digits, as codes have"))
    for pattern, what in signs:
        index = int(pc.index(pc.match_substring_regex(words, pattern), True).as_py())
        if index >= 0 and (pattern != EXPONENT or any(all_match(words, alike) for alike in EXPONENTS)):
            return index, what
    return None


def too_long(cells: pa.ChunkedArray, numbers: NDArray[np.float64]) -> int | None:
    """Return the index of the largest of the whole numbers if float64 holds different ones as the same number.

    Args:
        cells: [n] words or whole numbers.
        numbers: [n] the same as float64, NaN where one is missing.
    """
    sizes = np.nan_to_num(np.abs(numbers), nan=0.0)
    index = int(sizes.argmax())
    if sizes[index] < EXACT or (pa.types.is_string(cells.type) and not all_match(cells, WHOLE)):
        return None
    return index if pc.count_distinct(cells).as_py() > len(np.unique(numbers[~np.isnan(numbers)])) else None


def one_number(words: pa.ChunkedArray, notation: Notation) -> tuple[str, str] | None:
    """Return two words with a decimal sign that are the same number, such as 1.1 and 1.10; None if there are none."""
    sample = words.slice(0, SAMPLE)
    if pc.count_distinct(sample).as_py() > len(sample) / 2:
        return None
    distinct = words.unique()
    distinct = distinct.filter(pc.match_substring_regex(distinct, r"^[+-]?[1-9]\d*[.,]\d+$"))
    numbers = parse_numbers(pa.chunked_array([distinct]), notation)
    first: dict[float, str] = {}
    for word, number in zip(distinct.to_pylist(), [] if numbers is None else numbers.to_pylist(), strict=True):
        if first.setdefault(number, word) != word:
            return first[number], word
    return None


def with_exponent(words: pa.ChunkedArray) -> int | None:
    """Return the index of the first word such as 1E5 if all are digits with or without such an exponent; else None."""
    index = int(pc.index(pc.match_substring_regex(words, r"^\d+E\d+$"), True).as_py())
    return index if index >= 0 and all_match(words, EXPONENTS[0]) else None
