"""A comparison from end to end: from runs in the store to a table on the terminal and an HTML page."""

from __future__ import annotations

from pathlib import Path

from logodds.review.comparison import confusions, gather, page, terminal
from logodds.review.comparison.shown import Page
from logodds.runs import differences, results
from logodds.runs.ranking import rank
from logodds.system import atomic, locations
from logodds.system.errors import StorageError, UserError, counted
from logodds.system.terminal import document
from logodds.system.terminal.invocation import typed
from logodds.system.terminal.notes import show_notes

MATRICES = 6  # runs whose confusion matrices are shown side by side


def run(key: str, value: str, path: Path | None) -> None:
    """Compare runs: print their ranking and write the page.

    Args:
        key: how the runs are chosen: ``sweep``, ``problem`` or ``runs``.
        value: the id of the sweep, the name of the problem, or the ids of the runs, in brackets with commas between.
        path: where the page is written; None: below ``out/compare/``.

    Raises:
        UserError: there are no such runs, or they cannot be compared. Nothing has been written then.
        StorageError: the store cannot be read.
    """
    from logodds.tracking.lookup import reader

    source = reader(locations.store_root())
    gathered = gather.of(source, key, value)
    ranking = rank(gathered.runs)
    matrices = {}
    unreadable = []
    for index in ranking.leading(MATRICES):
        try:
            matrix = confusions.read(source.artifact(ranking.runs[index].run.id, confusions.PLACE))
        except (UserError, StorageError) as error:
            unreadable.append(f"a confusion matrix is left out: {error}")
            continue
        if matrix is not None:
            matrices[index] = matrix
    path = path or locations.project_root() / "out" / "compare" / f"{gathered.name}.html"
    atomic.write_text(path, page.html(Page(gathered, ranking, matrices, source.pages)))
    # Only now: the reader of what is printed, such as `head`, may end before the last line.
    show_notes([*gathered.notes, *ranking.notes, *unreadable])
    terminal.show(ranking, f"{gathered.title}, {counted(len(ranking.runs), 'run')}")
    print(f"page: {path}")
    keys = differences.varying([ranked.run.params for ranked in ranking.runs])
    document.add(
        page=path,
        problem=gathered.problem,
        ranking=results.of_ranking(ranking, lambda run: {"id": run.id, "name": run.name}, keys),
    )
    best = ranking.best()
    if best is not None and not any(name.startswith("test/") for name in best.figures):
        print(f"best on test rows: {typed(f'evaluate run={best.id}')}")
