"""Signs that figures on held-out rows are better than on new rows: copies of train rows, and columns that hold the
target under another name.

Columns of all kinds are compared by their values: numbers, words, texts, dates and pictures.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logodds.data.neighbours import distinct, together
from logodds.data.split import Split
from logodds.data.table import Table

Hashes = NDArray[np.uint64]

ODD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: spreads neighbouring numbers over all 64 bits
HALF = np.uint64(32)  # bits; the upper half of a product is mixed into the lower one
PICTURES = 1 << 22  # bytes of pictures that are hashed at a time
ROWS = 1 << 16  # of which a column of other values is hashed at a time
FIRST = 1000  # rows in which a column shows that it has more values than there are classes
FEWEST = 20  # train rows; in fewer a column may equal the target by chance


@dataclass(frozen=True)
class Copies:
    """The rows of a held-out part that equal a train row.

    Attributes:
        part: ``validation`` or ``test``.
        rows: number of rows of the part.
        equal: how many of them equal some train row in all inputs.
        same_class: how many of these equal some train row in its class, too.
    """

    part: str
    rows: int
    equal: int
    same_class: int


def copies(table: Table, parts: Split, inputs: Sequence[str]) -> list[Copies]:
    """Count the validation and test rows that equal a train row; a part without rows is left out.

    Rows are compared by hashes of 64 bits. With ``resubstitution`` there is nothing to count.

    Args:
        table: all rows.
        parts: which rows are train, validation and test rows.
        inputs: the columns that are compared.
    """
    if parts.resubstitution or not len(parts.train):
        return []
    hashes = _rows(table.columns.select(list(inputs)))
    with_class = hashes * ODD + table.target.astype(np.uint64)
    equal = _found(hashes, parts)
    same_class = _found(with_class, parts) if equal.any() else equal
    ends = {"validation": slice(len(parts.val)), "test": slice(len(parts.val), None)}
    counted = [
        Copies(part, len(equal[cut]), int(equal[cut].sum()), int(same_class[cut].sum())) for part, cut in ends.items()
    ]
    return [part for part in counted if part.rows]


def giveaways(table: Table, rows: NDArray[np.int64], inputs: Sequence[str]) -> list[str]:
    """Return the columns whose values are the classes under other names: in ``rows``, the train rows, each class has
    one value, and each value one class.

    A number from which on all rows are of one class is not meant.
    """
    target = table.target[rows]
    classes = len(np.unique(target))
    if len(rows) < FEWEST:
        return []
    found = []
    for name in _of_few_values(table.columns, rows[:FIRST], inputs, classes):
        codes = _codes(table.columns.column(name).take(pa.array(rows)))
        pairs = np.unique(codes.astype(np.int64) * len(table.classes) + target)
        if len(pairs) == classes == len(np.unique(codes)):
            found.append(name)
    return found


def _of_few_values(columns: pa.Table, rows: NDArray[np.int64], names: Sequence[str], most: int) -> list[str]:
    """Return the columns that have ``most`` different values or fewer in some rows; pictures are none of them."""
    own = {name: columns.column(name) for name in names}
    counts: dict[str, int] = {}
    numbers = [(name, column) for name, column in own.items() if pa.types.is_float64(column.type)]
    for group in together(numbers, len(rows)):
        values = np.stack([column.to_numpy()[rows] for _, column in group])
        gaps = np.isnan(values).any(axis=1)
        counts |= zip((name for name, _ in group), (distinct(values) + gaps).tolist(), strict=True)
    for name, column in own.items():
        if name not in counts and not isinstance(column.type, pa.FixedShapeTensorType):
            counts[name] = len(column.take(pa.array(rows)).unique())
    return [name for name in names if name in counts and counts[name] <= most]


def _found(hashes: Hashes, parts: Split) -> NDArray[np.bool_]:
    """Return which of the validation rows, and after them the test rows, have a hash that some train row has, too."""
    known = np.sort(hashes[parts.train])
    sought = hashes[np.concatenate([parts.val, parts.test])]
    order = np.argsort(sought)  # neighbours are found in the same part of the memory
    sought = sought[order]
    found = np.empty(len(sought), np.bool_)
    found[order] = known[np.minimum(np.searchsorted(known, sought), len(known) - 1)] == sought
    return found


def _rows(columns: pa.Table) -> Hashes:
    """Return a hash of each row [n]."""
    hashes = np.zeros(len(columns), np.uint64)
    for column in columns.columns:
        start = 0
        for bits in _pictures(column) if isinstance(column.type, pa.FixedShapeTensorType) else _bits(column):
            bits *= ODD
            bits ^= bits >> HALF
            own = hashes[start : start + len(bits)]
            own *= ODD
            own += bits
            start += len(bits)
    return hashes


def _bits(column: pa.ChunkedArray) -> Iterator[Hashes]:
    """Yield 64 bits per value [n], some rows at a time: equal for equal values alone. Missing values are equal."""
    codes = None if pa.types.is_float64(column.type) else _codes(column)
    for start in range(0, len(column), ROWS):
        if codes is not None:
            yield codes[start : start + ROWS].astype(np.uint64)
        else:
            yield (column.slice(start, ROWS).to_numpy() + 0.0).view(np.uint64)  # -0.0 becomes 0.0


def _codes(column: pa.ChunkedArray) -> NDArray[np.int32]:
    """Return the number of each value [n] among the distinct values."""
    encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    codes: NDArray[np.int32] = encoded.indices.to_numpy()
    return codes


def _pictures(column: pa.ChunkedArray) -> Iterator[Hashes]:
    """Yield a hash of each picture [n], some at a time: the sum of its words of 64 bits, each multiplied by a factor of
    its place and mixed."""
    for chunk in column.chunks:
        pixels: NDArray[Any] = chunk.to_numpy_ndarray().reshape(len(chunk), -1)
        size = -(-pixels.shape[1] // 8) * 8
        factors = np.arange(size // 8, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
        step = max(1, PICTURES // size)
        for first in range(0, len(chunk), step):
            part = pixels[first : first + step]
            padded = np.zeros((len(part), size), np.uint8)
            padded[:, : part.shape[1]] = part
            words = padded.view(np.uint64)
            words ^= words >> HALF
            words *= factors * ODD
            words ^= words >> HALF
            yield words.sum(axis=1)
