"""Composite: the energy of one engine in the gas phase, brought into solution by another."""

from __future__ import annotations

from dataclasses import dataclass

from molecules import Status
from oracles.base import Json, OracleError
from oracles.engines.base import Engine, Optimised, SinglePoint, Species


@dataclass(frozen=True)
class Composite:
    """E = E_vacuum(gas) + E_solution - E_gas, all three at one geometry.

    `vacuum` gives the bonds, and the other two, which differ in the solvent alone, what the
    solvent adds to them: a density functional in the gas phase and GFN2-xTB with ALPB and
    without. It has energies only: no orbitals, and no forces to relax by.
    """

    vacuum: Engine
    solution: Engine
    gas: Engine

    @property
    def name(self) -> str:
        """The three levels of theory."""
        return f"{self.vacuum.name} + [{self.solution.name} - {self.gas.name}]"

    @property
    def version(self) -> str:
        """Programs and versions."""
        versions = (self.vacuum.version, self.solution.version, self.gas.version)
        return ", ".join(dict.fromkeys(versions))

    @property
    def settings(self) -> Json:
        """The settings of the three."""
        return {
            "vacuum": self.vacuum.settings,
            "solution": self.solution.settings,
            "gas": self.gas.settings,
        }

    def energy(self, species: Species) -> float:
        """Energy, eV; the two cheap ones first, because they refuse sooner; raises OracleError."""
        solvation_ev = self.solution.energy(species) - self.gas.energy(species)
        return self.vacuum.energy(species) + solvation_ev

    def single_point(self, species: Species) -> SinglePoint:
        """Raises OracleError: `unsupported`, a sum of three methods has no orbitals."""
        raise OracleError(Status.UNSUPPORTED, f"{self.name} has no orbitals, only energies")

    def optimise(self, species: Species, fmax: float, steps: int) -> Optimised:
        """Raises OracleError: `unsupported`, relax with one of the three."""
        raise OracleError(Status.UNSUPPORTED, f"{self.name} has no forces, only energies")
