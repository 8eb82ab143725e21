"""TwoLevel: energies of one engine on the geometries that another one finds, A//B."""

from __future__ import annotations

from dataclasses import dataclass, replace

from oracles.base import Json
from oracles.engines.base import Engine, Optimised, SinglePoint, Species


@dataclass(frozen=True)
class TwoLevel:
    """A//B: structures are relaxed by B, the cheap level, and every energy is a single point of A.

    What makes adiabatic energies of a density functional affordable; the forces that an
    optimisation reports are those of B, on whose surface the structure is a minimum.
    """

    energies: Engine
    geometries: Engine

    @property
    def name(self) -> str:
        """Both levels of theory, such as `pbe0-d4/def2-svpd/SMD(water)//GFN2-xTB/ALPB(water)`."""
        return f"{self.energies.name}//{self.geometries.name}"

    @property
    def version(self) -> str:
        """Programs and versions."""
        return ", ".join(dict.fromkeys((self.energies.version, self.geometries.version)))

    @property
    def settings(self) -> Json:
        """The settings of both."""
        return {"energies": self.energies.settings, "geometries": self.geometries.settings}

    def energy(self, species: Species) -> float:
        """Energy of A, eV; raises OracleError."""
        return self.energies.energy(species)

    def single_point(self, species: Species) -> SinglePoint:
        """Energy, orbitals and dipole of A; raises OracleError."""
        return self.energies.single_point(species)

    def optimise(self, species: Species, fmax: float, steps: int) -> Optimised:
        """Relax by B, then the energy of A at the structure found; raises OracleError."""
        found = self.geometries.optimise(species, fmax, steps)
        return replace(found, energy_ev=self.energies.energy(found.species))
