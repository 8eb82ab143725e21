"""A view of the charts for MLflow's page of an experiment, stored in a tag of the experiment.

The format is MLflow's own and internal (3.17), so that this is a courtesy: where another version
does not understand it, the page shows its usual charts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from loop.mlflow_record import VIEW

TAG = f"mlflow.sharedViewState.{VIEW}"
"""Experiment tag in which the page looks for a shared view of that key."""
SECTIONS: dict[str, tuple[tuple[str, ...], ...]] = {
    "What was found": (("best/score",), ("pareto/hypervolume",)),
    "Can the model be trusted?": (
        ("health/calibration/coverage_90",),
        ("health/calibration/coverage_50",),
        ("health/calibration/z_spread",),
        ("health/left_out/",),
    ),
    "Another round?": (
        ("health/expected_gain", "health/recent_score_gain"),
        ("health/recent_hypervolume_gain",),
        ("health/gain_over_start",),
        ("budget/oracle_seconds", "budget/own_seconds"),
    ),
}
"""Sections of the page; each chart shows all metrics whose names begin so."""
IMAGES = "molecules"


def view(metrics: Sequence[str], last_round: int) -> str:
    """The shared view as the page reads it: sections, charts, and the molecules of every round.

    Args:
        metrics: names that the campaign's run has.
        last_round: whose molecules are shown before the slider is moved.
    """
    charts: list[dict[str, Any]] = []
    for title, wanted in SECTIONS.items():
        if title == next(iter(SECTIONS)):
            charts.append(_image(title, last_round))
        for beginnings in wanted:
            shown = sorted(name for name in metrics if name.startswith(beginnings))
            if shown:
                charts.append(_line(title, beginnings[0], shown))
    sections = [
        {"uuid": title, "name": title, "display": True, "isReordered": True, "isGenerated": False}
        for title in SECTIONS
    ]
    state = {
        "compareRunCharts": charts,
        "compareRunSections": sections,
        "runListHidden": True,
        "isAccordionReordered": True,
    }
    return json.dumps(state)


def _line(section: str, name: str, metrics: Sequence[str]) -> dict[str, Any]:
    """A chart of some metrics against the round."""
    return {
        "type": "LINE",
        "uuid": f"{section} {name}",
        "metricSectionId": section,
        "isGenerated": False,
        "deleted": False,
        "runsCountToCompare": 10,
        "displayName": name.strip("/").replace("_", " "),
        "metricKey": metrics[0],
        "selectedMetricKeys": list(metrics),
        "xAxisKey": "step",
        "xAxisScaleType": "linear",
        "scaleType": "linear",
        "range": {},
        "selectedXAxisMetricKey": "",
        "lineSmoothness": 0,
        "yAxisKey": "metric",
        "yAxisExpressions": [],
        "ignoreOutliers": False,
        "useGlobalXaxisKey": True,
        "useGlobalLineSmoothing": True,
    }


def _image(section: str, step: int) -> dict[str, Any]:
    """The pictures of the best molecules, with a slider over the rounds."""
    return {
        "type": "IMAGE",
        "uuid": f"{section} {IMAGES}",
        "metricSectionId": section,
        "isGenerated": False,
        "deleted": False,
        "displayName": "the best molecules, by round",
        "imageKeys": [IMAGES],
        "step": step,
        "showRunParams": False,
    }
