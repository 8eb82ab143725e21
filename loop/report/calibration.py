"""Calibration: what was predicted before an oracle was asked, beside what it then said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loop.hindsight import Prediction
from surrogates.calibration import Calibration, Forecast, calibrate


@dataclass(frozen=True)
class Agreement:
    """How well one oracle's answers of one quantity were predicted for molecules of one origin."""

    quantity: str
    oracle: str
    origin: str
    calibration: Calibration


def agreements(found: Sequence[Prediction]) -> list[Agreement]:
    """One row a quantity, oracle and origin, in alphabetical order, without certain forecasts.

    Two oracles answer on scales that may lie far apart: together they would correlate by the
    distance of their levels alone.
    """
    groups: dict[tuple[str, str, str], list[Forecast]] = {}
    for p in found:
        if p.forecast.std > 0:
            groups.setdefault((p.quantity, p.oracle, p.origin), []).append(p.forecast)
    return [Agreement(*group, calibrate(groups[group])) for group in sorted(groups)]
