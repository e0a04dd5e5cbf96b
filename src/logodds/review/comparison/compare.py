"""A comparison from end to end: runs of the store -> a table on the terminal and a page."""

from __future__ import annotations

from pathlib import Path

from logodds.review.comparison import confusions, gather, page, terminal
from logodds.review.comparison.shown import Page
from logodds.runs import differences, results
from logodds.runs.ranking import rank
from logodds.system import atomic, places
from logodds.system.errors import counted
from logodds.system.terminal import document
from logodds.system.terminal.invocation import typed
from logodds.system.terminal.notes import show_notes

MATRICES = 6  # runs whose confusion matrices are side by side


def run(key: str, value: str, path: Path | None) -> None:
    """Compare the runs of ``sweep`` (its id), of ``problem`` (its name) or ``runs`` (ids in brackets) and write the
    page; below ``out/compare/`` where there is no path.

    Raises:
        UserError: no such runs, or runs that cannot be compared; nothing has been written then.
        StorageError: the store cannot be read.
    """
    from logodds.tracking.lookup import reader

    source = reader(places.store_root())
    gathered = gather.of(source, key, value)
    ranking = rank(gathered.runs)
    terminal.show(ranking, f"{gathered.title}, {counted(len(ranking.runs), 'run')}")
    show_notes([*gathered.notes, *ranking.notes])
    matrices = {}
    for index in ranking.leading(MATRICES):
        found = confusions.read(source.artifact(ranking.runs[index].run.id, confusions.PLACE))
        if found is not None:
            matrices[index] = found
    path = path or places.project_root() / "out" / "compare" / f"{gathered.name}.html"
    atomic.write_text(path, page.html(Page(gathered, ranking, matrices, source.pages)))
    print(f"page: {path}")
    keys = differences.varying([each.run.params for each in ranking.runs])
    document.add(
        page=path,
        problem=gathered.problem,
        ranking=results.of_ranking(ranking, lambda run: {"id": run.id, "name": run.name}, keys),
    )
    best = ranking.best()
    if best is not None and not any(name.startswith("test/") for name in best.figures):
        print(f"open the test rows for the best: {typed(f'evaluate run={best.id}')}")
