"""Addresses in MLflow's UI, character by character, and the prepared view of a sweep."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, unquote

import pytest

from logodds.tracking.mlflow.ui import Ui, view_state, view_tag
from logodds.tracking.pages import Charts

BASE = "http://127.0.0.1:5000"
RUN, OTHER = "19ac0bc9f8eb4cdfb61ed306e9ce8ad0", "0754a8b06b134508b7c5bca564544d5d"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (Ui(BASE).run("2", RUN), f"{BASE}/#/experiments/2/runs/{RUN}?workflowType=machine_learning"),
        (
            Ui(BASE).charts("2", "8dfc61343c88b008b7c5bca564544d5d"),
            f"{BASE}/#/experiments/2/runs?workflowType=machine_learning"
            "&viewStateShareKey=sweep-8dfc61343c88&compareRunsMode=CHART",
        ),
        (
            Ui(BASE).compare("2", [RUN, OTHER]),
            f"{BASE}/#/compare-runs?runs=%5B%22{RUN}%22%2C%22{OTHER}%22%5D&experiments=%5B%222%22%5D"
            "&workflowType=machine_learning",
        ),
        (
            Ui(BASE).compare("2", []),
            f"{BASE}/#/compare-runs?runs=%5B%5D&experiments=%5B%222%22%5D&workflowType=machine_learning",
        ),
    ],
    ids=["run", "view", "compare", "compare none"],
)
def test_address(found: str, expected: str) -> None:
    assert found == expected


def test_compared_runs_can_be_read_back() -> None:
    query = parse_qs(Ui("https://host/mlflow").compare("7", [RUN, OTHER]).partition("?")[2])
    assert {key: json.loads(unquote(query[key][0])) for key in ("runs", "experiments")} == {
        "runs": [RUN, OTHER],
        "experiments": ["7"],
    }


def test_state_of_a_small_sweep() -> None:
    def card(kind: str, metric: str, deleted: bool) -> dict[str, object]:
        return {
            "uuid": f"{kind}:{metric}",
            "metricSectionId": "sweep",
            "type": kind,
            "metricKey": metric,
            "deleted": deleted,
        }

    logged = ("best/accuracy", "best/f1", "train/loss", "val/loss")
    charts = Charts("p1", ("optim.lr",), ("best/f1", "best/accuracy"), logged, False)
    assert view_state(charts) == {
        "searchFilter": "tags.mlflow.parentRunId = 'p1'",
        "orderByKey": "metrics.`best/f1`",
        "orderByAsc": False,
        "selectedColumns": ["params.`optim.lr`", "metrics.`best/f1`", "metrics.`best/accuracy`"],
        "columnOrder": ["params.`optim.lr`", "metrics.`best/f1`", "metrics.`best/accuracy`"],
        "runsHiddenMode": "FIRST_10_RUNS",
        "compareRunSections": [{"uuid": "sweep", "name": "sweep", "display": True, "columns": 2}],
        "compareRunCharts": [
            {
                **card("LINE", "train/loss", False),
                "selectedMetricKeys": ["train/loss", "val/loss"],
                "xAxisKey": "step",
                "lineSmoothness": 0,
                "displayPoints": False,
                "scaleType": "log",
            },
            {
                **card("PARALLEL", "best/f1", False),
                "selectedParams": ["optim.lr"],
                "selectedMetrics": ["best/f1", "best/accuracy"],
                "showAllRuns": True,
            },
            card("BAR", "best/accuracy", False),
            card("BAR", "best/f1", False),
            card("LINE", "val/loss", True),
        ],
        "isAccordionReordered": True,
    }


def test_the_tag_is_json_inside_json() -> None:
    charts = Charts("p1" * 8, ('a "quoted" é\n',), ("best/f1",), (), True)
    name, value = view_tag(charts, 1234) or ("", "")
    found = json.loads(value)
    assert name == "mlflow.sharedViewState.sweep-p1p1p1p1p1p1"
    assert isinstance(found["state"], str)
    assert json.loads(found.pop("state")) == view_state(charts)
    assert found == {"name": "sweep p1p1p1p1", "createdAt": 1234, "updatedAt": 1234}
