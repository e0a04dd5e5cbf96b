"""Read the raw cells of a column as numbers or words, or as missing.

The same code reads the cells of a file and the rows that a served model is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logodds.data import missing
from logodds.system.errors import counted

LARGEST = 1e37  # the largest magnitude of a feature; float32 ends at 3.4e38, the rest is room for arithmetic
SEPARATORS = {  # of thousands: a word for each, and the characters as a regular expression
    "comma": ",",
    "point": r"\.",
    "space": r"[ \x{a0}\x{2009}\x{202f}]",
    "apostrophe": r"['\x{2019}]",
}
TRUTH = "^(?i:true|false)$"
SAMPLE = 100  # first words that are looked at before all are


@dataclass(frozen=True)
class Notation:
    """How numbers are written.

    Attributes:
        comma: whether they have a decimal comma.
        thousands: what separates thousands, a word of :data:`SEPARATORS`; empty if nothing does.
    """

    comma: bool
    thousands: str

    @property
    def pattern(self) -> str:
        """The regular expression of a trimmed number."""
        sign = "," if self.comma else r"\."
        whole = r"\d+"
        if self.thousands:  # 012,345 is no number but a code
            mark = SEPARATORS[self.thousands]
            group = r"\d{2,3}" if mark == "," else r"\d{3}"  # 12,34,567 as in India
            whole += rf"|[1-9]\d{{0,2}}({mark}{group})*{mark}\d{{3}}"
        return rf"^[+-]?(({whole}){sign}?\d*|{sign}\d+)([eE][+-]?\d+)?$|^[+-]?(?i:inf|infinity|nan)$"


USUAL = Notation(comma=False, thousands="")


class NotANumber(ValueError):  # noqa: N818  # the caller knows the column and reports the error
    """Words that should be numbers, but are not all numbers.

    Attributes:
        index: index of the first word that is not a number.
        word: that word.
    """

    def __init__(self, words: pa.ChunkedArray, notation: Notation) -> None:
        good = pc.match_substring_regex(words, f"{notation.pattern}|{missing.PATTERN}")
        self.index = int(pc.index(good, False).as_py())
        self.word: str = words[self.index].as_py()
        super().__init__(f"{self.word!r} is no number")


@dataclass(frozen=True)
class Cells:
    """How the words of a table are written. A trained model keeps this to read new rows in the same way.

    Attributes:
        missing: words that stand for a missing value, besides the empty cell.
        comma: whether numbers have a decimal comma.
        stated: whether the file states the types of its columns, so that a word stays a word even if it looks like a
            number or like a missing value.
        thousands: what separates thousands, a word of :data:`SEPARATORS`; empty if nothing does.
        dates: the format of the dates of a column by its name, see ``timestamps.py``; columns in ISO order have none.
    """

    missing: tuple[str, ...]
    comma: bool
    stated: bool
    thousands: str = ""
    dates: Mapping[str, str] = field(default_factory=dict)

    @property
    def notation(self) -> Notation:
        return Notation(self.comma, self.thousands)

    def without_missing(self, words: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return trimmed words with null in the place of those that mean missing."""
        return missing.to_null(words, ["", *self.missing])

    def words(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return raw cells of any type as words, null where one is missing.

        Raises:
            pa.ArrowException: the cells cannot be written as words.
        """
        words = column.cast(pa.string())
        return words if self.stated else self.without_missing(trimmed(words))

    def numbers(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return raw cells of any type as float64, null where one is missing.

        Raises:
            NotANumber: a word is not a number.
            pa.ArrowException: the cells are of a type that holds no numbers.
        """
        if not is_words(column.type):
            return column.cast(pa.float64(), safe=False)
        words = self.without_missing(trimmed(column.cast(pa.string())))
        values = parse_numbers(words, self.notation)
        if values is None:
            raise NotANumber(words, self.notation)
        return values

    def to_plain(self) -> dict[str, Any]:
        plain = asdict(self)
        # Without what is empty: tables and models that were written before there were these fields have none.
        return {name: value for name, value in plain.items() if value or name not in ("thousands", "dates")}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Cells:
        return cls(
            tuple(plain["missing"]),
            plain["comma"],
            plain["stated"],
            plain.get("thousands", ""),
            dict(plain.get("dates", {})),
        )


#: For columns whose types are stated.
PLAIN = Cells((), comma=False, stated=True)


def is_words(kind: pa.DataType) -> bool:
    """Return whether cells of a type are words: strings, or a dictionary of strings."""
    if pa.types.is_dictionary(kind):
        return is_words(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def trimmed(words: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return words without the whitespace around them, such as a no-break space."""
    if pc.all(pc.string_is_ascii(words)).as_py():
        return pc.ascii_trim_whitespace(words)
    return pc.utf8_trim_whitespace(words)


def parse_numbers(words: pa.ChunkedArray, notation: Notation) -> pa.ChunkedArray | None:
    """Return trimmed words as float64, or None if some of them are neither numbers nor missing.

    If all words are ``true`` or ``false``, they become 1 and 0. Among numbers, ``NA`` and similar words become null.
    """
    if words.null_count < len(words) and all_match(words, TRUTH):
        return pc.equal(pc.utf8_lower(words), "true").cast(pa.int8()).cast(pa.float64())
    rest = missing.to_null(words, missing.AMONG_NUMBERS)
    if notation.thousands:
        if rest.null_count < len(rest) and not all_match(rest, notation.pattern):
            return None
        rest = pc.replace_substring_regex(rest, SEPARATORS[notation.thousands], "")
    if notation.comma:
        if any_match(rest, r"\."):
            return None
        rest = pc.replace_substring(rest, ",", ".")
    try:
        return rest.cast(pa.float64())
    except pa.ArrowInvalid:
        return None


def too_large(values: NDArray[np.float64]) -> tuple[int, str] | None:
    """Find the first of the numbers [n] that is too large for a feature.

    Return its index and an error message, or None if there is no such number. NaN counts as missing.
    """
    found = (values > LARGEST) | (values < -LARGEST)
    if not found.any():
        return None
    large = np.flatnonzero(found)
    shown = f"{values[large[0]]} ({counted(len(large), 'such row')})"
    rule = "a number must be finite and below 1e37, to fit into float32"
    return int(large[0]), f"{shown}; {rule}; correct it or leave it empty"


def any_match(words: Any, pattern: str) -> bool:
    """Return whether any word matches the regular expression. Nulls do not match."""
    return bool(pc.any(pc.match_substring_regex(words, pattern)).as_py())


def all_match(words: Any, pattern: str) -> bool:
    """Return whether there are words, and every one matches the regular expression. Nulls are skipped.

    The first words are looked at first, because they tell of most columns that not all match.
    """
    if len(words) > SAMPLE and pc.any(pc.invert(pc.match_substring_regex(words.slice(0, SAMPLE), pattern))).as_py():
        return False
    return bool(pc.all(pc.match_substring_regex(words, pattern)).as_py())
