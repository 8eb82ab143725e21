"""Readings: what one cell says of each quantity, as a logarithm that may be a bound.

All are written so that a label is the reading of a cell minus that of its controls:
log10 of hours, of a rate, of a current, of an overpotential, and -log10(1 - CE).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from oracles.lab.cells import Cell

COLUMNS = {
    "lifetime_ratio": "lifetime_h",
    "coulombic_efficiency": "ce_avg_pct",
    "hydrogen_rate": "h2_umol_cm2_h",
    "corrosion": "corrosion_uA_cm2",
    "overpotential": "overpotential_mV",
}
"""The column of each quantity."""
CE_FLOOR = 1e-3
"""Least 1 - CE that a cycler tells from 0; proposed, to be set from its accuracy."""


class Bound(StrEnum):
    """On which side of a number the truth lies."""

    EXACT = "exact"
    LOWER = "lower"
    """The number is a lower bound: the truth is at least that."""
    UPPER = "upper"

    @property
    def opposite(self) -> Bound:
        """The bound of a number's negative."""
        return {Bound.LOWER: Bound.UPPER, Bound.UPPER: Bound.LOWER}.get(self, self)


@dataclass(frozen=True)
class Reading:
    """A logarithm to base 10, and whether it is a bound."""

    value: float
    bound: Bound = Bound.EXACT

    def minus(self, other: Reading) -> Reading | None:
        """The difference; None where the two bounds leave it open on both sides."""
        bounds = {self.bound, other.bound.opposite} - {Bound.EXACT}
        if len(bounds) > 1:
            return None
        return Reading(self.value - other.value, bounds.pop() if bounds else Bound.EXACT)


def reading(cell: Cell, quantity: str, ce_floor: float = CE_FLOOR) -> Reading | None:
    """What a cell says of a quantity; None where it says nothing or 0, which has no logarithm."""
    if quantity == "lifetime_ratio":
        return _lifetime(cell)
    if quantity == "coulombic_efficiency":
        return _efficiency(cell, ce_floor)
    value = getattr(cell, COLUMNS[quantity])
    return Reading(math.log10(value)) if value else None


def window(cell: Cell, quantity: str) -> tuple[int | None, ...]:
    """What else two cells must share to be compared: the cycles a Coulombic efficiency is of."""
    is_averaged = quantity == "coulombic_efficiency"
    return (cell.ce_from_cycle, cell.ce_to_cycle) if is_averaged else ()


def _lifetime(cell: Cell) -> Reading | None:
    """Hours to failure.

    A soft short is a failure at its onset; without onset, at some time before the test ended
    (10.1038/s41893-023-01257-8): taking the end for its lifetime, or leaving it out, would favour
    what grows dendrites.
    """
    if cell.soft_short_onset_h is not None:
        return Reading(math.log10(cell.soft_short_onset_h))
    if cell.lifetime_h is None:
        return None
    if cell.end_reason == "soft_short":
        return Reading(math.log10(cell.lifetime_h), Bound.UPPER)
    return Reading(math.log10(cell.lifetime_h), Bound.LOWER if cell.is_censored else Bound.EXACT)


def _efficiency(cell: Cell, floor: float) -> Reading | None:
    if cell.ce_avg_pct is None:
        return None
    lost = round(1 - cell.ce_avg_pct / 100, 12)
    if lost <= floor:
        return Reading(-math.log10(floor), Bound.LOWER)
    return Reading(-math.log10(lost))
