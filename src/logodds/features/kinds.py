"""The kinds of features by name: their options, how each is fitted, and back from JSON."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logodds.data.table import Table
from logodds.features import ngrams, pixels, tabular, tokens
from logodds.features.features import Features
from logodds.features.ngrams import Ngrams, NgramsOptions
from logodds.features.pixels import Pictures, PixelsOptions
from logodds.features.tabular import Tabular, TabularOptions
from logodds.features.tokens import TokensOptions, Words
from logodds.options.schema import read_option
from logodds.system.errors import UserError
from logodds.system.terminal.text import shortened

FeatureOptions = TabularOptions | TokensOptions | NgramsOptions | PixelsOptions
OPTIONS: dict[str, type[FeatureOptions]] = {
    "tabular": TabularOptions,
    "tokens": TokensOptions,
    "ngrams": NgramsOptions,
    "pixels": PixelsOptions,
}
STATES: dict[str, type[Features]] = {"tabular": Tabular, "tokens": Words, "ngrams": Ngrams, "pixels": Pictures}

#: Packages that applying a state needs beside those that every kind needs.
PACKAGES = {"ngrams": ("scikit-learn",), "pixels": ("pillow",)}


def options(node: Any) -> FeatureOptions:
    """The ``features`` section as the dataclass of its kind.

    Raises:
        UserError: an unknown kind or key, or a value against its rule.
    """
    found = read_option(OPTIONS, node, "features")
    if isinstance(found, NgramsOptions):
        found.check()
    return found


def fit(table: Table, rows: NDArray[np.int64], options: FeatureOptions, split_column: str | None) -> Features:
    """Statistics of ``rows`` (train). The column that split the rows is never an input: it would tell groups apart.

    Raises:
        UserError: columns that this kind of features cannot read.
    """
    match options:
        case TabularOptions():
            return tabular.fit(table, rows, options, split_column)
        case TokensOptions():
            return tokens.fit(table, rows, options, split_column)
        case NgramsOptions():
            return ngrams.fit(table, rows, options, split_column)
        case PixelsOptions():
            return pixels.fit(table, rows, options, split_column)


def packages(state: Features) -> tuple[str, ...]:
    """What must be installed, beside what every kind needs, where the state is applied."""
    return PACKAGES.get(_kind(state), ())


def dumps(state: Features) -> str:
    """The state as JSON: plain data, nothing that could run."""
    return json.dumps({"kind": _kind(state), **state.to_plain()}, ensure_ascii=False, separators=(",", ":")) + "\n"


def loads(text: str) -> Features:
    """The state that :func:`dumps` wrote.

    Raises:
        UserError: not such a text.
    """
    try:
        found = dict(json.loads(text))
        return STATES[found.pop("kind")].from_plain(found)
    except Exception as error:  # of any kind where it is not one
        raise UserError(f"features.json: not a fitted state ({shortened(str(error), 60)}); train again") from error


def _kind(state: Features) -> str:
    (kind,) = (name for name, cls in STATES.items() if isinstance(state, cls))
    return kind
