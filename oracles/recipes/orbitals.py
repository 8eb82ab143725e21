"""Orbitals: frontier orbital energies and dipole moment in solution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from molecules import VOCABULARY, Quantity, Status
from oracles.base import Json
from oracles.engines.base import Engine, Species
from oracles.recipes.base import Answered, Subject
from oracles.recipes.ensemble import spread

NAMES = ("homo", "lumo", "gap", "dipole")
ABSENT = (str(Status.UNSUPPORTED), "the method's basis has no such orbital: all full, or all empty")


@dataclass(frozen=True)
class Orbitals:
    """homo, lumo, gap = lumo - homo (eV) and dipole (D), a single point on the ground state.

    Absolute levels belong to the engine's method: compare them only within one tier. The std is
    the spread over low conformers.
    """

    engine: Engine
    n_conformers: int = 3
    """Over which the std is taken; 1 gives 0."""

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Homo, lumo, gap, dipole."""
        return tuple(VOCABULARY[name] for name in NAMES)

    @property
    def method(self) -> str:
        """Level of theory."""
        return self.engine.name

    @property
    def version(self) -> str:
        """Program and version."""
        return self.engine.version

    def reference(self, seed: int) -> None:
        """Nothing to compare with."""

    def answer(self, subject: Subject, reference: Json | None) -> Answered:
        """Raises OracleError; a missing orbital (fluoride has no lumo) is refused by itself."""
        found = self._of(subject.ground.species)
        std = spread(subject, self.n_conformers, self._of, found)
        values = {
            name: (float(value), float(error))
            for name, value, error in zip(NAMES, found, std, strict=True)
            if np.isfinite(value)
        }
        return Answered(values, refused={name: ABSENT for name in NAMES if name not in values})

    def _of(self, species: Species) -> NDArray[np.float64]:
        """The quantities in the order of NAMES, `4`."""
        point = self.engine.single_point(species)
        gap_ev = point.lumo_ev - point.homo_ev
        return np.array([point.homo_ev, point.lumo_ev, gap_ev, point.dipole_debye])
