"""A line with what each group of a molecule adds to it, fitted on measured values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.linear_model import Ridge, RidgeCV
from sklearn.model_selection import LeaveOneGroupOut, LeaveOneOut, cross_val_predict

from molecules import Molecule
from oracles.calibration import Chemistry


def fit_group_line(
    home: Chemistry,
    computed: Mapping[Molecule, float],
    measured: Mapping[Molecule, float],
    classes: Sequence[object],
    alphas: Sequence[float],
) -> dict[str, Any]:
    """Ridge regression on the computed value and the counts of the groups of `home`.

    Returns the fields of a LinearCalibration that a fit decides.

    Args:
        home: the chemistry that the line is good for, its groups those that get an increment.
        computed: the predictor, of at least the measured molecules.
        measured: the target of every molecule that the line is fitted on.
        classes: of each measured molecule, to leave a whole class out.
        alphas: strengths of the penalty to choose from.
    """
    molecules = list(measured)
    X = np.array([[computed[m], *home.counts(m).values()] for m in molecules])
    y = np.array([measured[m] for m in molecules])
    model = RidgeCV(alphas=alphas).fit(X, y)
    residuals = y - model.predict(X)
    std = float(np.sqrt(residuals @ residuals / (len(y) - X.shape[1] - 1)))
    again = Ridge(alpha=model.alpha_)
    one = cross_val_predict(again, X, y, cv=LeaveOneOut())
    many = cross_val_predict(again, X, y, groups=classes, cv=LeaveOneGroupOut())
    slope, *increments = model.coef_
    return {
        "slope": round(float(slope), 4),
        "intercept": round(float(model.intercept_), 4),
        "residual_std": round(std, 2),
        "outside_std": round(max(std, float(np.sqrt(((many - y) ** 2).mean()))), 2),
        "low": round(float(X[:, 0].min()), 1),
        "high": round(float(X[:, 0].max()), 1),
        "n": len(y),
        "mae_left_out": round(float(abs(one - y).mean()), 2),
        "mae_class_left_out": round(float(abs(many - y).mean()), 2),
        "chemistry": home,
        "increments": {n: round(float(v), 3) for n, v in zip(home.groups, increments, strict=True)},
    }


def frequent(home: Chemistry, molecules: Sequence[Molecule], fewest: int) -> dict[str, str]:
    """Groups of `home` that are in at least so many of the molecules."""
    numbers = Counter(name for m in molecules for name, n in home.counts(m).items() if n)
    return {name: smarts for name, smarts in home.groups.items() if numbers[name] >= fewest}
