"""Hydration: the free energy of bringing a molecule from the gas into water."""

from __future__ import annotations

from dataclasses import dataclass

from ase.units import kcal, mol

from molecules import VOCABULARY, Quantity, Status
from oracles.base import Json, OracleError
from oracles.engines.base import Engine
from oracles.recipes.base import Answered, Subject


@dataclass(frozen=True)
class Hydration:
    """G(solution) - G(gas) at one geometry, 1 M to 1 M, kcal/mol.

    Neutral molecules only. A zwitterion has no net charge, but no gas phase either: its number
    would be that of a species that does not exist, so it is `not_applicable` like an ion.
    """

    solution: Engine
    gas: Engine

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
        species = subject.ground.species
        difference_ev = self.solution.energy(species) - self.gas.energy(species)
        hydration = difference_ev * mol / kcal
        values = {"hydration_free_energy": (hydration, 0.0)}
        if not subject.molecule.n_heavy:
            none = (str(Status.NOT_APPLICABLE), "a molecule of hydrogen alone has no heavy atom")
            return Answered(values, refused={"hydration_per_heavy_atom": none})
        per_heavy = hydration / subject.molecule.n_heavy
        return Answered({**values, "hydration_per_heavy_atom": (per_heavy, 0.0)})
