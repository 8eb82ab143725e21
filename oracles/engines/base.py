"""The contract of every engine: energies, forces and optimised geometries of a species."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from molecules import Status
from oracles.base import Json, OracleError

SHORTEST_DISTANCE_ANGSTROM = 0.6
LARGEST_SYSTEM_ATOMS = 120
CLOSED_SHELLS = np.array([2, 10, 18, 36, 54, 86, 118])
"""Electrons of the noble gases."""


@dataclass(frozen=True)
class Species:
    """Nuclei in space, with their charge and their unpaired electrons."""

    atoms: Atoms
    charge: int
    unpaired: int = 0
    """Number of unpaired electrons: 0 singlet, 1 doublet, 2 triplet."""

    def moved(self, positions: NDArray[np.float64]) -> Species:
        """The same species at other positions, `n x 3`, angstrom."""
        atoms = self.atoms.copy()
        atoms.set_positions(positions)
        return Species(atoms, self.charge, self.unpaired)


@dataclass(frozen=True)
class SinglePoint:
    """What one self-consistent calculation knows about a species."""

    energy_ev: float
    homo_ev: float
    """-inf where no orbital of the basis is occupied (Zn2+ without its core)."""
    lumo_ev: float
    """inf where every orbital of a minimal basis is occupied (fluoride)."""
    dipole_debye: float
    """Magnitude; for a charged species with respect to its centre of mass."""


@dataclass(frozen=True)
class Optimised:
    """A relaxed species and how the relaxation ended."""

    species: Species
    energy_ev: float
    largest_force: float
    """eV/angstrom, over atoms."""
    steps: int
    has_converged: bool


class Engine(Protocol):
    """A method of computing energies, with all its settings."""

    @property
    def name(self) -> str:
        """The level of theory in words, such as `GFN2-xTB/ALPB(water)`."""

    @property
    def version(self) -> str:
        """Program and version."""

    @property
    def settings(self) -> Json:
        """Every knob, for content hashes."""

    def energy(self, species: Species) -> float:
        """Energy in eV; raises OracleError."""

    def single_point(self, species: Species) -> SinglePoint:
        """Energy, orbitals and dipole; raises OracleError."""

    def optimise(self, species: Species, fmax: float, steps: int) -> Optimised:
        """Relax until no atom feels more than `fmax` (eV/angstrom), or `steps` steps are over.

        An optimisation that does not converge is no error: the caller decides what it is worth.
        """


class FieldEngine(Engine, Protocol):
    """An engine that can put a species into a uniform electric field."""

    def dipole_in_field(self, species: Species, field: Sequence[float]) -> NDArray[np.float64]:
        """Dipole vector, `3`, e bohr about the origin, in a field of so many atomic units.

        The field is that of E = E0 - dipole * field. Raises OracleError.
        """


def frontier(
    orbitals_ev: NDArray[np.float64], is_occupied: NDArray[np.bool_]
) -> tuple[float, float]:
    """Highest occupied and lowest empty orbital energy, eV; of no orbitals -inf and inf."""
    occupied, empty = orbitals_ev[is_occupied], orbitals_ev[~is_occupied]
    return float(occupied.max(initial=-np.inf)), float(empty.min(initial=np.inf))


class HessianEngine(Engine, Protocol):
    """An engine that knows how stiff a species is."""

    def hessian(self, species: Species) -> NDArray[np.float64]:
        """Second derivatives of the energy, `3n x 3n`, eV/angstrom^2; raises OracleError."""


def check(species: Species, heaviest: int) -> None:
    """Refuse what a native library would crash on or answer with nonsense.

    Args:
        species: what is about to be computed.
        heaviest: largest atomic number that the method has parameters for.

    Raises:
        OracleError: empty, too large, an element without parameters, atoms on top of each other,
            positions that are not finite, more electrons than the atoms' closed shells hold, or a
            parity of electrons that contradicts `unpaired`.
    """
    atoms = species.atoms
    numbers = atoms.get_atomic_numbers()
    n_electrons = int(numbers.sum()) - species.charge
    if not 0 < len(atoms) <= LARGEST_SYSTEM_ATOMS:
        raise _unsupported(f"{len(atoms)} atoms", f"1 to {LARGEST_SYSTEM_ATOMS}")
    if numbers.min() < 1 or numbers.max() > heaviest:
        raise _unsupported(f"atomic number {numbers.max()}", f"elements 1 to {heaviest}")
    if n_electrons <= 0 or species.unpaired < 0 or species.unpaired > n_electrons:
        raise _unsupported(
            f"{n_electrons} electrons, {species.unpaired} unpaired", "a possible number of them"
        )
    n_most = int(CLOSED_SHELLS[np.searchsorted(CLOSED_SHELLS, numbers)].sum())
    if n_electrons > n_most:  # the libraries answer with a number: it would be that of the basis
        raise _unsupported(
            f"{n_electrons} electrons", f"at most the {n_most} that fill the shells of the atoms"
        )
    if (n_electrons - species.unpaired) % 2:
        raise _unsupported(
            f"{n_electrons} electrons with {species.unpaired} unpaired",
            "both even or both odd; check the charge",
        )
    if not np.isfinite(atoms.get_positions()).all():
        raise OracleError(Status.CRASHED, "got positions that are not finite")
    distances = atoms.get_all_distances()[np.triu_indices(len(atoms), k=1)]
    if distances.size and distances.min() < SHORTEST_DISTANCE_ANGSTROM:
        raise OracleError(
            Status.CRASHED,
            f"got two atoms {distances.min():.2f} angstrom apart, expected at least "
            f"{SHORTEST_DISTANCE_ANGSTROM}",
        )


def _unsupported(got: str, expected: str) -> OracleError:
    return OracleError(Status.UNSUPPORTED, f"got {got}, expected {expected}")
