"""The kinds of features by name: their options, how each is fitted, and back from JSON."""

from __future__ import annotations

import json

import numpy as np
from numpy.typing import NDArray

from logodds.errors import UserError
from logodds.features import tabular
from logodds.features.features import Features
from logodds.features.tabular import Tabular, TabularOptions
from logodds.table import Table

FeatureOptions = TabularOptions
OPTIONS: dict[str, type[FeatureOptions]] = {"tabular": TabularOptions}
STATES: dict[str, type[Features]] = {"tabular": Tabular}


def fit(table: Table, rows: NDArray[np.int64], options: FeatureOptions, split_column: str | None) -> Features:
    """Statistics of ``rows`` (train). The column that split the rows is never an input: it would tell groups apart.

    Raises:
        UserError: columns that this kind of features cannot read.
    """
    return tabular.fit(table, rows, options, split_column)


def dumps(state: Features) -> str:
    """The state as JSON: plain data, nothing that could run."""
    (kind,) = (name for name, cls in STATES.items() if isinstance(state, cls))
    return json.dumps({"kind": kind, **state.to_plain()}, indent=1) + "\n"


def loads(text: str) -> Features:
    """The state that :func:`dumps` wrote.

    Raises:
        UserError: not such a text.
    """
    try:
        found = dict(json.loads(text))
        return STATES[found.pop("kind")].from_plain(found)
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(f"features.json: not a fitted state ({error}); train again") from error
