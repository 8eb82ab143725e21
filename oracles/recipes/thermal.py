"""Thermal: from the energy of a relaxed structure to its free energy in solution, at 298.15 K.

Rigid rotor and harmonic oscillator, where soft vibrations go over to free rotations (Grimme's
mRRHO, 10.1002/chem.201200497), on vibrations in the continuum.
"""

from __future__ import annotations

import numpy as np
from ase import Atoms
from ase.thermochemistry import IdealGasThermo, MSRRHOThermo
from ase.units import _amu, _e, _hbar, invcm, kB
from numpy.typing import NDArray
from scipy.constants import R

from molecules import Status
from molecules.protonation import TEMPERATURE_KELVIN
from oracles.base import OracleError
from oracles.engines.base import HessianEngine, Species

Array = NDArray[np.float64]

HALFWAY_PER_CM = 100.0
"""Wavenumber at which a vibration counts half as a rotation (the source's value)."""
SOFTEST_EV = 10.0 * invcm
"""Softer vibrations count as this soft."""
LARGEST_IMAGINARY_EV = 150.0 * invcm
"""Below, an imaginary vibration is the noise of a soft one and counts as real; above, the structure
is no minimum."""
STILL = 1e-3
"""amu angstrom^2: a moment of inertia below is that of a line."""


def thermal_energy(engine: HessianEngine, species: Species, molar: float) -> float:
    """G - E, eV: zero point, heat, entropy and pressure-volume work; two to 12 s for 40 atoms.

    Args:
        engine: whose energy has a minimum at the species.
        species: relaxed. Symmetry numbers are left at 1.
        molar: concentration of the standard state, mol/l.

    Raises:
        OracleError: a displaced structure has no energy, or the species is no minimum.
    """
    atoms = species.atoms
    vibrations = _vibrations(atoms, engine.hessian(species))
    shape = _shape(atoms)
    whole = IdealGasThermo(vibrations, shape, atoms=atoms, symmetrynumber=1, spin=0.0)
    entropy, _ = whole.get_ideal_entropy(
        TEMPERATURE_KELVIN,
        translation=True,
        rotation=True,
        geometry=shape,
        symmetrynumber=1,
        pressure=1000.0 * molar * R * TEMPERATURE_KELVIN,
    )
    kT = kB * TEMPERATURE_KELVIN
    heat = {"monatomic": 2.5, "linear": 3.5, "nonlinear": 4.0}[shape] * kT
    energy = heat - TEMPERATURE_KELVIN * entropy
    if len(vibrations):
        inner = MSRRHOThermo(vibrations, atoms, tau=HALFWAY_PER_CM)
        energy += inner.get_helmholtz_energy(TEMPERATURE_KELVIN, verbose=False)
    return float(energy)


def _vibrations(atoms: Atoms, hessian: Array) -> Array:
    """Energies of the vibrations, eV, without the motions of the whole."""
    weights = np.sqrt(np.repeat(atoms.get_masses(), 3))
    whole = _motions(atoms) * weights[:, None]
    left, sizes, _ = np.linalg.svd(whole, full_matrices=True)
    rank = int((sizes > 1e-4 * sizes[0]).sum())
    inner = left[:, rank:]  # all that is orthogonal to translations and rotations
    weighted = hessian / np.outer(weights, weights)
    squares = np.linalg.eigvalsh(inner.T @ weighted @ inner)
    energies: Array = _hbar * np.sqrt(np.abs(squares) * _e * 1e20 / _amu) / _e
    imaginary = float(energies[squares < 0].max(initial=0.0))
    if imaginary > LARGEST_IMAGINARY_EV:
        raise OracleError(
            Status.NOT_CONVERGED, f"no minimum: a vibration of {imaginary / invcm:.0f}i per cm"
        )
    softened: Array = np.maximum(energies, SOFTEST_EV)
    return softened


def _motions(atoms: Atoms) -> Array:
    """Translations and infinitesimal rotations of the whole, `3n x 6`."""
    arms = atoms.positions - atoms.get_center_of_mass()
    axes = np.eye(3)
    translations = [np.tile(axis, len(atoms)) for axis in axes]
    rotations = [np.cross(axis, arms).ravel() for axis in axes]
    return np.array([*translations, *rotations]).T


def _shape(atoms: Atoms) -> str:
    if len(atoms) == 1:
        return "monatomic"
    return "linear" if atoms.get_moments_of_inertia().min() < STILL else "nonlinear"
