"""From a configuration to what training reads: table, split, fitted features, matrices."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from logodds import split as splitting
from logodds.features import tabular
from logodds.features.tabular import Tabular, TabularOptions
from logodds.fit import Data
from logodds.problem import Problem
from logodds.split import Split, SplitOptions
from logodds.table import Table


@dataclass(frozen=True)
class Inputs:
    """A table with its split and the features fitted on the split's train rows."""

    table: Table
    split: Split
    features: Tabular

    def data(self) -> Data:
        """The matrices of the train and validation rows; the test rows are not looked at."""
        columns, target = self.table.columns, self.table.target
        train, val = self.split.train, self.split.val
        x_train, x_val = (tabular.apply(self.features, columns, rows) for rows in (train, val))
        return Data(x_train, target[train], x_val, target[val])

    def raw_columns(self) -> dict[str, str]:
        """MLflow type by name of the raw columns that the model reads."""
        types = {name: self.table.columns.schema.field(name).type for name in self.table.columns.column_names}
        wanted = [column.name for column in self.features.columns]
        return {name: "string" if pa.types.is_string(types[name]) else "double" for name in wanted}


def of_files(problem: Problem, options: SplitOptions) -> tuple[Table, Split]:
    """Read and split the problem's file.

    Raises:
        UserError: whatever is wrong with the file or the split.
    """
    from logodds.sources import csv

    table = csv.read(problem, problem.file())
    return table, splitting.split(table, options)


def fitted(table: Table, parts: Split, features: TabularOptions, split_column: str | None) -> Inputs:
    """Fit the features on the train rows."""
    return Inputs(table, parts, tabular.fit(table, parts.train, features, split_column))
