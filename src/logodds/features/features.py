"""Options of features, which are fitted on train rows, and the fitted state, which makes rows for a model."""

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
    """Abstract: statistics of the train rows, fitted by :meth:`FeatureOptions.fit`.

    Attributes:
        kind: the name of the option that fits such a state.
        packages: packages that must be installed where the state is applied, besides those that every kind needs.
        notes: what a user should know about the fit, such as a column that was left out; one line per note. They are
            not part of the state.
    """

    kind: ClassVar[str]
    packages: ClassVar[tuple[str, ...]] = ()

    notes: tuple[str, ...] = field(default=(), compare=False)

    @abstractmethod
    def inputs(self) -> dict[str, str]:
        """Return the raw columns that are read, each with MLflow's name for its type.

        The types are double, string, datetime and binary.
        """

    @abstractmethod
    def apply(self, columns: pa.Table, rows: NDArray[np.int64]) -> Rows:
        """Return the chosen rows of raw columns in the form that a model reads.

        Args:
            columns: a table that has the columns of :meth:`inputs`.
            rows: [n] zero-based numbers of the rows to take.

        Raises:
            UserError: a column that the state was fitted on is missing or of another type.
        """

    def encoded(self, column: str, cells: Sequence[Any]) -> pa.ChunkedArray | None:
        """Return the cells of a column in the form that :meth:`apply` reads.

        Return None if Arrow's own conversion gives that form.

        Args:
            column: the name of the column.
            cells: the Python objects that a caller passes for it.

        Raises:
            UserError: a cell is not of a type that the column can hold.
        """
        return None

    def unseen(self, columns: pa.Table, rows: NDArray[np.int64]) -> list[str]:
        """Return what some raw rows hold that no train row held and :meth:`apply` reads all the same: one line each.

        Args:
            columns, rows: as for :meth:`apply`.

        Raises:
            UserError: as for :meth:`apply`.
        """
        return []

    @abstractmethod
    def to_plain(self) -> dict[str, Any]:
        """Return the state as plain data for JSON: numbers, texts and lists, nothing that could be executed."""

    @classmethod
    @abstractmethod
    def from_plain(cls, plain: dict[str, Any]) -> Features:
        """Return the state that :meth:`to_plain` described.

        Raises:
            Exception: of any type, if ``plain`` does not describe a state.
        """


@dataclass(kw_only=True)
class FeatureOptions(Option, ABC):
    """Abstract: how raw columns become rows for a model.

    Attributes:
        name: the name by which a configuration chooses the features.
        row_kind: the kind of rows, which is the ``kind`` of a class in ``features/rows.py``.
        by_length: whether rows differ in length and are put into batches by length.
    """

    name: str

    row_kind: ClassVar[str]
    by_length: ClassVar[bool] = False

    @abstractmethod
    def fit(self, table: Table, rows: NDArray[np.int64], split_column: str | None) -> Features:
        """Fit statistics on ``rows``, the train rows.

        The column that split the rows is never an input, because it would tell the groups apart.

        Raises:
            UserError: these features cannot read the columns.
        """

    @classmethod
    @abstractmethod
    def state(cls) -> type[Features]:
        """Return the class of what :meth:`fit` returns."""


FEATURES: Group[FeatureOptions] = Group("features", FeatureOptions, "logodds.features", "logodds.features")


def dumps(state: Features) -> str:
    """Return the state as JSON: plain data, nothing that could be executed."""
    return json.dumps({"kind": state.kind, **state.to_plain()}, ensure_ascii=False, separators=(",", ":")) + "\n"


def loads(text: str) -> Features:
    """Return the state that :func:`dumps` wrote.

    Raises:
        UserError: the text is not a fitted state.
    """
    try:
        plain = dict(json.loads(text))
        return FEATURES.option(str(plain.pop("kind"))).state().from_plain(plain)
    except Exception as error:  # of any type if the text is not a fitted state
        raise UserError(f"features.json: not a fitted state ({shortened(str(error), 60)}); train again") from error
