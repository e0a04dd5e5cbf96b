"""MLflow's UI: the addresses of its pages, and the prepared view of a sweep. All is plain data: nothing here imports
MLflow.

The prepared view is what the UI itself stores under "Share": an experiment tag ``mlflow.sharedViewState.<key>``. Its
format is undocumented. It was read from MLflow 3.17.2, and a test opens it in a browser.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, final
from urllib.parse import quote

from logodds.tracking.mlflow.tags import PARENT
from logodds.tracking.pages import Charts, Pages

VIEW_TAG = "mlflow.sharedViewState."
TAG_LIMIT = 20_000  # characters of an experiment tag's value
SECTION = "sweep"
MODE = "workflowType=machine_learning"  # a fresh browser opens in another mode without it


@final
class Ui(Pages):
    """The pages of MLflow's UI.

    Args:
        base: the address that users open.
        hint: see :class:`Pages`.
    """

    name = "MLflow"

    def __init__(self, base: str, hint: str = "") -> None:
        self._base, self.hint = base, hint

    def run(self, experiment: str, run_id: str) -> str:
        return f"{self._base}/#/experiments/{experiment}/runs/{run_id}?{MODE}"

    def compare(self, experiment: str, runs: Sequence[str]) -> str:
        """Return the address of a page with parameters and figures side by side, and pictures under Artifacts."""
        return f"{self._base}/#/compare-runs?runs={_packed(list(runs))}&experiments={_packed([experiment])}&{MODE}"

    def charts(self, experiment: str, parent: str) -> str:
        """Return the address of the prepared view. With any further parameter the UI would ignore the view."""
        page = f"{self._base}/#/experiments/{experiment}/runs?{MODE}"
        return f"{page}&viewStateShareKey={quote(_key(parent))}&compareRunsMode=CHART"


def view_tag(charts: Charts, milliseconds: int) -> tuple[str, str] | None:
    """Return name and value of the experiment tag that holds a prepared view; None if it is too long for a tag.

    Args:
        milliseconds: the present time, since 1970.
    """
    inner = json.dumps(view_state(charts), separators=(",", ":"))  # JSON inside JSON
    name = f"sweep {charts.parent[:8]}"
    value = json.dumps({"name": name, "createdAt": milliseconds, "updatedAt": milliseconds, "state": inner})
    return (VIEW_TAG + _key(charts.parent), value) if len(value) <= TAG_LIMIT else None


def view_state(charts: Charts) -> dict[str, Any]:
    """Return what the UI shows of a prepared view.

    Sorting by a metric also gives each child a row of its own. The UI draws a chart for every metric that the view does
    not mention, so all others are mentioned as deleted.
    """

    def card(kind: str, metric: str, deleted: bool = False) -> dict[str, Any]:
        uuid = f"{kind}:{metric}"
        return {"uuid": uuid, "metricSectionId": SECTION, "type": kind, "metricKey": metric, "deleted": deleted}

    losses = {
        **card("LINE", "train/loss"),
        "selectedMetricKeys": ["train/loss", "val/loss"],
        "xAxisKey": "step",
        "lineSmoothness": 0,  # without it the UI draws a smoothed copy over the measured points
        "displayPoints": False,
        "scaleType": "log",  # one run that diverges would flatten all others
    }
    # Bars begin at zero, so that 0.42 and 0.44 look alike; an axis of parallel coordinates spans the values.
    parallel = [
        {
            **card("PARALLEL", charts.figures[0]),
            "selectedParams": list(charts.params),
            "selectedMetrics": list(charts.figures),
            "showAllRuns": True,
        }
    ]
    columns = [f"params.`{name}`" for name in charts.params] + [f"metrics.`{name}`" for name in charts.figures]
    hidden = [name for name in charts.others if name != "train/loss" and name not in charts.figures]
    return {
        "searchFilter": f"tags.{PARENT} = '{charts.parent}'",
        "orderByKey": f"metrics.`{charts.figures[0]}`",
        "orderByAsc": charts.ascending,
        "selectedColumns": columns,
        "columnOrder": columns,
        "runsHiddenMode": "FIRST_10_RUNS",  # the best of them; more curves cannot be told apart
        "compareRunSections": [{"uuid": SECTION, "name": SECTION, "display": True, "columns": 2}],
        "compareRunCharts": [
            losses,
            *parallel,
            *(card("BAR", name) for name in sorted(charts.figures)),
            *(card("LINE", name, deleted=True) for name in hidden),
        ],
        "isAccordionReordered": True,
    }


def _key(parent: str) -> str:
    return f"sweep-{parent[:12]}"


def _packed(value: object) -> str:
    return quote(json.dumps(value, separators=(",", ":")), safe="")
