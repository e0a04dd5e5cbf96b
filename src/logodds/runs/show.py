"""Print results on the terminal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from logodds.evaluation.evaluation import Evaluation
from logodds.evaluation.metrics.confusion import largest_confusions
from logodds.evaluation.metrics.report import as_text
from logodds.runs import crossval, notes, results
from logodds.system.errors import counted
from logodds.system.terminal import document
from logodds.system.terminal.notes import show_notes
from logodds.system.terminal.text import figure, printable, shortened

if TYPE_CHECKING:
    from logodds.runs.config import Config
    from logodds.runs.crossval import CrossValidation
    from logodds.runs.outcome import Outcome
    from logodds.tracking.store import Store


FEW = 10  # most classes in a confusion matrix; also how many classes or confusions a list shows instead
MOST = 30  # most classes that the report shows; of more it shows the worst
WORD = 22  # characters of a word of a class name in the head of a table of three columns
NAME = 38  # characters of a class name that fit beside its figures on 80 columns


def show_evaluation(evaluation: Evaluation, title: str) -> None:
    """Print the main figures, the report per class, and the confusion matrix of one part of the rows.

    With more than 30 classes the report shows only the worst ones. In a multiclass problem with more than 10 classes,
    or with a matrix too wide for the terminal, the largest confusions are printed instead of the matrix.
    """
    console = Console()
    # Precision and recall are in the report below.
    values = {name: value for name, value in evaluation.report.main().items() if name not in ("precision", "recall")}
    main = Table(title=title, title_justify="left")
    for name in values:
        main.add_column(name, justify="right")
    main.add_row(*(figure(value) for value in values.values()))
    console.print(main)
    console.print(_report(evaluation), markup=False, highlight=False, soft_wrap=True)
    matrix = _matrix(evaluation)
    wide = Console(width=10_000).measure(matrix).maximum > console.width
    if evaluation.is_multiclass() and (wide or len(evaluation.classes) > FEW):
        _mistakes(console, evaluation)
    else:
        console.print(matrix)


def _report(evaluation: Evaluation) -> str:
    names = [shortened(name, NAME) for name in evaluation.classes]
    if len(names) <= MOST:
        return as_text(evaluation.report, names)
    per_class = evaluation.report.classes
    worst = sorted(range(len(names)), key=lambda index: per_class[index].f1)[:FEW]
    text = as_text(
        replace(evaluation.report, classes=tuple(per_class[index] for index in worst)), [names[i] for i in worst]
    )
    return f"{FEW} of {len(names)} classes, the lowest F1 first; averages are over all\n{text}"


def _matrix(evaluation: Evaluation) -> Table:
    many = evaluation.is_multiclass()
    matrix = Table(title="Confusion matrix" + (" (columns: predicted)" if many else ""), title_justify="left")
    matrix.add_column("actual", no_wrap=many)
    for name in evaluation.classes:
        head = name if many else f"predicted {_in_words(name)}"
        matrix.add_column(escape(printable(head)), justify="right", no_wrap=many)
    for name, row in zip(evaluation.classes, evaluation.report.confusion, strict=True):
        matrix.add_row(escape(printable(name if many else _in_words(name))), *(str(count) for count in row))
    return matrix


def _in_words(name: str) -> str:
    """Return the name of a class whose words all fit into a column of three on 80 columns."""
    return " ".join(shortened(word, WORD) for word in name.split(" "))


def _mistakes(console: Console, evaluation: Evaluation) -> None:
    console.print("Largest confusions")
    mistakes = largest_confusions(np.array(evaluation.report.confusion), FEW)
    for actual, predicted, rows in mistakes:
        names = (shortened(evaluation.classes[index], 24) for index in (actual, predicted))
        line = "actual {}, predicted {}: {}".format(*names, counted(rows, "row"))
        console.print(line, markup=False, highlight=False)
    if not mistakes:
        console.print("none")


def show_run(config: Config, outcome: Outcome, store: Store | None, *, reused: bool = False) -> None:
    """Print the result of a training.

    Args:
        reused: whether its run was in the record already.
    """
    document.add(
        run={
            "id": outcome.run_id,
            "problem": config.problem.name,
            "reused": reused,
            "folder": outcome.folder,
            "address": _address(store, outcome.run_id),
            "monitor": config.train.monitor,
            "best_epoch": outcome.best_epoch,
            **results.with_intervals(outcome.figures()),
        }
    )
    show_notes(notes.of_budget(config, outcome.figures()))
    title = f"{config.problem.name}: {config.train.monitor} {figure(outcome.score)} at epoch {outcome.best_epoch}"
    if outcome.validation is not None:
        rows = "its own train rows: no row is held out" if config.split.method == "none" else "validation rows"
        show_evaluation(outcome.validation, f"{title}, {rows}")
    else:
        print(title)
    if config.split.method != "none":
        text = "  ".join(f"{name.removeprefix('train/')} {figure(value)}" for name, value in outcome.train.items())
        print(f"train rows, for comparison: {text}")
    if outcome.folder.is_dir():  # the folder of a reused run may be gone
        print(f"files: {outcome.folder}")
    if store is not None and outcome.run_id is not None:
        _show_page(store, outcome.run_id)


def show_folds(config: Config, result: CrossValidation, store: Store | None) -> None:
    """Print the result of a cross-validation: a row per fold, mean and standard deviation."""
    document.add(
        cross_validation={
            "id": result.run_id,
            "problem": config.problem.name,
            "folder": result.folder,
            "address": _address(store, result.run_id),
            "figures": {name: {"mean": mean, "sd": sd} for name, (mean, sd) in result.figures().items()},
            "pooled": results.of_evaluation(result.pooled),
            "folds": [
                {"id": fold.outcome.run_id, "best_epoch": fold.outcome.best_epoch, **results.of_evaluation(fold.test)}
                for fold in result.folds
            ],
        }
    )
    folds = Table(title=f"{config.problem.name}: {len(result.folds)} folds, each on the rows it did not see")
    folds.title_justify = "left"
    left_out = ("rows", "precision", "recall", "brier")  # folds.csv has them; a terminal has 80 columns
    rows = {name: column for name, column in crossval.table(result).items() if name not in left_out}
    for name in rows:
        folds.add_column(name, justify="right")
    for index, fold in enumerate(rows["fold"]):
        cells = [
            figure(column[index]) if isinstance(column[index], float) else str(column[index])
            for column in rows.values()
        ]
        folds.add_row(*cells, end_section=index == len(result.folds) - 1, style="bold" if fold == "mean" else None)
    Console().print(folds)
    print(f"files: {result.folder}")
    if store is not None and result.run_id is not None:
        _show_page(store, result.run_id)


def _address(store: Store | None, run_id: str | None) -> str | None:
    """Return the address of a run's page; None if there is no tracker or it has no pages."""
    return store.pages.run(store.experiment, run_id) if store is not None and run_id is not None else None


def _show_page(store: Store, run_id: str) -> None:
    address = _address(store, run_id)
    if address is not None:
        print(f"run:   {address}{f'  ({store.pages.hint})' if store.pages.hint else ''}")
