"""Columns of dates against the accessors of pandas."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from table_files import read, written

from logodds.features.features import Features, dumps, loads
from logodds.features.fitted.tabular import TabularFeatures, fit
from logodds.features.tabular import TabularOptions
from logodds.serving import frames
from logodds.system.errors import UserError

PLAIN = TabularOptions(name="tabular", scale="none", bins=None, rare=0, max_categories=100)
ROWS = np.arange(60)
FORMS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%d/%m/%Y", "%m/%d/%Y %I:%M %p", "%d.%m.%Y", "%d %B %Y"]


def dates() -> pd.Series[pd.Timestamp]:
    days = np.random.default_rng(7).integers(-20_000, 40_000, 60)
    return pd.Series(pd.Timestamp("1970-01-01 13:45") + pd.to_timedelta(days * 17, "h"))


def values(state: Features, columns: pa.Table) -> pd.DataFrame:
    assert isinstance(state, TabularFeatures)
    return pd.DataFrame(state.apply(columns, np.arange(len(columns))).values, columns=state.names)


def expected(found: pd.Series[pd.Timestamp]) -> pd.DataFrame:
    parts = {
        "t days": (found - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1),
        "t year": found.dt.year,
        "t month": found.dt.month,
        "t day": found.dt.day,
        "t weekday": found.dt.day_of_week,
        "t hour": found.dt.hour,
    }
    varying = {name: part for name, part in parts.items() if part.nunique() > 1}
    return pd.DataFrame(varying).astype(np.float32)


@pytest.mark.parametrize("form", FORMS)
def test_numbers_of_dates_equal_pandas_in_training_and_in_serving(tmp_path: Path, form: str) -> None:
    words = dates().dt.strftime(form)
    path = written(tmp_path, "t;y\n" + "".join(f"{word};{row % 2}\n" for row, word in enumerate(words)))
    table = read(path)
    assert table.stored_as == {"t": "string"}
    state = fit(table, ROWS, PLAIN, None)
    wanted = expected(pd.to_datetime(words, format=form))
    pd.testing.assert_frame_equal(values(state, table.columns), wanted)
    assert state.inputs() == {"t": "datetime"}
    served = loads(dumps(state))
    assert served == state
    raw = pd.read_csv(path, sep=";")
    for rows in (raw, raw[30:31], pd.DataFrame({"t": pd.to_datetime(words, format=form).dt.tz_localize(None)})):
        pd.testing.assert_frame_equal(
            values(served, frames.columns(rows, served)), wanted.loc[rows.index].reset_index(drop=True)
        )


@pytest.mark.filterwarnings("ignore:Series.values returning an ndarray")  # pyarrow reads it from pandas so
@pytest.mark.parametrize("kind", [pa.timestamp("ns"), pa.timestamp("ms", "Europe/Berlin"), pa.date32(), pa.date64()])
def test_dates_that_the_file_states_are_served_as_such(tmp_path: Path, kind: pa.DataType) -> None:
    found = dates().dt.normalize() if pa.types.is_date(kind) else dates()
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"t": pa.array(found).cast(kind), "y": [0, 1] * 30}), path)
    table = read(path)
    assert table.stored_as == {"t": "datetime"}
    state = fit(table, ROWS, PLAIN, None)
    pd.testing.assert_frame_equal(values(state, table.columns), expected(found))
    pd.testing.assert_frame_equal(
        values(state, frames.columns(pd.read_parquet(path), state)), values(state, table.columns)
    )


def test_a_missing_date_has_the_median_of_each_number_and_an_indicator(tmp_path: Path) -> None:
    text = "t,y\n2020-01-01,0\n2020-01-02,1\nNA,0\n2020-03-09,1\n"
    table = read(written(tmp_path, text))
    state = fit(table, np.arange(4), PLAIN, None)
    found = values(state, table.columns)
    assert found.columns.tolist() == ["t days", "t month", "t day", "t weekday", "t is missing"]
    assert found.loc[2].tolist() == [18263.0, 1.0, 2.0, 2.0, 1.0]
    assert found["t is missing"].tolist() == [0.0, 0.0, 1.0, 0.0]
    assert state.notes == (
        "dates are read as days, year, month, day, weekday, hour: t; problem.drop=[t] leaves them out",
    )
    assert state.unseen(table.columns, np.arange(len(table.columns))) == []
    whole = fit(table, np.array([0, 1, 3]), PLAIN, None)
    assert whole.unseen(table.columns, np.arange(len(table.columns))) == [
        "column 't': 1 row without a date, which no train row was, read as the median of each of its numbers"
    ]


def test_dates_are_scaled_as_numbers_are(tmp_path: Path) -> None:
    words = dates().dt.strftime("%Y-%m-%d")
    table = read(written(tmp_path, "t,y\n" + "".join(f"{word},{row % 2}\n" for row, word in enumerate(words))))
    plain = values(fit(table, ROWS, PLAIN, None), table.columns).astype(np.float64)
    scaled = values(fit(table, ROWS, replace(PLAIN, scale="standard"), None), table.columns)
    np.testing.assert_allclose(scaled, (plain - plain.mean()) / plain.std(ddof=0), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (["13/01/2024", "2024-13-45"], "column 't' row 2 is '2024-13-45', no date; write it as %d/%m/%Y says"),
        (["13/01/2024", "soon"], "column 't' row 2 is 'soon', no date; write it as %d/%m/%Y says, or leave it empty"),
        (["01/13/2024"], "column 't' row 1 is '01/13/2024', no date"),
        ([20240113], "column 't' must hold dates: int64 values are no dates"),
        ([0.5], "column 't' must hold dates: double values are no dates"),
    ],
)
def test_what_is_no_date_is_refused_at_serving(tmp_path: Path, cells: list[object], told: str) -> None:
    state = fit(read(written(tmp_path, "t,y\n01/12/2024,0\n13/12/2024,1\n")), np.arange(2), PLAIN, None)
    with pytest.raises(UserError) as caught:
        values(state, pa.table({"t": pa.array(cells)}))
    assert told in str(caught.value)


def test_missing_cells_of_every_type_are_missing_dates(tmp_path: Path) -> None:
    state = fit(read(written(tmp_path, "t,y\n2024-01-01,0\n2024-01-03,1\nNA,1\n")), np.arange(3), PLAIN, None)
    for cells in (pa.nulls(1), pa.array([None], pa.timestamp("s")), pa.array([" NA "]), pa.array([""])):
        assert values(state, pa.table({"t": cells}))["t is missing"].tolist() == [1.0]
