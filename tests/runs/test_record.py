"""The types with which MLflow is told of a model's columns."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyarrow as pa
from mlflow.models.utils import _enforce_schema
from mlflow.types import Schema

from logodds.data.split import Split
from logodds.data.table import Table
from logodds.features.tabular import TabularOptions
from logodds.models.logistic import Logistic
from logodds.runs import record
from logodds.runs.inputs import Inputs, fitted

OPTIONS = TabularOptions(name="tabular", scale="standard", bins=None, rare=0, max_categories=1000)
LOGISTIC = Logistic(name="logistic")
COLUMNS = {
    "whole": pa.array([1.0, 2.0, 3.0, -3e15]),
    "fraction": pa.array([1.0, 2.0, 0.5, 0.5]),
    "codes": pa.array(["1", "2", "10", "10"]),
}


def inputs(columns: dict[str, pa.Array]) -> Inputs:
    rows = np.arange(4)
    table = Table(pa.table(columns), rows % 2, "y", ("no", "yes"))
    return fitted(table, Split(rows, rows, rows, resubstitution=True), OPTIONS, None)


def test_what_pandas_makes_of_a_file_is_what_was_trained_on() -> None:
    """Integers where the table has numbers or words, and a mark among numbers, once MLflow has let them pass."""
    trained = inputs(COLUMNS)
    served = record._schema(trained, LOGISTIC)
    told = json.dumps([{"type": kind, "name": name, "required": True} for name, kind in served.columns])
    columns = trained.table.columns
    frame = pd.DataFrame({name: [float(word) for word in columns.column(name).to_pylist()] for name in COLUMNS})
    whole = frame.astype({"whole": "int64", "codes": "int64"})
    for each in (frame, whole, whole.astype(str)):
        passed = pa.Table.from_pandas(_enforce_schema(each, Schema.from_json(told)))
        found = trained.features.apply(passed, np.arange(4))
        np.testing.assert_array_equal(found.values, trained.features.apply(columns, np.arange(4)).values)
