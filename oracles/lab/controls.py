"""Controls: what the cells without additive of one batch and condition say together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from oracles.lab.cells import Cell, Pair
from oracles.lab.readings import Bound, Reading

Place = tuple[str, tuple[Pair, ...]]
"""A batch and a condition."""
HALF = 0.5
TOLERANCE = 1e-9


class NoReferenceError(ValueError):
    """Controls that give no number to compare with; the message says why."""


def controls_by_place(cells: Iterable[Cell]) -> Mapping[Place, list[Cell]]:
    """The controls of each batch and condition."""
    places: dict[Place, list[Cell]] = {}
    for cell in cells:
        if cell.is_control:
            places.setdefault((cell.batch_id, cell.base), []).append(cell)
    return places


def reference(readings: Sequence[Reading], quantity: str) -> Reading:
    """What a cell is compared with: the median lifetime, or the mean logarithm of the others.

    `readings` has at least one.

    Raises:
        NoReferenceError: lifetimes of which most are lower bounds.
    """
    if quantity == "lifetime_ratio":
        return _median_lifetime(readings)
    bounds = {reading.bound for reading in readings} - {Bound.EXACT}
    mean = math.fsum(reading.value for reading in readings) / len(readings)
    return Reading(mean, bounds.pop() if bounds else Bound.EXACT)


def _median_lifetime(readings: Sequence[Reading]) -> Reading:
    """Kaplan-Meier median of the hours to failure.

    Of a control that failed at an unknown time before its end (a soft short without onset) only
    both extremes are known: where they give two medians, the later one is an upper bound.
    """
    n_running = sum(reading.bound is Bound.LOWER for reading in readings)
    if n_running > HALF * len(readings):
        raise NoReferenceError(
            f"{n_running} of {len(readings)} controls still ran: the ratio is an upper bound only"
        )
    is_failed = [reading.bound is not Bound.LOWER for reading in readings]
    hours = [10**reading.value for reading in readings]
    at_once = [0.0 if r.bound is Bound.UPPER else 10**r.value for r in readings]
    latest, earliest = median(hours, is_failed), median(at_once, is_failed)
    return Reading(math.log10(latest), Bound.UPPER if earliest < latest else Bound.EXACT)


def median(times: Sequence[float], is_failed: Sequence[bool]) -> float:
    """Kaplan-Meier median; where half survive between two failures, the middle of these.

    This is the ordinary median where nothing is censored (Klein and Moeschberger, 2003, 4.5).
    At least half of `times` have to be failures.
    """
    from scipy import stats

    pairs = list(zip(times, is_failed, strict=True))
    sample = stats.CensoredData(
        uncensored=[time for time, failed in pairs if failed],
        right=[time for time, failed in pairs if not failed],
    )
    survival = stats.ecdf(sample).sf
    steps = list(zip(survival.quantiles.tolist(), survival.probabilities.tolist(), strict=True))
    time, left = next(step for step in steps if step[1] <= HALF + TOLERANCE)
    later = [other for other, surviving in steps if surviving < left - TOLERANCE]
    if abs(left - HALF) <= TOLERANCE and later:
        return float(time + later[0]) / 2
    return float(time)
