"""Calibration: whether predictions made before the answers were known deserved their error bars."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, rankdata


@dataclass(frozen=True)
class Forecast:
    """One prediction and the answer that came later, in the quantity's unit."""

    mean: float
    std: float
    value: float
    value_std: float = 0.0
    """Standard error of the answer, which widens the interval it should fall into."""

    @property
    def width(self) -> float:
        """Standard deviation that the difference should have."""
        return math.hypot(self.std, self.value_std)


@dataclass(frozen=True)
class Calibration:
    """How one set of forecasts turned out."""

    n: int
    coverage_50: float
    """Share of answers inside the central 50 % interval; likewise 90 and 95."""
    coverage_90: float
    coverage_95: float
    nll: float
    """Mean negative log likelihood of an answer, in nats; depends on the unit."""
    rmse: float
    spearman: float | None
    """Rank correlation of means and answers; None where it is undefined."""


def calibrate(forecasts: Sequence[Forecast]) -> Calibration:
    """Measure `forecasts`, at least one.

    Raises:
        ValueError: no forecast, or one without any error bar.
    """
    if not forecasts:
        raise ValueError("got no forecast to calibrate, expected at least one")
    table = np.array([(f.mean, f.std, f.value, f.value_std) for f in forecasts], dtype=np.float64)
    mean, std, value, value_std = table.T
    width = np.hypot(std, value_std)
    if not (np.isfinite(table).all() and (width > 0).all()):
        raise ValueError("got a forecast with std 0 or not finite, expected a positive error bar")
    error = value - mean
    z = np.abs(error) / width
    covered = {p: float((z <= norm.ppf(0.5 + p / 2)).mean()) for p in (0.5, 0.9, 0.95)}
    nll = 0.5 * (z**2 + math.log(2 * math.pi)) + np.log(width)
    return Calibration(
        n=len(forecasts),
        coverage_50=covered[0.5],
        coverage_90=covered[0.9],
        coverage_95=covered[0.95],
        nll=float(nll.mean()),
        rmse=float(np.sqrt((error**2).mean())),
        spearman=_spearman(mean, value),
    )


def calibrate_by_origin(forecasts: Sequence[tuple[str, Forecast]]) -> Mapping[str, Calibration]:
    """Measure the forecasts of each origin (library, gflownet, ...) apart, sorted by name.

    Generated molecules are where a surrogate is overconfident; a library in the same average
    hides it.
    """
    origins = sorted({origin for origin, _ in forecasts})
    return {name: calibrate([f for origin, f in forecasts if origin == name]) for name in origins}


def _spearman(a: NDArray[np.float64], b: NDArray[np.float64]) -> float | None:
    """Pearson correlation of average ranks."""
    ranks = np.stack([rankdata(a), rankdata(b)])
    if len(a) < 2 or (np.ptp(ranks, axis=1) == 0).any():
        return None
    return float(np.corrcoef(ranks)[0, 1])
