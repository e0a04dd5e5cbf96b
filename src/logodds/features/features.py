"""What every kind of features can do once it is fitted: turn raw columns into rows for a model, by plain data alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logodds.features.rows import Rows


@dataclass(frozen=True, kw_only=True)
class Features(ABC):
    """Abstract: statistics of the train rows.

    ``notes``: what a person should know about the fit, such as a column that was left out; a line each. They are no
    part of the state.
    """

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

    @abstractmethod
    def to_plain(self) -> dict[str, Any]:
        """The state as JSON can hold it: numbers, texts, lists; nothing that could run."""

    @classmethod
    @abstractmethod
    def from_plain(cls, plain: dict[str, Any]) -> Features:
        """The state that :meth:`to_plain` gave; an error of any kind where it is not one."""
