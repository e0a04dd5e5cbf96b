"""What the raw cells of a column say, the same for a file that is read and for rows that a served model is given."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logodds.system.errors import counted

LARGEST = 1e37  # what a float32 feature holds with room for arithmetic
POINT = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^[+-]?(?i:inf|infinity|nan)$"
COMMA = r"^[+-]?(\d+,?\d*|,\d+)([eE][+-]?\d+)?$|^[+-]?(?i:inf|infinity|nan)$"
TRUTH = "^(?i:true|false)$"
# No number is spelled so: the words that pandas takes for missing, and a few of them in other letters.
NO_NUMBER = ["NA", "na", "N/A", "n/a", "#N/A", "#N/A N/A", "#NA", "<NA>", "NaN", "nan", "-NaN", "-nan"]
NO_NUMBER += ["NULL", "Null", "null", "None", "none", "-1.#IND", "1.#IND", "-1.#QNAN", "1.#QNAN"]
NOTHING = f"^({'|'.join(map(re.escape, NO_NUMBER))})$"


class NotANumber(ValueError):  # noqa: N818  # a word among others, not yet an error: who catches it knows the column
    """Words that are not all numbers. ``index``: of the first that is none; ``word``: the word."""

    def __init__(self, words: pa.ChunkedArray, comma: bool) -> None:
        good = pc.match_substring_regex(words, f"{COMMA if comma else POINT}|{NOTHING}")
        self.index = int(pc.index(good, False).as_py())
        self.word: str = words[self.index].as_py()
        super().__init__(f"{self.word!r} is no number")


@dataclass(frozen=True)
class Cells:
    """How words are written: the part of a table's reading that its models keep.

    ``missing``: words that stand for a missing value, beside the empty cell. ``comma``: whether numbers have a decimal
    comma. ``stated``: the file states the types of its columns, so that a word is a word however it reads.
    """

    missing: tuple[str, ...]
    comma: bool
    stated: bool

    def filled(self, words: pa.ChunkedArray) -> pa.ChunkedArray:
        """Trimmed words, null where one means missing."""
        absent = pc.is_in(words, pa.array(["", *self.missing], pa.string()))
        return pc.if_else(absent, pa.scalar(None, pa.string()), words) if pc.any(absent).as_py() else words

    def words(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """Raw cells of any type as words, null where one is missing.

        Raises:
            pa.ArrowException: cells that cannot be written as words.
        """
        words = column.cast(pa.string())
        return words if self.stated else self.filled(trimmed(words))

    def numbers(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """Raw cells of any type as float64, null where one is missing.

        Raises:
            NotANumber: a word that is none.
            pa.ArrowException: cells of a type that holds no numbers.
        """
        if not is_words(column.type):
            return column.cast(pa.float64(), safe=False)
        words = self.filled(trimmed(column.cast(pa.string())))
        found = read(words, self.comma)
        if found is None:
            raise NotANumber(words, self.comma)
        return found

    def to_plain(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Cells:
        return cls(tuple(plain["missing"]), plain["comma"], plain["stated"])


#: Columns whose types say all.
PLAIN = Cells((), comma=False, stated=True)


def is_words(kind: pa.DataType) -> bool:
    """Whether cells of a type are words."""
    if pa.types.is_dictionary(kind):
        return is_words(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def trimmed(words: pa.ChunkedArray) -> pa.ChunkedArray:
    """Words without the spaces round them."""
    return pc.ascii_trim_whitespace(words)


def read(words: pa.ChunkedArray, comma: bool) -> pa.ChunkedArray | None:
    """Trimmed words as float64, ``true`` and ``false`` as 1 and 0, None where one is neither. Among numbers, ``NA`` and
    the like are missing."""
    if all_match(words.slice(0, 100), TRUTH) and words.null_count < len(words) and all_match(words, TRUTH):
        return pc.equal(pc.utf8_lower(words), "true").cast(pa.int8()).cast(pa.float64())
    absent = pc.is_in(words, pa.array(NO_NUMBER))
    rest = pc.if_else(absent, pa.scalar(None, pa.string()), words) if pc.any(absent).as_py() else words
    if comma:
        if any_match(rest, r"\."):
            return None
        rest = pc.replace_substring(rest, ",", ".")
    try:
        return rest.cast(pa.float64())
    except pa.ArrowInvalid:
        return None


def too_large(values: NDArray[np.float64]) -> tuple[int, str] | None:
    """The first of the numbers [n] that no feature can hold, and what is wrong with it; NaN is missing."""
    found = np.flatnonzero(np.abs(values) > LARGEST)
    if not len(found):
        return None
    told = f"{values[found[0]]} ({counted(len(found), 'such row')})"
    return int(found[0]), f"{told}; a number must be finite and below 1e37, as float32 is: mend or empty it"


def any_match(words: Any, pattern: str) -> bool:
    """Whether a word matches; nulls do not."""
    return bool(pc.any(pc.match_substring_regex(words, pattern)).as_py())


def all_match(words: Any, pattern: str) -> bool:
    """Whether every word but nulls matches."""
    return bool(pc.all(pc.match_substring_regex(words, pattern)).as_py())
