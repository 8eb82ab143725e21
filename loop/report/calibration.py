"""Calibration: what was predicted before an oracle was asked, beside what it then said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, spearmanr

from loop.standing import Standing
from molecules import Molecule

LIBRARY = "library"
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
        return float(np.hypot(self.predicted_std, self.measured_std))


@dataclass(frozen=True)
class Agreement:
    """How well one quantity was predicted for molecules of one origin."""

    quantity: str
    origin: str
    n: int
    mean_error: float
    """Mean absolute error, in the quantity's unit."""
    covered_50: float
    """Share of answers inside the predicted 50 % interval; 0.5 is right."""
    covered_90: float
    """Share of answers inside the predicted 90 % interval; 0.9 is right."""
    spearman: float | None
    """Rank correlation, or None where it has no meaning (under three answers, or no spread)."""


def predictions(standing: Standing) -> list[Prediction]:
    """Every answer by the oracle that a candidate was chosen for, with what was predicted of it."""
    found = []
    for entry in standing.entries:
        candidate = entry.candidate
        if candidate is None:
            continue
        origin = LIBRARY if candidate.source == LIBRARY else GENERATED
        for name, label in sorted(entry.labels.items()):
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
    """One row a quantity and origin, in alphabetical order."""
    groups = sorted({(p.quantity, p.origin) for p in found})
    return [_agreement([p for p in found if (p.quantity, p.origin) == group]) for group in groups]


def _agreement(group: Sequence[Prediction]) -> Agreement:
    predicted = np.array([p.predicted for p in group])
    measured = np.array([p.measured for p in group])
    std = np.array([p.std for p in group])
    error = np.abs(predicted - measured)
    has_order = len(group) > 2 and np.ptp(predicted) > 0 and np.ptp(measured) > 0
    return Agreement(
        quantity=group[0].quantity,
        origin=group[0].origin,
        n=len(group),
        mean_error=float(error.mean()),
        covered_50=float((error <= norm.ppf(0.75) * std).mean()),
        covered_90=float((error <= norm.ppf(0.95) * std).mean()),
        spearman=float(spearmanr(predicted, measured).statistic) if has_order else None,
    )
