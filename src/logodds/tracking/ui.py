"""Addresses in MLflow's UI, and the prepared view of a sweep. Plain data: nothing here imports MLflow.

The prepared view is what the UI itself stores under "Share": an experiment tag ``mlflow.sharedViewState.<key>``. Its
form is undocumented; it was read from MLflow 3.17.2, and a test opens it in a browser.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

VIEW_TAG = "mlflow.sharedViewState."
TAG_LIMIT = 20_000  # characters of an experiment tag's value
SECTION = "sweep"
# The UI colours a run by a hash of its id, and neighbours collide; a tag can say otherwise. (Matplotlib's ten.)
COLOURS = (
    "#1f77b4",
    "#ff7f0e",
    "#2ca02c",
    "#d62728",
    "#9467bd",
    "#8c564b",
    "#e377c2",
    "#7f7f7f",
    "#bcbd22",
    "#17becf",
)
MODE = "workflowType=machine_learning"  # a fresh browser opens in another mode without it


def sweep_state(
    parent: str, params: Sequence[str], metrics: Sequence[str], others: Sequence[str], ascending: bool
) -> dict[str, Any]:
    """The children of one parent run: a sorted table, both losses in one chart, bars of the final figures.

    Args:
        parent: id of the parent run.
        params: columns of parameters, those that vary.
        metrics: columns of final figures, each with a bar chart; the first one ranks, and sorting by a metric also
            makes each child a row of its own.
        others: every other metric that was logged; the UI draws a chart for each one that it is not told of.
        ascending: lower is better.
    """

    def card(kind: str, metric: str, deleted: bool = False) -> dict[str, Any]:
        uuid = f"{kind}:{metric}"
        return {"uuid": uuid, "metricSectionId": SECTION, "type": kind, "metricKey": metric, "deleted": deleted}

    losses = {
        **card("LINE", "train/loss"),
        "selectedMetricKeys": ["train/loss", "val/loss"],
        "xAxisKey": "step",
        "lineSmoothness": 0,  # left out, the UI draws a smoothed copy over the measured points
        "displayPoints": False,
    }
    columns = [f"params.`{name}`" for name in params] + [f"metrics.`{name}`" for name in metrics]
    hidden = [name for name in others if name != "train/loss" and name not in metrics]
    return {
        "searchFilter": f"tags.mlflow.parentRunId = '{parent}'",
        "orderByKey": f"metrics.`{metrics[0]}`",
        "orderByAsc": ascending,
        "selectedColumns": columns,
        "columnOrder": columns,
        "runsHiddenMode": "SHOW_ALL",  # the default draws the first ten runs only
        "compareRunSections": [{"uuid": SECTION, "name": SECTION, "display": True, "columns": 2}],
        "compareRunCharts": [
            losses,
            *(card("BAR", name) for name in sorted(metrics)),
            *(card("LINE", name, deleted=True) for name in hidden),
        ],
        "isAccordionReordered": True,
    }


def view_tag(name: str, state: dict[str, Any], milliseconds: int) -> str:
    """The tag's value. The state is JSON inside JSON."""
    inner = json.dumps(state, separators=(",", ":"))
    return json.dumps({"name": name, "createdAt": milliseconds, "updatedAt": milliseconds, "state": inner})


def _packed(value: object) -> str:
    return quote(json.dumps(value, separators=(",", ":")), safe="")


def view_url(base: str, experiment: str, key: str) -> str:
    """The prepared view as charts. Any further parameter in the address would make the UI ignore it."""
    return f"{base}/#/experiments/{experiment}/runs?{MODE}&viewStateShareKey={quote(key)}&compareRunsMode=CHART"


def compare_url(base: str, experiment: str, runs: Sequence[str]) -> str:
    """Parameters and figures of some runs side by side, and their pictures under Artifacts."""
    return f"{base}/#/compare-runs?runs={_packed(list(runs))}&experiments={_packed([experiment])}&{MODE}"


def run_url(base: str, experiment: str, run: str) -> str:
    """One run's page."""
    return f"{base}/#/experiments/{experiment}/runs/{run}?{MODE}"
