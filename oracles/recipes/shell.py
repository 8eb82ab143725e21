"""The first shell: an octahedral [M(H2O)n L] complex, and whether it still is one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from oracles.recipes.bonds import has_same_bonds

Array = NDArray[np.float64]

CARBON = 6
SITES = 6
"""Of the octahedron."""
LONGEST_BOND = {"light": 2.6, "heavy": 2.9}
"""Angstrom; an atom farther from the metal is outside the first shell. Heavy: from sodium on."""
SUNDERED = 100.0
"""Angstrom; far enough that two fragments have no bond."""


@dataclass(frozen=True)
class Shell:
    """A metal ion, waters and a ligand: atoms in the order M, n x (O, H, H), ligand."""

    atoms: Atoms
    donors: tuple[int, ...]
    """Indices in the ligand of the atoms that were placed next to the metal."""

    def relaxed(self, positions: Array) -> Shell:
        """The same atoms at other positions, `n x 3`, angstrom."""
        atoms = self.atoms.copy()
        atoms.set_positions(positions)
        return Shell(atoms, self.donors)

    @property
    def n_placed(self) -> int:
        """Waters of the complex, in the first shell or pushed out of it."""
        return SITES - len(self.donors)

    @property
    def ligand(self) -> Atoms:
        """The ligand alone, as it lies in the complex."""
        return self.atoms[self._first :]

    @property
    def direction(self) -> Array:
        """Unit vector from the first donor to the metal."""
        bond = self.atoms.positions[0] - self.ligand.positions[self.donors[0]]
        return np.asarray(bond / np.linalg.norm(bond))

    @property
    def n_waters(self) -> int:
        """How many of the waters are still in the first shell."""
        return sum(self._is_bound(1 + 3 * k) for k in range(self.n_placed))

    @property
    def denticity(self) -> int:
        """How many atoms of the ligand that may be donors are in the first shell."""
        atoms = range(self._first, len(self.atoms))
        return sum(self._is_bound(k) for k in atoms if self.atoms.numbers[k] != CARBON)

    def has_bound_donors(self) -> bool:
        """Whether the atoms that were placed next to the metal are still in the first shell."""
        return all(self._is_bound(self._first + donor) for donor in self.donors)

    def is_intact(self, start: Shell) -> bool:
        """Whether ligand and waters have the bonds that they had in `start`, and no others.

        A proton that moved from a water to the ligand, or between waters, shows as a broken O-H
        (above 1.26 angstrom).
        """
        before = start.atoms[1:]
        before.positions[3 * self.n_placed :] += SUNDERED  # contacts of the start are no bonds
        return has_same_bonds(before, self.atoms[1:])

    @property
    def _first(self) -> int:
        """Index of the ligand's first atom."""
        return 1 + 3 * self.n_placed

    def _is_bound(self, atom: int) -> bool:
        number = self.atoms.numbers[atom]
        limit = LONGEST_BOND["light" if number < 11 else "heavy"]
        return bool(number > 1 and self.atoms.get_distance(0, atom) <= limit)
