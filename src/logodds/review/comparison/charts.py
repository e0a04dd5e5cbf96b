"""Charts of a comparison's figures: by epoch, and the best runs' with their intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from logodds.evaluation import intervals
from logodds.evaluation.plots.axes import frame
from logodds.evaluation.plots.scale import Scale, around, linear
from logodds.evaluation.plots.svg import Stroke, dot
from logodds.review.comparison import strokes
from logodds.runs.ranking import Ranking
from logodds.system.arrays import Array
from logodds.system.errors import counted
from logodds.system.terminal.text import shortened
from logodds.tracking.recorded import Histories, Recorded

POINTS = 30_000  # of all faint curves together; the coloured ones are whole
FEWEST = 24  # points of a curve
MOST = 20  # runs with an interval
ROW = 22.0  # pixels of each


def learning_curves(ranking: Ranking[Recorded], histories: Histories, metric: str, name: str) -> str:
    """One metric by epoch, all runs that have it."""
    curves = [histories.get(each.run.id, {}).get(metric, (np.empty(0), np.empty(0))) for each in ranking.runs]
    best = [index for index in ranking.leading(strokes.COLOURED) if len(curves[index][0])]
    placed = [index for index in ranking.placed() if len(curves[index][0])]
    x = linear("Epoch", around(np.concatenate([epochs for epochs, _ in curves]), 0.5), 6, whole=True)
    area = strokes.axes(x, linear("", strokes.ends([values for _, values in curves], placed), 6))
    drawn = []
    for index, stroke in strokes.ordered(len(curves), best):
        epochs, values = (
            curves[index]
            if stroke is not strokes.FAINT
            else _sampled(*curves[index], max(FEWEST, POINTS // len(curves)))
        )
        drawn.append(strokes.group(index, area.line(epochs, values, stroke)))
    count = sum(len(epochs) > 0 for epochs, _ in curves)
    label = f"{metric} by epoch of {counted(count, 'run')}"
    return strokes.inline(area, drawn, label, name, [frame(area, "")])


def _sampled(epochs: Array, values: Array, most: int) -> tuple[Array, Array]:
    if len(epochs) <= most:
        return epochs, values
    kept = np.linspace(0, len(epochs) - 1, most).round().astype(int)
    return epochs[kept], values[kept]


def with_intervals(ranking: Ranking[Recorded], figure: str, name: str) -> str:
    """The best runs' final figure, such as ``accuracy``, as dots with their 95 % intervals; nothing where the record
    tells none."""
    best = ranking.leading(MOST)
    found = [(index, intervals.of_figure(figure, ranking.runs[index].run.figures, "best")) for index in best]
    known = [(index, interval) for index, interval in found if interval is not None]
    if not known:
        return ""
    values = [ranking.runs[index].run.figures[f"best/{figure}"] for index, _ in known]
    labels = tuple(shortened(f"{ranking.runs[index].place} {ranking.runs[index].run.name}", 22) for index, _ in known)
    rows = Scale("", (len(known) - 0.5, -0.5), tuple(range(len(known))), labels, 12.0)
    x = linear("", around(np.array([edge for _, interval in known for edge in interval])), 5)
    area = strokes.axes(x, rows, (strokes.SIZE[0], 66.0 + ROW * len(known)))
    drawn = []
    for row, ((index, (low, high)), value) in enumerate(zip(known, values, strict=True)):
        place = best.index(index)
        stroke = strokes.of_run(place) if place < strokes.COLOURED else Stroke("var(--text)", 1.5)
        line = area.line(np.array([low, high]), np.array([row, row]), Stroke(stroke.colour, 2.0))
        across, up = area.across(np.array([value])), area.up(np.array([row]))
        drawn.append(strokes.group(index, line + dot(float(across[0]), float(up[0]), 4.0, stroke.colour)))
    of = counted(len(known), "configuration" if ranking.configurations else "run")
    label = f"{figure} with 95 % intervals of the best {of}"
    return strokes.inline(area, drawn, label, name, [frame(area, "")])


def metrics_by_epoch(histories: Histories, first: Sequence[str]) -> list[str]:
    """Metrics with values by epoch, ``first`` at the head."""
    known = {metric for each in histories.values() for metric in each}
    return [metric for metric in dict.fromkeys([*first, *sorted(known)]) if metric in known]
