"""Hydration: the free energy of bringing a molecule from the gas into water."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ase.units import kcal, mol
from numpy.typing import NDArray

from molecules import VOCABULARY, Quantity, Status
from oracles.base import Json, OracleError
from oracles.engines.base import Engine, Species
from oracles.recipes.base import Answered, Subject
from oracles.recipes.ensemble import spread


@dataclass(frozen=True)
class Hydration:
    """G(solution) - G(gas) at one geometry, 1 M to 1 M, kcal/mol.

    Neutral molecules only. A zwitterion has no net charge, but no gas phase either: its number
    would be that of a species that does not exist, so it is `not_applicable` like an ion. The std
    is the spread over low conformers, and not the method's error against experiment
    (experiments/hydration.md).
    """

    solution: Engine
    gas: Engine
    n_conformers: int = 3
    """Over which the std is taken; 1 gives 0."""

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """hydration_free_energy, in all and per heavy atom."""
        return (VOCABULARY["hydration_free_energy"], VOCABULARY["hydration_per_heavy_atom"])

    @property
    def method(self) -> str:
        """Both levels of theory."""
        return f"{self.solution.name} minus {self.gas.name}, same geometry"

    @property
    def version(self) -> str:
        """Program and version."""
        return self.solution.version

    def reference(self, seed: int) -> None:
        """Nothing to compare with."""

    def answer(self, subject: Subject, reference: Json | None) -> Answered:
        """Raises OracleError; `not_applicable` for ions and zwitterions."""
        kind = subject.molecule.charge_class
        if kind != "neutral":
            raise OracleError(
                Status.NOT_APPLICABLE, f"hydration of a neutral molecule, got: {kind}"
            )
        found = self._of(subject.ground.species)
        error = spread(subject, self.n_conformers, self._of, found)
        hydration, std = float(found[0]), float(error[0])
        values = {"hydration_free_energy": (hydration, std)}
        if not subject.molecule.n_heavy:
            none = (str(Status.NOT_APPLICABLE), "a molecule of hydrogen alone has no heavy atom")
            return Answered(values, refused={"hydration_per_heavy_atom": none})
        per_heavy = (hydration / subject.molecule.n_heavy, std / subject.molecule.n_heavy)
        return Answered({**values, "hydration_per_heavy_atom": per_heavy})

    def _of(self, species: Species) -> NDArray[np.float64]:
        """The free energy of hydration, kcal/mol, `1`."""
        difference_ev = self.solution.energy(species) - self.gas.energy(species)
        return np.array([difference_ev * mol / kcal])
