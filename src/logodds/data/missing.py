"""Which words of a file stand for a missing value.

In every column these are the empty cell and the words of ``problem.missing``, such as ``?``; the list is in the
configuration of the problem, ``conf/problem/csv.yaml`` for a table of your own. In a column of numbers the words of
:data:`AMONG_NUMBERS` are missing too, whatever the configuration says: no number is spelled like them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

#: The list of ``conf/problem/csv.yaml``.
USUAL = ["NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "null", "NULL", "None", "?"]
#: Those that pandas reads as missing, and a few of them with other capitals.
AMONG_NUMBERS = ["NA", "na", "N/A", "n/a", "#N/A", "#N/A N/A", "#NA", "<NA>", "NaN", "nan", "-NaN", "-nan"]
AMONG_NUMBERS += ["NULL", "Null", "null", "None", "none", "-1.#IND", "1.#IND", "-1.#QNAN", "1.#QNAN"]
#: Words that mean missing in files of some programs (SAS, Hive, Excel, ...) and that are in no list, because they
#: may be values elsewhere.
ELSEWHERE = [".", "..", "-", "--", "---", "\\N", "na", "Na", "n.a.", "N.A.", "k.A.", "NaT", "nil", "NIL", "Null"]
ELSEWHERE += ["(null)", "[null]", "<null>", "(NULL)", "[NULL]", "<NULL>", "#NV", "#REF!", "#VALUE!", "#NAME?", "#NUM!"]
ELSEWHERE += ["#NULL!", "#DIV/0!", "#BEZUG!", "#WERT!", "#ZAHL!", "#VALEUR!", "########", "-9", "-99", "-999", "-9999"]
PATTERN = f"^({'|'.join(map(re.escape, AMONG_NUMBERS))})$"


def to_null(words: pa.ChunkedArray, missing: Sequence[str]) -> pa.ChunkedArray:
    """Return trimmed words with null in the place of those that mean missing."""
    absent = pc.is_in(words, pa.array(missing, pa.string()))
    return pc.if_else(absent, pa.scalar(None, pa.string()), words) if pc.any(absent).as_py() else words
