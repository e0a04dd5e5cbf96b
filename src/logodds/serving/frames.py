"""Convert a caller's rows into an Arrow table of the columns that a model reads."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from logodds.features.features import Features
from logodds.system.errors import UserError

if TYPE_CHECKING:
    import pandas as pd


def columns(frame: pd.DataFrame, features: Features) -> pa.Table:
    """Return the columns that the features read. What they read although no train row had it is told in a warning.

    Raises:
        UserError: a column is missing, or holds what the features cannot read.
    """
    table = _table(frame, features)
    for note in features.unseen(table, np.arange(len(table))):
        warnings.warn(note, stacklevel=4)  # at the caller of ``predict_proba``
    return table


def _table(frame: pd.DataFrame, features: Features) -> pa.Table:
    """Return the columns that the features read, as far as ``frame`` has them.

    pandas allows numbers and strings in one column, Arrow does not. The values of such a column become strings; missing
    values stay missing.

    Raises:
        UserError: a column is there twice, or Arrow has no type for its values.
    """
    names = [name for name in features.inputs() if name in frame]
    return pa.table({str(name): _column(name, frame[name], features) for name in names})


def _column(name: str, values: pd.Series, features: Features) -> pa.ChunkedArray:
    if values.ndim > 1:
        raise UserError(f"column {name!r} is in the rows twice; leave one out")
    encoded = features.encoded(name, values.tolist())
    if encoded is not None:
        return encoded
    try:
        return pa.chunked_array([pa.Array.from_pandas(values)])
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):  # Arrow has no whole number beyond 64 bits
        return pa.chunked_array([pa.Array.from_pandas(values.astype(object).map(str, na_action="ignore"))])
    except (pa.ArrowException, TypeError) as error:
        raise UserError(f"column {name!r}: {values.dtype} values cannot be read; convert it") from error
