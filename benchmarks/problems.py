"""Quality: each problem by its own recipe, in a throw-away copy, with the figures that README shows.

Public problems need ``downloads/`` (``python src/fetch.py NAME``), and adult's row takes its validation rows from
``downloads/adult/val.txt``, a file of row numbers; a problem whose files are not there is named and left out.

python benchmarks/problems.py [NAME ...]
"""

from __future__ import annotations

import json
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from checkout import copy, python
from rich.console import Console
from rich.table import Table
from timing import ROOT, Target


@dataclass(frozen=True)
class Recipe:
    """One training and what it should reach: figures by name, of the folds or, without any, of the test rows."""

    overrides: tuple[str, ...]
    figures: dict[str, Target]

    @property
    def folds(self) -> bool:
        return any(text.startswith("split.folds=") for text in self.overrides)


def at_least(**limits: float) -> dict[str, Target]:
    return {name: Target(limit, at_least=True) for name, limit in limits.items()}


def at_most(**limits: float) -> dict[str, Target]:
    return {name: Target(limit, at_least=False) for name, limit in limits.items()}


ADULT = ("problem=adult", "split.val_rows=downloads/adult/val.txt")
RECIPES = (
    Recipe(("problem=iris", "split.folds=5"), at_least(accuracy=0.99)),
    Recipe(("problem=iris3",), at_least(accuracy=0.9)),
    Recipe(("problem=breast_cancer", "split.folds=5"), at_least(accuracy=0.974, roc_auc=0.994)),
    Recipe(("problem=titanic", "split.folds=5"), at_least(accuracy=0.81, roc_auc=0.86)),
    Recipe(ADULT, at_least(roc_auc=0.910) | at_most(log_loss=0.312)),
    Recipe((*ADULT, "features.bins=48"), at_least(roc_auc=0.921) | at_most(log_loss=0.289)),
    Recipe(("problem=spam", "split.folds=5", "split.val_size=0.1"), at_least(f1=0.94)),
    Recipe(("problem=spam_ngrams", "split.folds=5"), at_least(accuracy=0.988, f1=0.955)),
    Recipe(("problem=pets", "train.monitor=train/loss", "train.epochs=150"), at_least(accuracy=0.5)),
    Recipe(("problem=pets_cnn",), at_least(accuracy=0.70)),
    Recipe(("problem=digits",), at_least(accuracy=0.97)),
    Recipe(("problem=mnist",), at_least(accuracy=0.98)),
)


def main() -> None:
    chosen = [recipe for recipe in RECIPES if not sys.argv[1:] or _name(recipe) in sys.argv[1:]]
    table = Table(title="Problems, each by its own recipe", title_justify="left")
    for name in ("python src/train.py", "rows", "figure", "reached", "target", "", "seconds"):
        table.add_column(name, justify="left" if name == "python src/train.py" else "right", overflow="fold")
    with copy() as folder:
        (folder / "downloads").symlink_to(ROOT / "downloads")
        for recipe in chosen:
            _row(table, folder, recipe)
    Console(width=120).print(table)


def _name(recipe: Recipe) -> str:
    return recipe.overrides[0].partition("=")[2]


def _row(table: Table, folder: Path, recipe: Recipe) -> None:
    told = " ".join(recipe.overrides)
    started = time.perf_counter()
    try:
        found = _figures(folder, recipe)
    except SystemExit as error:
        table.add_row(told, "", "", f"left out: {str(error).strip().splitlines()[-1][:60]}", "", "", "")
        return
    seconds = f"{time.perf_counter() - started:.0f}"
    for name, target in recipe.figures.items():
        value, spread = found[name]
        shown = f"{value:.4f}" + (f" ± {spread:.4f}" if spread is not None else "")
        verdict = "reached" if target.reached(value) else "MISSED"
        table.add_row(told, "folds" if recipe.folds else "test", name, shown, str(target), verdict, seconds)
        told = seconds = ""


def _figures(folder: Path, recipe: Recipe) -> dict[str, tuple[float, float | None]]:
    """Figures by name with their standard deviation over folds."""
    output = python(folder, ("src/train.py", *recipe.overrides))
    if recipe.folds:
        (place,) = re.findall(r"^files: (.+)$", output, re.MULTILINE)
        each = json.loads((Path(place) / "cv.json").read_text())
        return {name: (value["mean"], value["sd"]) for name, value in each.items()}
    (run_id,) = re.findall(r"/runs/([0-9a-f]{32})", output)
    report = python(folder, ("src/evaluate.py", f"run={run_id}"))
    header, _, values = [line for line in report.splitlines() if line[:1] in "┃│┡"][:3]
    names = [cell.strip() for cell in header.strip("┃").split("┃")]
    numbers = [float(cell) for cell in values.strip("│").split("│")]
    return {name: (value, None) for name, value in zip(names, numbers, strict=True)}


if __name__ == "__main__":
    main()
