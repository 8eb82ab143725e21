"""Observation: what labels say of one molecule and quantity, together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from molecules import Label, Molecule

EXACT = 1e-6
"""Standard error, relative to the value's size, below which a label counts as exact."""


@dataclass(frozen=True)
class Observation:
    """All that the labels say of one molecule and quantity: their precision-weighted mean."""

    value: float
    std: float


def observe(labels: Sequence[Label]) -> Mapping[str, Mapping[Molecule, Observation]]:
    """Average labels by precision: quantity name to molecule to observation."""
    grouped: dict[tuple[str, Molecule], list[tuple[float, float]]] = defaultdict(list)
    for label in labels:
        if not label.censored:
            grouped[label.quantity.name, label.molecule].append((label.value, label.std))
    observations: dict[str, dict[Molecule, Observation]] = defaultdict(dict)
    for (name, molecule), pairs in grouped.items():
        observations[name][molecule] = _average(sorted(pairs))
    return observations


def observe_each(
    labels: Sequence[Label], quantity: str
) -> Mapping[str, Mapping[Molecule, Observation]]:
    """Labels of one quantity, each oracle's apart: oracle name to molecule to observation."""
    grouped: dict[str, list[Label]] = defaultdict(list)
    for label in labels:
        if label.quantity.name == quantity:
            grouped[label.oracle].append(label)
    return {oracle: observe(mine).get(quantity, {}) for oracle, mine in grouped.items()}


def _average(pairs: Sequence[tuple[float, float]]) -> Observation:
    """Precision-weighted mean of (value, std) pairs; an exact label is nearly all that counts."""
    if len(pairs) == 1:
        return Observation(*pairs[0])
    values, stds = np.array(pairs).T
    floor = EXACT * max(float(np.abs(values).max()), 1.0)
    precision = 1.0 / np.maximum(stds, floor) ** 2
    mean = float((precision * values).sum() / precision.sum())
    return Observation(mean, float(precision.sum() ** -0.5))
