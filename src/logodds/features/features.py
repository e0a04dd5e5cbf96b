"""Features: options that are fitted on train rows, and the fitted state, which makes rows for a model."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from logodds.options.option import Option
from logodds.options.registry import Group
from logodds.system.errors import UserError
from logodds.system.terminal.text import shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from logodds.data.table import Table
    from logodds.features.rows import Rows


@dataclass(frozen=True, kw_only=True)
class Features(ABC):
    """Abstract: statistics of the train rows.

    Attributes:
        kind: the name of the option that fits such a state.
        packages: what must be installed where the state is applied, beside what every kind needs.
        notes: what a person should know about the fit, such as a column that was left out; a line each. They are no
            part of the state.
    """

    kind: ClassVar[str]
    packages: ClassVar[tuple[str, ...]] = ()

    notes: tuple[str, ...] = field(default=(), compare=False)

    @abstractmethod
    def inputs(self) -> dict[str, str]:
        """The raw columns that are read, with MLflow's word for what they hold: double, string or binary."""

    @abstractmethod
    def apply(self, columns: pa.Table, rows: NDArray[np.int64]) -> Rows:
        """The chosen rows of raw columns as the model reads them.

        Raises:
            UserError: a column that the state was fitted on is not there, or is of another kind.
        """

    def encoded(self, column: str, cells: Sequence[Any]) -> pa.ChunkedArray | None:
        """Python objects that a caller has for a column, in the form that :meth:`apply` reads; None where Arrow's own
        conversion gives it.

        Raises:
            UserError: a cell that is no such object.
        """
        return None

    @abstractmethod
    def to_plain(self) -> dict[str, Any]:
        """The state as JSON can hold it: numbers, texts, lists; nothing that could run."""

    @classmethod
    @abstractmethod
    def from_plain(cls, plain: dict[str, Any]) -> Features:
        """The state that :meth:`to_plain` gave.

        Raises:
            Exception: of any kind, where it is none.
        """


@dataclass(kw_only=True)
class FeatureOptions(Option, ABC):
    """Abstract. How raw columns become rows for a model.

    Attributes:
        name: by which a configuration chooses it.
        gives: the kind of rows, see ``kind`` in ``features/rows.py``.
        by_length: whether rows are of different length and are put into batches by it.
    """

    name: str

    gives: ClassVar[str]
    by_length: ClassVar[bool] = False

    @abstractmethod
    def fit(self, table: Table, rows: NDArray[np.int64], split_column: str | None) -> Features:
        """Statistics of ``rows`` (train). The column that split the rows is never an input: it would tell groups apart.

        Raises:
            UserError: columns that this kind of features cannot read.
        """

    @classmethod
    @abstractmethod
    def state(cls) -> type[Features]:
        """What :meth:`fit` returns."""


FEATURES: Group[FeatureOptions] = Group("features", FeatureOptions, "logodds.features", "logodds.features")


def dumps(state: Features) -> str:
    """The state as JSON: plain data, nothing that could run."""
    return json.dumps({"kind": state.kind, **state.to_plain()}, ensure_ascii=False, separators=(",", ":")) + "\n"


def loads(text: str) -> Features:
    """The state that :func:`dumps` wrote.

    Raises:
        UserError: not such a text.
    """
    try:
        plain = dict(json.loads(text))
        return FEATURES.option(str(plain.pop("kind"))).state().from_plain(plain)
    except Exception as error:  # of any kind where it is not one
        raise UserError(f"features.json: not a fitted state ({shortened(str(error), 60)}); train again") from error
