"""Quality on tables: our models beside scikit-learn's and the boosters', on the same rows, in a throw-away copy.

FOLDER has a folder for each table, with ``trainval.csv``, ``test.csv`` (target ``y``) and ``val.txt``, the numbers of
the validation rows from 0. All contenders stop early by the log loss of those rows. The settings are the same for all
tables; boosters have their defaults. One that is not installed is left out
(``pip install lightgbm catboost xgboost-cpu``).

python benchmarks/quality.py [FOLDER [TABLE ...]]

Without FOLDER the table is scikit-learn's breast cancer data.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from checkout import copy, python
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from timing import size

ROUNDS, PATIENCE = size(2000, 5), 50  # of boosters
EPOCHS = size(200, 2)
COMMON = (f"train.epochs={EPOCHS}", "train.patience=16", "train.monitor=val/loss", "train.clip_norm=1.0")
ADAMW = ("optim=adamw", "optim.lr=0.002", "optim.weight_decay=0.0003", "features.rare=5", *COMMON)
OURS = {
    "logistic": ("model=logistic", "optim=adamw", "optim.lr=0.01", *COMMON),
    "mlp": ("model=mlp", "model.hidden=[128,128]", "model.dropout=0.2", "features.bins=16", *ADAMW),
    "tabm": ("model=tabm", "features.bins=48", *ADAMW),
}
BATCHES = {2_000: 32, 8_000: 128, 20_000: 256}  # batch size of fewer train rows than this; else 512


@dataclass(frozen=True)
class Rows:
    """Rows of a table.

    Attributes:
        x: columns; those of words are categories, the same in all rows of the table.
        y: 0 or 1.
    """

    x: pd.DataFrame
    y: NDArray[np.int64]


@dataclass(frozen=True)
class Parts:
    """A table with the file names that our commands take."""

    folder: Path
    train: Rows
    val: Rows
    test: Rows


Contender = Callable[[Parts], NDArray[np.float64]]  # the probabilities of the test rows


def linear(parts: Parts) -> NDArray[np.float64]:
    words = make_column_selector(dtype_include="category")
    columns = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), words), remainder=StandardScaler())
    model = make_pipeline(columns, LogisticRegression(max_iter=2000)).fit(parts.train.x, parts.train.y)
    return _positive(model.predict_proba(parts.test.x))


def histogram(parts: Parts) -> NDArray[np.float64]:
    model = HistGradientBoostingClassifier(
        max_iter=ROUNDS, early_stopping=True, n_iter_no_change=PATIENCE, categorical_features="from_dtype"
    )
    model.fit(parts.train.x, parts.train.y, X_val=parts.val.x, y_val=parts.val.y)
    return _positive(model.predict_proba(parts.test.x))


def lightgbm(parts: Parts) -> NDArray[np.float64]:
    module: Any = importlib.import_module("lightgbm")
    model = module.LGBMClassifier(n_estimators=ROUNDS, verbose=-1)
    stop = module.early_stopping(PATIENCE, verbose=False)
    model.fit(parts.train.x, parts.train.y, eval_set=[(parts.val.x, parts.val.y)], callbacks=[stop])
    return _positive(model.predict_proba(parts.test.x))


def xgboost(parts: Parts) -> NDArray[np.float64]:
    module: Any = importlib.import_module("xgboost")
    model = module.XGBClassifier(n_estimators=ROUNDS, early_stopping_rounds=PATIENCE, enable_categorical=True)
    model.fit(parts.train.x, parts.train.y, eval_set=[(parts.val.x, parts.val.y)], verbose=False)
    return _positive(model.predict_proba(parts.test.x))


def catboost(parts: Parts) -> NDArray[np.float64]:
    module: Any = importlib.import_module("catboost")
    words = list(parts.train.x.select_dtypes("category").columns)
    train, val, test = (one.x.astype(dict.fromkeys(words, str)) for one in (parts.train, parts.val, parts.test))
    model = module.CatBoostClassifier(
        iterations=size(1000, 5), early_stopping_rounds=PATIENCE, cat_features=words, verbose=False,
        allow_writing_files=False,
    )  # fmt: skip
    model.fit(train, parts.train.y, eval_set=(val, parts.val.y))
    return _positive(model.predict_proba(test))


THEIRS: dict[str, Contender] = {
    "LogisticRegression": linear,
    "HistGradientBoosting": histogram,
    "LightGBM": lightgbm,
    "XGBoost": xgboost,
    "CatBoost": catboost,
}


def main() -> None:
    with copy() as project:
        if len(sys.argv) > 1:
            root = Path(sys.argv[1]).resolve()
            names = sys.argv[2:] or sorted(path.parent.name for path in root.glob("*/trainval.csv"))
        else:
            root, names = project / "out" / "tables", ["breast_cancer"]
            write_breast_cancer(root / names[0])
        contenders = installed()
        results: dict[str, dict[str, tuple[float, float, float]]] = {name: {} for name in names}
        for name in names:
            parts = read(root / name)
            for one in (*OURS, *contenders):
                loss, auc, seconds = results[name][one] = measured(one, parts, project)
                print(f"{name}: {one} {loss:.4f} / {auc:.4f} / {seconds:.0f}", file=sys.stderr)
    show(results)


def installed() -> list[str]:
    """Return the contenders of other packages that can be imported."""
    found = []
    for name in THEIRS:
        try:
            if name.lower() in ("lightgbm", "xgboost", "catboost"):
                importlib.import_module(name.lower())
        except (ImportError, OSError) as error:  # a library of the system may be missing
            print(f"{name} is left out: {error}", file=sys.stderr)
        else:
            found.append(name)
    return found


def measured(name: str, parts: Parts, project: Path) -> tuple[float, float, float]:
    """Return log loss and ROC-AUC of the test rows, and the seconds that training and prediction took."""
    started = time.perf_counter()
    if name in OURS:
        figures = ours(OURS[name], parts, project)
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of their own use of NumPy and scikit-learn
            probabilities = THEIRS[name](parts)
        figures = log_loss(parts.test.y, probabilities), roc_auc_score(parts.test.y, probabilities)
    return *figures, time.perf_counter() - started


def ours(overrides: tuple[str, ...], parts: Parts, project: Path) -> tuple[float, float]:
    files = {"path": "trainval.csv", "test_path": "test.csv"}
    rows = [f"problem.{key}={parts.folder / name}" for key, name in files.items()]
    rows += ["problem.target=y", "split.method=given", f"split.val_rows={parts.folder / 'val.txt'}"]
    batch = next((size for limit, size in BATCHES.items() if len(parts.train.y) < limit), 512)
    train = ["src/train.py", "problem=csv", *rows, *overrides, f"train.batch_size={batch}", "--json"]
    run = json.loads(python(project, train))["run"]["id"]
    figures = json.loads(python(project, ["src/evaluate.py", f"run={run}", "--json"]))["evaluation"]["figures"]
    return figures["test/log_loss"], figures["test/roc_auc"]


def show(results: dict[str, dict[str, tuple[float, float, float]]]) -> None:
    contenders = list(next(iter(results.values())))
    table = Table(title="Test rows: log loss / ROC-AUC / seconds", title_justify="left")
    table.add_column("table")
    for name in contenders:
        table.add_column(name, justify="right")
    for name, found in results.items():
        table.add_row(name, *(f"{loss:.4f} / {auc:.4f} / {seconds:.0f}" for loss, auc, seconds in found.values()))
    losses = pd.DataFrame([[loss for loss, _, _ in found.values()] for found in results.values()])
    ranks = losses.rank(axis=1).mean()
    table.add_row("mean rank by log loss", *(f"{rank:.2f}" for rank in ranks))
    Console(width=max(120, 28 * (len(contenders) + 1))).print(table)


def read(folder: Path) -> Parts:
    both, test = pd.read_csv(folder / "trainval.csv"), pd.read_csv(folder / "test.csv")
    rows = pd.concat([both, test], ignore_index=True)
    target = rows.pop("y")
    words = [name for name in rows if not pd.api.types.is_numeric_dtype(rows[name])]
    rows = rows.astype(dict.fromkeys(words, "category"))
    classes = np.unique(target)[-1]
    y = (target == classes).to_numpy().astype(np.int64)
    val = np.loadtxt(folder / "val.txt", dtype=np.int64)
    train = np.setdiff1d(np.arange(len(both)), val)
    parts = (train, val, np.arange(len(both), len(rows)))
    return Parts(folder, *(Rows(rows.iloc[part], y[part]) for part in parts))


def write_breast_cancer(folder: Path) -> None:
    """Write the table in this form, split as 64, 16 and 20 of 100 rows."""
    rows = load_breast_cancer(as_frame=True).frame.rename(columns={"target": "y"})
    both, test = train_test_split(rows, test_size=0.2, stratify=rows["y"], random_state=0)
    _, val = train_test_split(np.arange(len(both)), test_size=0.2, stratify=both["y"], random_state=0)
    folder.mkdir(parents=True)
    both.to_csv(folder / "trainval.csv", index=False)
    test.to_csv(folder / "test.csv", index=False)
    np.savetxt(folder / "val.txt", np.sort(val), fmt="%d")


def _positive(probabilities: Any) -> NDArray[np.float64]:
    column: NDArray[np.float64] = np.asarray(probabilities)[:, 1]
    return column


if __name__ == "__main__":
    main()
