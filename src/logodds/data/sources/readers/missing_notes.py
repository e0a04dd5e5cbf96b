"""Notes on the words of ``problem.missing``: which were read as missing, and which of them mean nothing here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from logodds.data.cells import is_words, trimmed
from logodds.data.missing import ELSEWHERE, USUAL
from logodds.data.sources.readers.part import Column, Part
from logodds.system.errors import counted

if TYPE_CHECKING:
    from logodds.data.sources.csv import TableFile

OFTEN = 3  # words that a note names


def of_category(column: Column) -> list[str]:
    """Return notes on a column of categories: on words such as NA that were read as missing, where they may mean
    Namibia, on words that usually mean missing and are values, because the user's list is without them, and on words
    that mean missing elsewhere."""
    if column.typed:
        return []  # the file itself states what is missing
    found = []
    read = _counts(column.raw, column.raw.unique(), [word for word in column.missing if word.isalpha()])
    if read:
        found.append(
            f"column {column.name!r}: {_listed(read)} read as missing; to have them as values, {column.as_values(read)}"
        )
    distinct = column.distinct_words.words
    kept = _counts(column.words, distinct, [word for word in USUAL if word not in column.missing])
    if kept:
        found.append(
            f"column {column.name!r}: {_listed(kept)} read as values, because problem.missing is without them; "
            f"to have them missing, {column.as_missing(kept)}"
        )
    others = [word for word in ELSEWHERE if word not in column.missing]
    if pc.any(pc.equal(distinct, "+")).as_py():
        others = [word for word in others if word != "-"]  # beside + it is a value
    if suspect := _counts(column.words, distinct, others):
        found.append(
            f"column {column.name!r}: {_listed(suspect)} read as values; where they mean missing, "
            f"{column.as_missing(suspect)}"
        )
    return found


def of_file(options: TableFile, parts: Sequence[Part]) -> list[str]:
    """Return a note if words of the user's list are in no cell, with how often each of the others is.

    Return another if the file itself states what is missing, and words of the list are in its cells.

    Args:
        options: the list.
        parts: the files, as they are read.
    """
    stated = parts[0].typed and list(options.missing) != USUAL
    given = [word for word in options.missing if word not in USUAL]
    words = [word for word in (options.missing if stated else given) if word]
    if not words:
        return []
    counts: Counter[str] = Counter()
    for part in parts:
        for column in part.spelled(part.columns.column_names).columns.columns:
            if is_words(column.type):
                cells = trimmed(column)
                counts += _counts(cells, cells.unique(), words)
    found = []
    if absent := [word for word in given if word and not counts[word]]:
        listed = [f"{word!r} in {counted(counts[word], 'cell')}" for word in given if counts[word]]
        listed.append(f"{', '.join(map(repr, absent))} in no cell of words, so without effect")
        found.append(f"problem.missing: {'; '.join(listed)}")
    if stated and counts:  # so that no word of a category means missing
        found.append(
            f"problem.missing: {_listed(counts)} missing among numbers and dates alone, as the file itself states "
            "which words are missing; write null there"
        )
    return found


def _counts(words: pa.ChunkedArray, distinct: Any, some: Sequence[str]) -> Counter[str]:
    """Return how many of the cells ``words``, of which ``distinct`` are the different ones, hold each of some words."""
    if not pc.any(pc.is_in(distinct, pa.array(some, words.type))).as_py():
        return Counter()
    held = words.filter(pc.is_in(words, pa.array(some, words.type)))
    return Counter({item["values"]: item["counts"] for item in pc.value_counts(held).to_pylist()})


def _listed(counts: Counter[str]) -> str:
    words = [f"{word!r} ({counted(count, 'row')})" for word, count in counts.most_common(OFTEN)]
    return ", ".join(words) + (f", … ({len(counts)} words)" if len(counts) > OFTEN else "")
