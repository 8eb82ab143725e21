"""Orbitals: frontier orbital energies and dipole moment in solution."""

from __future__ import annotations

from dataclasses import dataclass

from molecules import VOCABULARY, Quantity
from oracles.base import Json
from oracles.engines.base import Engine
from oracles.recipes.base import Answered, Subject


@dataclass(frozen=True)
class Orbitals:
    """homo, lumo, gap = lumo - homo (eV) and dipole (D), a single point on the ground state.

    Absolute levels belong to the engine's method: compare them only within one tier.
    """

    engine: Engine

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Homo, lumo, gap, dipole."""
        return tuple(VOCABULARY[name] for name in ("homo", "lumo", "gap", "dipole"))

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
        """Raises OracleError."""
        point = self.engine.single_point(subject.ground.species)
        return Answered(
            {
                "homo": (point.homo_ev, 0.0),
                "lumo": (point.lumo_ev, 0.0),
                "gap": (point.lumo_ev - point.homo_ev, 0.0),
                "dipole": (point.dipole_debye, 0.0),
            }
        )
