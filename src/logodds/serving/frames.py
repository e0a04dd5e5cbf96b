"""Convert a caller's rows into an Arrow table of the columns that a model reads."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pyarrow as pa

from logodds.features.features import Features

if TYPE_CHECKING:
    import pandas as pd


def columns(frame: pd.DataFrame, features: Features) -> pa.Table:
    """Return the columns that the features read. What they read although no train row had it is told in a warning.

    Raises:
        UserError: a column is missing, or holds what the features cannot read.
    """
    table = _table(frame, features)
    for note in features.unseen(table):
        warnings.warn(note, stacklevel=4)  # at the caller of ``predict_proba``
    return table


def _table(frame: pd.DataFrame, features: Features) -> pa.Table:
    """Return the columns that the features read, as far as ``frame`` has them.

    pandas allows numbers and strings in one column, Arrow does not. If there is such a column, the values of all
    columns become strings; missing values stay missing.
    """
    read = frame[[name for name in features.inputs() if name in frame]]
    encoded = {str(name): features.encoded(str(name), read[name].tolist()) for name in read}
    if encoded and None not in encoded.values():
        return pa.table(encoded)
    try:
        return pa.Table.from_pandas(read, preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        read = read.astype(object).map(str, na_action="ignore")
        return pa.Table.from_pandas(read, preserve_index=False)
