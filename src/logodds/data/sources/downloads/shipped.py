"""Write the data sets that come with scikit-learn, and a toy table of six rows, as CSV files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from sklearn import datasets
from sklearn.utils import Bunch

from logodds.system import atomic

TOY = ((1, 2, 0), (2, 3, 0), (3, 4, 1), (4, 5, 1), (5, 6, 1), (6, 7, 0))


def write(folder: Path) -> list[Path]:
    """Write ``toy.csv``, ``iris.csv``, ``breast_cancer.csv`` and ``digits.csv``, and return their paths."""
    tables = {
        "toy": pd.DataFrame(TOY, columns=["x1", "x2", "label"]),
        "iris": _table(datasets.load_iris(as_frame=True), "species"),
        "breast_cancer": _table(datasets.load_breast_cancer(as_frame=True), "diagnosis"),
        "digits": _digits(),
    }
    paths = []
    for name, table in tables.items():
        paths.append(folder / f"{name}.csv")
        # pandas writes the fewest digits that read back as the same float, so the files are the same on every machine.
        atomic.write_text(paths[-1], table.to_csv(index=False, lineterminator="\n"))
    return paths


def _table(bunch: Bunch, target: str) -> pd.DataFrame:
    columns = {name: name.removesuffix(" (cm)").replace(" ", "_") for name in bunch.data.columns}
    table: pd.DataFrame = bunch.data.rename(columns=columns)
    return table.assign(**{target: bunch.target_names[bunch.target]})


def _digits() -> pd.DataFrame:
    bunch = datasets.load_digits(as_frame=True)
    pixels: pd.DataFrame = bunch.data.astype(int)
    return pixels.assign(digit=bunch.target)
