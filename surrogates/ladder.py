"""Ladder: the oracles of one quantity from the lowest tier upwards, and how they compare."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

SLOPE_STD = 0.25
"""Prior standard error of a link's slope around 1: two methods for one quantity mostly differ by a
level, which a few molecules show, and only many molecules tell that they differ in slope."""
DISAGREEMENT = 0.5
"""Spread of the difference between two rungs before any label, in widths of the quantity."""
ASSUMED = 2.0
"""Molecules' worth of that assumption: error bars must not collapse on the first few pairs."""
FLATTEST = 0.1
"""Slope below which a link maps nothing back to the lower rung's scale."""
SWEEPS = 20
"""Alternations between the line and the spread around it; they settle within five."""


@dataclass(frozen=True)
class Ladder:
    """Oracles that answer one quantity, lowest tier first."""

    rungs: tuple[str, ...]
    scale: str
    """The rung on whose scale the goals' bounds stand."""

    def __post_init__(self) -> None:
        if self.scale not in self.rungs or len(set(self.rungs)) < len(self.rungs):
            raise ValueError(
                f"got rungs {self.rungs} and scale {self.scale!r}, expected distinct rungs, the "
                "scale one of them"
            )

    def only(self, oracles: Collection[str]) -> Ladder:
        """The same ladder without the rungs that are not among `oracles`; its scale stays."""
        kept = tuple(r for r in self.rungs if r in oracles or r == self.scale)
        return Ladder(kept, self.scale)


class Ladders:
    """The ladders of a campaign, by quantity; a quantity of a single oracle has none."""

    def __init__(self, by_quantity: Mapping[str, Ladder] | None = None) -> None:
        self.by_quantity = dict(by_quantity or {})


@dataclass(frozen=True)
class Link:
    """How two neighbouring rungs compare: upper = offset + slope * lower + deviation."""

    quantity: str
    lower: str
    upper: str
    slope: float
    offset: float
    """In the quantity's unit: absolute levels of two methods may lie several eV apart."""
    std: float
    """Expected size of the deviation, in the unit of the upper rung."""
    n_labels: int
    """Labels of the upper rung that it was learned from."""
    advantage: float | None = None
    """Log probability, per label of the upper rung when it is left out, that is gained by knowing
    the lower one, in nats; None with too few labels to judge, or where the line is too flat."""

    @property
    def is_on(self) -> bool:
        """Whether the lower rung helps to predict the upper one, or nobody can tell yet."""
        return self.slope >= FLATTEST and (self.advantage is None or self.advantage > 0)

    def __str__(self) -> str:
        told = f"{self.quantity}: {self.upper} = {self.offset:.3g} + {self.slope:.3g} {self.lower}"
        text = f"{told}, +- {self.std:.2g}, from {self.n_labels} labels of {self.upper}"
        if self.is_on:
            return text
        if self.slope < FLATTEST:
            why = f"its slope of {self.slope:.3g} is below {FLATTEST}"
        else:
            why = f"with {self.lower} left out, {self.upper} is predicted no worse"
        return (
            f"{text}; the link is switched off: {why}, so labels of the one count for nothing on "
            "the scale of the other"
        )


def regress(x: Tensor, y: Tensor, noise: Tensor, width: float) -> tuple[float, float, float]:
    """Line y = offset + slope x + deviation through `n` molecules, n >= 0.

    Ridge regression towards slope 1 (`SLOPE_STD`), in turn with the variance of the deviation,
    which starts from `DISAGREEMENT` with the weight of `ASSUMED` molecules. The level is learned
    from the first molecule on.

    Args:
        x: values on the lower rung, `n`.
        y: values on the upper rung, `n`.
        noise: variance of y - x by the errors of both, `n`.
        width: how far the quantity ranges on the lower rung.

    Returns:
        slope, offset, and standard deviation of the deviation.
    """
    n, expected = len(x), (DISAGREEMENT * width) ** 2
    if not n:
        return 1.0, 0.0, expected**0.5
    slope, offset, variance = 1.0, 0.0, torch.tensor(expected, dtype=torch.float64)
    for _ in range(SWEEPS):
        weight = 1.0 / (variance + noise)
        dx = x - (weight * x).sum() / weight.sum()
        dy = y - (weight * y).sum() / weight.sum()
        pull = SLOPE_STD**-2
        slope = float(((weight * dx * dy).sum() + pull) / ((weight * dx * dx).sum() + pull))
        offset = float((weight * (y - slope * x)).sum() / weight.sum())
        # Expected square of the deviation: what the errors of the labels explain is none of it.
        share = variance / (variance + noise)
        square = (share * (y - offset - slope * x)).square() + share * noise
        variance = (ASSUMED * expected + square.sum()) / (ASSUMED + n - 1)
    return slope, offset, float(variance.sqrt())
