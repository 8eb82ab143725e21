"""Spread: how much the replicates of one electrolyte in one batch differ."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence

from oracles.lab.cells import Cell
from oracles.lab.readings import CE_FLOOR, Bound, reading, window

Group = tuple[object, ...]


def replicates(
    cells: Iterable[Cell], quantity: str, ce_floor: float = CE_FLOOR
) -> dict[Group, list[float]]:
    """Exact log10 readings of each group: same additive, batch, condition; controls are a group."""
    groups: dict[Group, list[float]] = {}
    for cell in cells:
        found = reading(cell, quantity, ce_floor)
        if found is not None and found.bound is Bound.EXACT:
            key = (*cell.replicates, window(cell, quantity))
            groups.setdefault(key, []).append(found.value)
    return groups


def pooled_std(cells: Iterable[Cell], quantity: str, ce_floor: float = CE_FLOOR) -> float:
    """Standard deviation within groups, pooled: sqrt(sum (n - 1) s^2 / sum (n - 1)); or 0."""
    groups = [sorted(g) for g in replicates(cells, quantity, ce_floor).values() if len(g) > 1]
    freedom = sum(len(group) - 1 for group in groups)
    return math.sqrt(math.fsum(sorted(map(_squares, groups))) / freedom) if freedom else 0.0


def _squares(values: Sequence[float]) -> float:
    return statistics.variance(values) * (len(values) - 1)
