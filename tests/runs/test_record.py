"""The types of a served model's columns. What pandas makes of the training file is accepted; what would be read as
something else is refused."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from conftest import load_mlflow
from table_files import read, written

from logodds.data.split import Split
from logodds.features.tabular import TabularOptions
from logodds.models.logistic import Logistic
from logodds.runs import record
from logodds.runs.inputs import Inputs, fitted

OPTIONS = TabularOptions(name="tabular", scale="standard", bins=None, rare=0, max_categories=1000)
LOGISTIC = Logistic(name="logistic")
FILE = """code,whole,gaps,fraction,rounded,smoker,word,level,maybe,y
01,1,1,0.5,3.0,true,red,1,2,no
02,-2,,1.5,4.0,false,blue,2,,yes
10,3,3,-0.25,5.0,true,red,10,2,no
01,4,4,2,6.0,true,red,1,3,yes
02,5,5,2.5,7.0,false,blue,2,3,no
"""
TYPES = {
    **{"code": "string", "whole": "long", "gaps": "double", "fraction": "double", "rounded": "double"},
    **{"smoker": "string", "word": "string", "level": "long", "maybe": "double"},
}
KINDS = {"level": "category", "maybe": "category"}
ROWS = np.arange(5)


@pytest.fixture(autouse=True, scope="module")
def mlflow_loaded() -> None:
    load_mlflow()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path, FILE)


def inputs(file: Path) -> Inputs:
    table = read(file, kinds=KINDS)
    return fitted(table, Split(ROWS, ROWS, ROWS, resubstitution=True), OPTIONS, None)


def test_columns_have_the_types_of_the_file_and_all_are_required(file: Path) -> None:
    assert dict(record._schema(inputs(file), LOGISTIC).columns) == TYPES


def test_a_parquet_file_states_the_types(tmp_path: Path, file: Path) -> None:
    frame = pd.read_csv(file, dtype={"code": str, "smoker": str, "level": "category"})
    frame.to_parquet(tmp_path / "table.parquet")
    table = read(tmp_path / "table.parquet", kinds={"maybe": "category"})
    assert {name: table.stored_as[name] for name in TYPES} == TYPES
    pd.read_csv(file).to_parquet(tmp_path / "truth.parquet")
    assert read(tmp_path / "truth.parquet", drop=["maybe"]).stored_as["smoker"] == "boolean"


def enforced(frame: pd.DataFrame, trained: Inputs) -> pa.Table:
    """What reaches a model of what a caller gives to MLflow."""
    from mlflow.models.utils import _enforce_schema

    from logodds.serving import frames

    return frames.columns(_enforce_schema(frame, schema(trained)), trained.features)


def schema(trained: Inputs) -> object:
    from mlflow.types import Schema

    columns = record._schema(trained, LOGISTIC).columns
    return Schema.from_json(json.dumps([{"type": kind, "name": name, "required": True} for name, kind in columns]))


def matrix(columns: pa.Table, trained: Inputs) -> np.ndarray:
    return trained.features.apply(columns, ROWS).values


def test_what_pandas_makes_of_the_file_is_what_was_trained_on(file: Path) -> None:
    trained = inputs(file)
    expected = matrix(trained.table.columns, trained)
    frame = pd.read_csv(file, dtype={"code": str, "smoker": str})
    np.testing.assert_array_equal(matrix(enforced(frame, trained), trained), expected)
    one = pd.concat([enforced(frame.iloc[row : row + 1], trained).to_pandas() for row in range(5)])
    np.testing.assert_array_equal(matrix(pa.Table.from_pandas(one), trained), expected)


def test_rows_that_a_server_is_sent_as_csv_or_json_are_what_was_trained_on(file: Path) -> None:
    from mlflow.pyfunc.scoring_server import infer_and_parse_data, parse_csv_input

    trained = inputs(file)
    expected = matrix(trained.table.columns, trained)
    parsed = parse_csv_input(io.StringIO(FILE), schema(trained))
    np.testing.assert_array_equal(matrix(enforced(parsed, trained), trained), expected)
    frame = pd.read_csv(file, dtype={"code": str, "smoker": str}).drop(columns="y")
    request = {"dataframe_split": json.loads(frame.to_json(orient="split", index=False))}
    parsed = infer_and_parse_data(request, schema(trained))
    np.testing.assert_array_equal(matrix(enforced(parsed, trained), trained), expected)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"code": [1, 2, 10, 1, 2]}, "column code. Can not safely convert int64"),
        ({"whole": [1.5, 2.0, 3.0, 4.0, 5.0]}, "column whole. Can not safely convert float64"),
        ({"fraction": list("abcde")}, "column fraction. Can not safely convert"),
        ({"smoker": [True, False, True, True, False]}, "column smoker. Can not safely convert bool"),
        ({"word": None}, "Model is missing inputs ['word']"),
    ],
)
def test_what_would_be_read_as_something_else_is_refused(file: Path, change: dict[str, object], told: str) -> None:
    from mlflow.exceptions import MlflowException

    frame = pd.read_csv(file, dtype={"code": str, "smoker": str})
    for name, values in change.items():
        frame = frame.drop(columns=name) if values is None else frame.assign(**{name: values})
    with pytest.raises(MlflowException) as caught:
        enforced(frame, inputs(file))
    assert told in str(caught.value)
