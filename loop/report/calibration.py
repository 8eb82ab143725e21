"""Calibration: what was predicted before an oracle was asked, beside what it then said."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from generators.base import LIBRARY
from loop.standing import Standing
from molecules import Molecule
from surrogates.calibration import Calibration, Forecast, calibrate

GENERATED = "generated"


@dataclass(frozen=True)
class Prediction:
    """One prospective prediction and its answer, both in the quantity's unit."""

    quantity: str
    origin: str
    """`library` or `generated`: models fail differently on what they have not seen."""
    molecule: Molecule
    name: str
    predicted: float
    predicted_std: float
    measured: float
    measured_std: float

    @property
    def std(self) -> float:
        """Standard deviation that the difference should have."""
        return math.hypot(self.predicted_std, self.measured_std)


@dataclass(frozen=True)
class Agreement:
    """How well one quantity was predicted for molecules of one origin."""

    quantity: str
    origin: str
    calibration: Calibration


def predictions(standing: Standing) -> list[Prediction]:
    """Every answer by the oracle that a candidate was chosen for, with what was predicted of it."""
    found = []
    for entry in standing.entries:
        for candidate in entry.candidates:
            origin = LIBRARY if candidate.source == LIBRARY else GENERATED
            for label in sorted(entry.answers, key=lambda label: label.quantity.name):
                name = label.quantity.name
                # Another tier's number lies on another scale.
                if name not in candidate.mean or label.oracle != candidate.oracle:
                    continue
                mean, std = candidate.mean[name], candidate.std.get(name, 0.0)
                found.append(
                    Prediction(
                        name, origin, entry.molecule, entry.name, mean, std, label.value, label.std
                    )
                )
    return found


def agreements(found: Sequence[Prediction]) -> list[Agreement]:
    """One row a quantity and origin, in alphabetical order; certain forecasts are left out."""
    groups: dict[tuple[str, str], list[Forecast]] = {}
    for p in found:
        if p.predicted_std > 0:
            forecast = Forecast(p.predicted, p.predicted_std, p.measured, p.measured_std)
            groups.setdefault((p.quantity, p.origin), []).append(forecast)
    return [Agreement(*group, calibrate(groups[group])) for group in sorted(groups)]
