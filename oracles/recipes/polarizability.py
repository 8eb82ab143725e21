"""Polarizability: how much dipole a molecule gains in a weak electric field."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from molecules import VOCABULARY, Quantity
from oracles.base import Json
from oracles.engines.base import FieldEngine, Species
from oracles.recipes.base import Answered, Subject
from oracles.recipes.ensemble import spread


@dataclass(frozen=True)
class Polarizability:
    """alpha_ij = d mu_i / d F_j by central differences; its trace over 3, bohr^3.

    The engine should be in the gas phase: in a continuum the solvent answers the field too.
    GFN2-xTB has too small a basis for it: over 200 molecules of QM9 it is 26 bohr^3 below B3LYP,
    r = 0.80 (experiments/levels.md), so it is information and no goal. The std is the spread over
    low conformers.
    """

    engine: FieldEngine
    field_au: float = 0.002
    """Atomic units (1 is 51.4 V/angstrom); 0.001 to 0.005 give the same within 0.1 %."""
    n_conformers: int = 2
    """Over which the std is taken; 1 gives 0. Each costs six single points."""

    def __post_init__(self) -> None:
        if not 0 < self.field_au <= 0.02:
            raise ValueError(
                f"got a field of {self.field_au} atomic units, expected above 0 and at most 0.02, "
                "where molecules still answer linearly"
            )

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """The mean polarizability."""
        return (VOCABULARY["polarizability"],)

    @property
    def method(self) -> str:
        """Level of theory and field."""
        return f"{self.engine.name}, finite field of {self.field_au} au"

    @property
    def version(self) -> str:
        """Program and version."""
        return self.engine.version

    def reference(self, seed: int) -> None:
        """Nothing to compare with."""

    def answer(self, subject: Subject, reference: Json | None) -> Answered:
        """Raises OracleError."""
        alpha = self.tensor(subject.ground.species)
        mean = np.trace(alpha) / 3
        std = spread(subject, self.n_conformers, lambda s: np.trace(self.tensor(s)) / 3, mean)
        return Answered({"polarizability": (float(mean), float(std))}, {"tensor": alpha.tolist()})

    def tensor(self, species: Species) -> NDArray[np.float64]:
        """The symmetric tensor, `3 x 3`, bohr^3; raises OracleError."""
        fields = self.field_au * np.eye(3)
        rows = [
            self.engine.dipole_in_field(species, field)
            - self.engine.dipole_in_field(species, -field)
            for field in fields
        ]
        alpha = np.array(rows) / (2 * self.field_au)
        return np.asarray((alpha + alpha.T) / 2)
