"""Minimisation of an energy over nuclear positions: BFGS on a model Hessian."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oracles.engines.base import Optimised, Species
from oracles.engines.model_hessian import model_hessian

Array = NDArray[np.float64]
Surface = Callable[[Array], tuple[float, Array]]

LONGEST_MOVE_ANGSTROM = 0.25
SHORTEST_MOVE_ANGSTROM = 0.02
SOFTEST_MODE = 0.05
"""eV/angstrom^2: rotations, translations and floppy modes are treated as this stiff at least."""


@dataclass(frozen=True)
class Minimum:
    """Where a minimisation ended."""

    positions: Array
    """`n x 3`, angstrom."""
    energy: float
    """eV."""
    largest_force: float
    """eV/angstrom, over atoms."""
    steps: int


def relax(surface: Surface, species: Species, fmax: float, steps: int) -> Optimised:
    """`minimise` from where the species lies, as the engines answer it."""
    atoms = species.atoms
    found = minimise(surface, atoms.get_positions(), atoms.get_atomic_numbers(), fmax, steps)
    return Optimised(
        species.moved(found.positions),
        found.energy,
        found.largest_force,
        found.steps,
        found.largest_force <= fmax,
    )


def minimise(
    surface: Surface, positions: Array, numbers: NDArray[np.int64], fmax: float, steps: int
) -> Minimum:
    """Follow the forces downhill until the largest is below `fmax` or `steps` are over.

    Quasi-Newton steps in the eigenvectors of a Hessian that begins as Lindh's model and learns
    by BFGS updates; no atom moves farther than a radius that shrinks when the energy rises and
    grows when it falls as predicted. A step that raises the energy is taken back.

    Args:
        surface: energy (eV) and forces (`n x 3`, eV/angstrom) at positions (`n x 3`, angstrom).
        positions: start, `n x 3`, angstrom.
        numbers: atomic numbers, `n`.
        fmax: largest force on an atom at the end, eV/angstrom.
        steps: largest number of evaluations after the first.
    """
    x = positions.copy()
    energy, forces = surface(x)
    hessian = model_hessian(x, numbers)
    radius = LONGEST_MOVE_ANGSTROM
    for step in range(steps):
        if _largest(forces) <= fmax:
            return Minimum(x, energy, _largest(forces), step)
        move = _newton(hessian, forces, radius)
        trial_energy, trial_forces = surface(x + move)
        predicted = -np.vdot(forces, move) + 0.5 * move.ravel() @ hessian @ move.ravel()
        hessian = _learned(hessian, move, forces - trial_forces)
        if trial_energy > energy + 1e-4 and radius > SHORTEST_MOVE_ANGSTROM:
            radius = max(SHORTEST_MOVE_ANGSTROM, 0.4 * _largest(move))
            continue
        if trial_energy - energy < 0.5 * predicted:
            radius = min(LONGEST_MOVE_ANGSTROM, 1.5 * radius)
        x, energy, forces = x + move, trial_energy, trial_forces
    return Minimum(x, energy, _largest(forces), steps)


def _largest(vectors: Array) -> float:
    return float(np.linalg.norm(vectors, axis=1).max())


def _newton(hessian: Array, forces: Array, radius: float) -> Array:
    """The Newton step on |eigenvalues|, scaled so that no atom moves farther than `radius`."""
    stiffness, modes = np.linalg.eigh(hessian)
    stiffness = np.maximum(np.abs(stiffness), SOFTEST_MODE)
    move = (modes @ ((modes.T @ forces.ravel()) / stiffness)).reshape(-1, 3)
    return np.asarray(move * min(1.0, radius / _largest(move)))


def _learned(hessian: Array, move: Array, change: Array) -> Array:
    """BFGS update with Powell's damping, so that the Hessian stays positive (10.1007/BFb0067703).

    Args:
        hessian: `3n x 3n`.
        move: what the atoms moved, `n x 3`.
        change: gradient after minus before the move, `n x 3`.
    """
    s, y = move.ravel(), change.ravel()
    Hs = hessian @ s
    sHs = s @ Hs
    if s @ y < 0.2 * sHs:
        share = 0.8 * sHs / (sHs - s @ y)
        y = share * y + (1 - share) * Hs
    return np.asarray(hessian + np.outer(y, y) / (s @ y) - np.outer(Hs, Hs) / sHs)
