"""The thermal ensemble: how much a quantity varies over the relaxed conformers of a molecule."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from ase.units import kB
from numpy.typing import NDArray

from molecules.protonation import TEMPERATURE_KELVIN
from oracles.base import OracleError
from oracles.engines.base import Species
from oracles.recipes.base import Subject

Array = NDArray[np.float64]

LEAST_WEIGHT = 0.05
"""Of the lowest conformer's; 1.8 kcal/mol above it is too rare to be worth a calculation."""


def spread(subject: Subject, n: int, compute: Callable[[Species], Array], lowest: Array) -> Array:
    """How far a conformer is from the lowest, root mean square over the `n` lowest at 298.15 K.

    std^2 = sum_i w_i (q_i - q_0)^2,   w_i = exp(-(E_i - E_0) / kT) / sum_j exp(-(E_j - E_0) / kT)

    The error of letting one conformer stand for all: another seed, or a method that orders them
    differently, finds another lowest one. It is 0 for a rigid molecule and knows nothing of the
    method's own error. A conformer that cannot be computed is left out.

    Args:
        subject: the molecule with its conformers.
        n: conformers that count, the lowest included; with 1 nothing is computed.
        compute: quantities of a species, `k`; may raise OracleError.
        lowest: the same of the lowest conformer, `k`, already computed.
    """
    weights, squares = [1.0], [np.zeros_like(lowest)]
    for conformer in subject.conformers[1:n]:
        weight = np.exp(
            (subject.ground.energy_ev - conformer.energy_ev) / (kB * TEMPERATURE_KELVIN)
        )
        if weight < LEAST_WEIGHT:
            break
        try:
            squares.append((compute(conformer.species) - lowest) ** 2)
        except OracleError:
            continue
        weights.append(float(weight))
    return np.asarray(np.sqrt(np.average(squares, axis=0, weights=weights)))
