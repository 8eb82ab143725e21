"""Hessian: second derivatives of an energy, by differences of forces."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Surface = Callable[[Array], tuple[float, Array]]

STEP_ANGSTROM = 0.01
"""Each way; large enough for the noise of a self-consistent field, small against a bond."""


def hessian(surface: Surface, positions: Array) -> Array:
    """Symmetric Hessian, `3n x 3n`, eV/angstrom^2, by central differences: 6n forces.

    Args:
        surface: energy (eV) and forces (`n x 3`, eV/angstrom) at positions (`n x 3`, angstrom).
        positions: where, `n x 3`, angstrom.
    """
    rows = []
    for move in STEP_ANGSTROM * np.eye(positions.size):
        offset = move.reshape(positions.shape)
        forces = [surface(positions + way * offset)[1] for way in (-1.0, 1.0)]
        rows.append((forces[0] - forces[1]).ravel() / (2 * STEP_ANGSTROM))
    found = np.array(rows)
    symmetric: Array = (found + found.T) / 2
    return symmetric
