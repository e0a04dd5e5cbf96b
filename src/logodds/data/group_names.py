"""Groups of rows whose names look alike."""

from __future__ import annotations

from collections import defaultdict

import pyarrow as pa
import pyarrow.compute as pc

from logodds.data.cells import is_words
from logodds.data.sources.readers import spellings
from logodds.system.terminal.text import shortened

WIDTH = 30  # characters of a name in a note


def note(name: str, column: pa.ChunkedArray) -> str | None:
    """Return a note on groups whose names differ in case, spaces or invisible characters alone; None without any.

    Args:
        name: the column of the groups.
        column: the group of each row.
    """
    if not is_words(column.type):
        return None
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for group in pc.unique(column.cast(pa.string())).to_pylist():
        alike[spellings.plain(group).casefold()].append(group)
    found = [sorted(groups) for groups in alike.values() if len(groups) > 1]
    if not found:
        return None
    one, other = (shortened(ascii(group), WIDTH) for group in found[0][:2])
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return (
        f"split.method=grouped: {one} and {other} of column {name!r} are two groups, whose rows may be in two parts"
        f"{more}; where they are one, write them alike"
    )
