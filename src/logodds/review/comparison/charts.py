"""Charts of a comparison: metrics by epoch, and final figures of the best runs with their intervals."""

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

POINTS = 30_000  # of all faint curves together; coloured curves are drawn in full
FEWEST = 24  # points of a faint curve, however many curves there are
MOST = 20  # runs that are drawn with an interval
ROW = 22.0  # height in pixels of the row of such a run


def learning_curves(ranking: Ranking[Recorded], histories: Histories, metric: str, name: str) -> str:
    """Return a chart of one metric by epoch, with a curve for each run that has the metric.

    Args:
        histories: metrics by epoch of each run.
        metric: name of the metric, such as ``val/loss``.
        name: an id that is unique on the page.

    Returns:
        An SVG element.
    """
    curves = [histories.get(ranked.run.id, {}).get(metric, (np.empty(0), np.empty(0))) for ranked in ranking.runs]
    best = [index for index in ranking.leading(strokes.COLOURED) if len(curves[index][0])]
    placed = [index for index in ranking.ranked_indices() if len(curves[index][0])]
    x = linear("Epoch", around(np.concatenate([epochs for epochs, _ in curves]), 0.5), 6, whole=True)
    area = strokes.axes(x, linear("", strokes.ends([values for _, values in curves], placed), 6))
    elements = []
    for index, stroke in strokes.ordered(len(curves), best):
        epochs, values = (
            curves[index]
            if stroke is not strokes.FAINT
            else _sampled(*curves[index], max(FEWEST, POINTS // len(curves)))
        )
        elements.append(strokes.group(index, area.line(epochs, values, stroke)))
    count = sum(len(epochs) > 0 for epochs, _ in curves)
    label = f"{metric} by epoch of {counted(count, 'run')}"
    return strokes.inline(area, elements, label, name, [frame(area, "")])


def _sampled(epochs: Array, values: Array, most: int) -> tuple[Array, Array]:
    """Thin a curve of epochs [n] and values [n] evenly to ``most`` points."""
    if len(epochs) <= most:
        return epochs, values
    kept = np.linspace(0, len(epochs) - 1, most).round().astype(int)
    return epochs[kept], values[kept]


def with_intervals(ranking: Ranking[Recorded], figure: str, name: str) -> str:
    """Return a chart of a final figure of the best runs, such as ``accuracy``: dots with 95 % intervals.

    Args:
        figure: name of the figure without its part.
        name: an id that is unique on the page.

    Returns:
        An SVG element, or an empty text where no run's record holds enough to compute an interval.
    """
    best = ranking.leading(MOST)
    candidates = [(index, intervals.of_figure(figure, ranking.runs[index].run.figures, "best")) for index in best]
    bounded = [(index, interval) for index, interval in candidates if interval is not None]
    if not bounded:
        return ""
    values = [ranking.runs[index].run.figures[f"best/{figure}"] for index, _ in bounded]
    labels = tuple(shortened(f"{ranking.runs[index].rank} {ranking.runs[index].run.name}", 22) for index, _ in bounded)
    rows = Scale("", (len(bounded) - 0.5, -0.5), tuple(range(len(bounded))), labels, 12.0)
    x = linear("", around(np.array([edge for _, interval in bounded for edge in interval])), 5)
    area = strokes.axes(x, rows, (strokes.SIZE[0], 66.0 + ROW * len(bounded)))
    elements = []
    for row, ((index, (low, high)), value) in enumerate(zip(bounded, values, strict=True)):
        rank = best.index(index)
        stroke = strokes.of_run(rank) if rank < strokes.COLOURED else Stroke("var(--text)", 1.5)
        line = area.line(np.array([low, high]), np.array([row, row]), Stroke(stroke.colour, 2.0))
        across, up = area.across(np.array([value])), area.up(np.array([row]))
        elements.append(strokes.group(index, line + dot(float(across[0]), float(up[0]), 4.0, stroke.colour)))
    subject = counted(len(bounded), "configuration" if ranking.configurations else "run")
    label = f"{figure} with 95 % intervals of the best {subject}"
    return strokes.inline(area, elements, label, name, [frame(area, "")])


def metrics_by_epoch(histories: Histories, first: Sequence[str]) -> list[str]:
    """Return the names of the metrics that some run has by epoch: those of ``first``, then the others by name."""
    known = {metric for metrics in histories.values() for metric in metrics}
    return [metric for metric in dict.fromkeys([*first, *sorted(known)]) if metric in known]
