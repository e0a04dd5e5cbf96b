"""Memory: the largest resident size of a whole training command on 25,000 generated reviews of 230 words.

One epoch of ``problem=sentiment``, from the CSV file to the record in MLflow.

python benchmarks/memory.py
"""

from __future__ import annotations

import resource
from pathlib import Path

import numpy as np
import pandas as pd
from checkout import copy, python
from timing import Row, Target, show, size

ROWS, WORDS, VOCABULARY = size(25_000, 200), 230, 30_000
LIMIT = 2.0  # GiB


def main() -> None:
    with copy() as folder:
        path = folder / "reviews.csv"
        write(path)
        python(folder, ["src/train.py", "problem=sentiment", f"problem.path={path}", "train.epochs=1"])
        # In KiB on Linux; of all children, the largest.
        largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
    row = Row(
        f"{ROWS:,} texts of {WORDS} words",
        f"{largest:.2f} GiB",
        f"{LIMIT:.0f} GiB",
        largest / LIMIT,
        Target(1.0, at_least=False),
    )
    show("Largest resident size of problem=sentiment", [row])


def write(path: Path) -> None:
    """Words as frequent as in a language (Zipf); three of them tell the sentiment."""
    random = np.random.default_rng(0)
    chances = 1.0 / np.arange(1, VOCABULARY + 1)
    words = np.array([f"word{rank}" for rank in range(VOCABULARY)], dtype=object)
    drawn = words[random.choice(VOCABULARY, (ROWS, WORDS), p=chances / chances.sum())]
    positive = random.random(ROWS) < 0.5
    for place in random.integers(0, WORDS, (3, ROWS)):
        drawn[np.arange(ROWS), place] = np.where(positive, "wonderful", "dreadful")
    reviews = [" ".join(row) for row in drawn]
    pd.DataFrame({"review": reviews, "sentiment": np.where(positive, "positive", "negative")}).to_csv(path, index=False)


if __name__ == "__main__":
    main()
