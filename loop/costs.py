"""Costs: expected seconds of a question, as configured or learned from run times."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from omegaconf import DictConfig
from scipy.optimize import nnls

from loop.making import CampaignError
from molecules import Molecule
from molecules.rows import Record
from oracles.base import Cost, Oracle


def build_costs(
    cfg: DictConfig, oracles: Mapping[str, Oracle], records: list[Record]
) -> dict[str, Cost]:
    """Expected seconds per oracle: as configured, or scaled to the measured run times."""
    if cfg.costs not in ("fixed", "learned"):
        raise CampaignError(f"got costs={cfg.costs!r}, expected fixed or learned")
    fixed = {name: oracle.cost for name, oracle in oracles.items()}
    return fixed if cfg.costs == "fixed" else learned_costs(fixed, records)


def learned_costs(fixed: Mapping[str, Cost], records: list[Record]) -> dict[str, Cost]:
    """Constant and scale of each cost from the seconds that its questions took; powers stay.

    What is learned is what the seconds of a molecule depend on its size by: least squares of the
    relative errors, where the configured cost, at the right sum, counts as one more molecule of
    each size that was asked. So one answer scales the cost, and many bend it.
    """
    seconds: dict[str, dict[Molecule, float]] = {}
    for record in records:
        mine = seconds.setdefault(record.outcome.oracle, {})
        mine[record.outcome.molecule] = mine.get(record.outcome.molecule, 0.0) + record.seconds
    return {name: _learned(cost, seconds.get(name, {})) for name, cost in fixed.items()}


def _learned(cost: Cost, seconds: Mapping[Molecule, float]) -> Cost:
    expected = sum(map(cost, seconds))
    if not expected or not sum(seconds.values()):
        return cost
    ratio = sum(seconds.values()) / expected
    scaled = Cost(cost.constant * ratio, cost.scale * ratio, cost.power)
    assumed = {m.n_heavy: scaled(m) for m in seconds}
    sizes = np.array([*(m.n_heavy for m in seconds), *assumed], dtype=float)
    weights = 1.0 / np.array([*map(scaled, seconds), *assumed.values()])
    targets = np.array([*seconds.values(), *assumed.values()])
    columns = np.column_stack([np.ones_like(sizes), sizes**cost.power])
    (constant, scale), _ = nnls(columns * weights[:, None], targets * weights)
    return Cost(float(constant), float(scale), cost.power)
