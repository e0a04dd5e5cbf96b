"""Reading: a table of plain numbers from its file to typed columns, against pandas, and whole commands.

The command is two epochs of logistic regression with its record in MLflow. The script beside it reads with pandas,
splits, scales and trains scikit-learn's ``SGDClassifier`` for two epochs. Each runs in a process of its own, whose
processor seconds and largest resident size are shown: other processes on the machine change them less than the time.

python benchmarks/reading.py
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa
from checkout import copy, cost
from pyarrow import csv
from timing import Row, Target, show, size

ROWS, COLUMNS = size(1_000_000, 300), 20
WIDE_ROWS, WIDE_COLUMNS, WORD_COLUMNS = 120, size(10_000, 50), size(1000, 20)
REPETITIONS = size(3, 1)
READ = """
import sys
sys.path.insert(0, "src")
from logodds.runs.compose import compose

compose(["problem=csv", f"problem.path={sys.argv[1]}", "problem.target=y"]).problem.read()
"""
COMPOSED = READ.replace(".problem.read()", "") + "import logodds.data.sources.readers.assemble\n"
PANDAS = """
import sys
import pandas as pd

table = pd.read_csv(sys.argv[1])
"""
IMPORTED = PANDAS.partition("\n\n")[0]
SKLEARN = f"""{PANDAS}
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

target = table.pop("y").to_numpy()
train, val, train_target, val_target = train_test_split(table.to_numpy(), target, random_state=0)
scaler = StandardScaler().fit(train)
model = SGDClassifier(loss="log_loss", max_iter=2, tol=None, random_state=0)
model.fit(scaler.transform(train), train_target)
print(log_loss(val_target, model.predict_proba(scaler.transform(val))))
"""


def main() -> None:
    with copy() as folder:
        long, wide, words = folder / "long.csv", folder / "wide.csv", folder / "words.csv"
        write(long, ROWS, COLUMNS)
        write(wide, WIDE_ROWS, WIDE_COLUMNS)
        write_words(words, WIDE_ROWS, WORD_COLUMNS)
        found = costs(
            folder,
            {
                "read": ["-c", READ, str(long)],
                "composed": ["-c", COMPOSED, str(long)],
                "pandas": ["-c", PANDAS, str(long)],
                "imported": ["-c", IMPORTED],
                "command": command(long),
                "sklearn": ["-c", SKLEARN, str(long)],
                "wide": command(wide),
                "words": ["-c", READ, str(words)],
            },
        )
    seconds = {name: cpu for name, (cpu, _) in found.items()}
    ours, theirs = seconds["read"] - seconds["composed"], seconds["pandas"] - seconds["imported"]
    encoded = ROWS * COLUMNS * 4 / 1024**2
    rows = [
        Row(
            f"{ROWS:,} x {COLUMNS} floats, from file to typed table",
            f"{ours:.2f} s",
            f"{theirs:.2f} s",
            ours / theirs if theirs > 0 else None,
            Target(1.5, at_least=False),
        ),
        Row(
            "  … 2 epochs, whole command, against pandas and SGDClassifier",
            f"{seconds['command']:.2f} s",
            f"{seconds['sklearn']:.2f} s",
            seconds["command"] / seconds["sklearn"],
            Target(2.0, at_least=False),
        ),
        Row(
            f"  … largest resident size, {encoded:.0f} MiB of encoded rows",
            f"{found['command'][1]:.0f} MiB",
            f"{found['sklearn'][1]:.0f} MiB",
            found["command"][1] / found["sklearn"][1],
        ),
        Row(
            f"{WORD_COLUMNS:,} columns of words x {WIDE_ROWS} rows, from file to typed table",
            f"{seconds['words'] - seconds['composed']:.2f} s",
        ),
        Row(f"{WIDE_COLUMNS:,} columns x {WIDE_ROWS} rows, 2 epochs, whole command", f"{seconds['wide']:.2f} s"),
    ]
    show("Reading, in processor seconds", rows)


def write(path: Path, rows: int, columns: int) -> None:
    """Normal numbers with all their digits, of which all but the first tell little of the class."""
    random = np.random.default_rng(0)
    numbers = random.normal(size=(rows, columns))
    target = np.where(numbers[:, 0] + random.normal(size=rows) > 0, "yes", "no")
    csv.write_csv(pa.table({**{f"x{index}": column for index, column in enumerate(numbers.T)}, "y": target}), path)


def write_words(path: Path, rows: int, columns: int) -> None:
    """Words of few levels and, in every other column, codes with digits, which take more tests to tell from numbers."""
    random = np.random.default_rng(0)
    levels = np.array(["low", "high", "very high", "on hold"])
    codes = np.array(["A-{}", "{}/x", "12 b{}", "v{}"])
    inputs: dict[str, list[str]] = {}
    for index in range(columns):
        chosen = random.choice(codes if index % 2 else levels, rows)
        inputs[f"x{index}"] = [word.format(random.integers(0, 9)) for word in chosen]
    csv.write_csv(pa.table({**inputs, "y": random.choice(["no", "yes"], rows)}), path)


def command(path: Path) -> list[str]:
    return [
        "src/train.py",
        "problem=csv",
        f"problem.path={path}",
        "problem.target=y",
        "train.epochs=2",
        "train.reuse=false",
    ]


def costs(folder: Path, works: dict[str, Sequence[str]]) -> dict[str, tuple[float, float]]:
    """Median processor seconds of each work, and its largest resident size in MiB. The works take turns."""
    turns = [{name: cost(folder, arguments) for name, arguments in works.items()} for _ in range(REPETITIONS)]
    return {
        name: (median(turn[name].processor for turn in turns), max(turn[name].memory for turn in turns))
        for name in works
    }


if __name__ == "__main__":
    main()
