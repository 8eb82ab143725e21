"""Chelation: what a ligand gains by holding a metal ion with several donors.

M(H2O)6 + L -> M(H2O)(6-n) L + n H2O,
dE = E[M(H2O)(6-n) L] + n E[H2O] - E[M(H2O)6] - E[L], all in solution, the lowest over n and sets of
donors. An energy, not a free energy: the gain of entropy of the n - 1 further waters is not in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from molecules import VOCABULARY, Quantity, Status
from oracles.base import Json, OracleError
from oracles.recipes.base import Answered, Subject
from oracles.recipes.bites import find_bites
from oracles.recipes.exchange import Balance, Exchange, as_json, none_left


@dataclass(frozen=True)
class Chelation:
    """The chelate exchange energy of Zn2+ (kcal/mol), a minimum over sets of donors and starts."""

    exchange: Exchange
    """How complexes are searched and balanced."""
    n_bites: int = 3

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """zn_chelate_energy."""
        return (VOCABULARY["zn_chelate_energy"],)

    @property
    def method(self) -> str:
        """Level of theory and search."""
        metal = self.exchange.search.metal
        return f"{self.exchange.engine.name}, {metal}(H2O)(6-n)L, best of {self.n_bites} bites"

    @property
    def version(self) -> str:
        """Program and version."""
        return self.exchange.version

    def reference(self, seed: int) -> Json:
        """Energies (eV) of the aqua ion and of water."""
        return self.exchange.reference(seed)

    def answer(self, subject: Subject, reference: Json | None) -> Answered:
        """Raises OracleError; `not_applicable` for a molecule that can hold no ion twice."""
        assert reference is not None
        return self.answered(*self.found(subject, reference))

    def answered(self, found: Sequence[Balance], rejected: Counter[Status]) -> Answered:
        """The lowest energy and what is worth remembering of what `found` found."""
        best = min(found, key=lambda balance: balance.energy)
        others = [{"donors": list(b.best.donors), "energy": b.energy, "std": b.std} for b in found]
        details = {**best.details(), "bites": others, "rejected": as_json(rejected)}
        return Answered({"zn_chelate_energy": (best.energy, best.std)}, details)

    def found(self, subject: Subject, reference: Json) -> tuple[list[Balance], Counter[Status]]:
        """One balance a bite that closed, at least one, and why starts were not accepted.

        Raises:
            OracleError: `not_applicable` where there is no bite, or none that the force field can
                close around the metal; else why most starts were not accepted.
        """
        bites = find_bites(subject.molecule, self.n_bites)
        if not bites:
            raise OracleError(
                Status.NOT_APPLICABLE, f"{subject.molecule} has no two donors that close a ring"
            )
        found: list[Balance] = []
        rejected: Counter[Status] = Counter()
        for bite in bites:
            accepted, lost = self.exchange.search.chelates(subject, bite)
            rejected += lost
            if accepted:
                found.append(self.exchange.balance(subject, accepted, reference))
        if not found and not rejected:
            raise OracleError(
                Status.NOT_APPLICABLE,
                f"none of the bites of {subject.molecule} closes: no start could be built",
            )
        if not found:
            raise none_left(rejected)
        return found, rejected
