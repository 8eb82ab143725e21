"""Exchange: what it costs or gains a ligand to take the place of one water at a metal ion.

M(H2O)6 + L -> M(H2O)5 L + H2O,  dE = E[M(H2O)5 L] + E[H2O] - E[M(H2O)6] - E[L], all in solution.
Never from the bare ion: at this level its energy means nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase.units import kcal, mol
from numpy.typing import NDArray

from molecules import VOCABULARY, Molecule, Quantity, Status
from oracles.base import Json, OracleError
from oracles.engines.base import Engine, Optimised
from oracles.recipes.base import Answered, Subject
from oracles.recipes.bonds import has_same_bonds
from oracles.recipes.ground import GroundState, to_json
from oracles.recipes.shell import SITES, Shell
from oracles.recipes.shell_search import Complex, ShellSearch

WATER = Molecule("O")
REFERENCE_EFFORT = 3
"""The aqua ion is searched with this many times the starts of a molecule, once."""
RESAMPLES = 500


@dataclass(frozen=True)
class Balance:
    """The energies of one reaction with the ion, lowest first, and the structures of the lowest."""

    energies: tuple[float, ...]
    """kcal/mol, of every accepted complex."""
    std: float
    """Standard error of the lowest, kcal/mol."""
    best: Shell
    ligand: Optimised

    def details(self) -> Json:
        """What is worth remembering, as JSON."""
        best = self.best
        return {
            "coordination_number": best.n_waters + best.denticity,
            "waters_lost": SITES - len(best.donors) - best.n_waters,
            "denticity": best.denticity,
            "donors": list(best.donors),
            "accepted": list(self.energies),
            "complex": {
                "numbers": best.atoms.numbers.tolist(),
                "positions": best.atoms.positions.tolist(),
            },
            "ligand": to_json([self.ligand]),
        }


def none_left(rejected: Counter[Status]) -> OracleError:
    """The failure of a search that accepted nothing: its most frequent cause."""
    status, n = rejected.most_common(1)[0]
    return OracleError(status, f"{n} of {rejected.total()} starts: {status}; none was left")


def as_json(rejected: Counter[Status]) -> Json:
    """Why starts were not accepted, and how many."""
    return {str(status): n for status, n in rejected.items()}


@dataclass(frozen=True)
class Exchange:
    """The exchange energy of Zn2+ (kcal/mol), a minimum over donors, conformers and starts.

    The ligand is searched as widely as the complex: as it lies in the best complexes it is
    relaxed alone, and the lowest energy known is E[L].
    """

    engine: Engine
    """Gives every energy that enters the result."""
    search: ShellSearch
    n_stripped: int = 2
    fmax: float = 0.02
    """eV/angstrom, where the relaxation of a stripped ligand ends."""
    steps: int = 300
    smallest_std: float = 0.5
    """kcal/mol; floor of the standard error."""
    single_std: float = 3.0
    """kcal/mol; standard error where one start alone was accepted."""

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """zn_exchange_energy."""
        return (VOCABULARY["zn_exchange_energy"],)

    @property
    def method(self) -> str:
        """Level of theory and search."""
        starts = f"{self.search.n_full} to {self.search.most_full} starts and their kin"
        return f"{self.engine.name}, {self.search.metal}(H2O)5L, best of {starts}"

    @property
    def version(self) -> str:
        """Program and version."""
        return self.engine.version

    def reference(self, seed: int) -> Json:
        """Energies (eV) of the aqua ion and of water: {aqua_ev, water_ev}."""
        water = GroundState(self.engine, n_conformers=1, fmax=0.005).relax(WATER, seed)
        subject = Subject(WATER, water, seed)
        accepted, rejected = self.search.complexes(subject, REFERENCE_EFFORT)
        if not accepted:
            raise OracleError(Status.NOT_CONVERGED, f"no aqua ion was accepted: {dict(rejected)}")
        aqua_ev = self.engine.energy(self.search.species(subject, accepted[0].shell))
        return {"aqua_ev": aqua_ev, "water_ev": water[0].energy_ev}

    def answer(self, subject: Subject, reference: Json | None) -> Answered:
        """Raises OracleError; `not_applicable` for a molecule without a donor atom."""
        assert reference is not None
        accepted, rejected = self.search.complexes(subject)
        if not accepted:
            raise none_left(rejected)
        found = self.balance(subject, accepted, reference)
        details = {**found.details(), "rejected": as_json(rejected)}
        return Answered({"zn_exchange_energy": (found.energies[0], found.std)}, details)

    def balance(
        self, subject: Subject, accepted: Sequence[Complex], reference: Json
    ) -> Balance:
        """Both sides of the reaction, from complexes that all hold the same number of waters."""
        ligand = self._lowest_ligand(subject, accepted)
        n_released = len(accepted[0].shell.donors)
        offset = n_released * reference["water_ev"] - reference["aqua_ev"] - ligand.energy_ev
        absolute = [self.engine.energy(self.search.species(subject, c.shell)) for c in accepted]
        energies = np.sort(np.array(absolute) + offset) * mol / kcal
        return Balance(
            tuple(energies.tolist()),
            self._standard_error(energies, subject.seed),
            accepted[int(np.argmin(absolute))].shell,
            ligand,
        )

    def _lowest_ligand(self, subject: Subject, accepted: Sequence[Complex]) -> Optimised:
        """The lowest E[L] known: of the conformers, or of a ligand taken out of a complex."""
        lowest = subject.ground
        for found in accepted[: self.n_stripped]:
            stripped = lowest.species.moved(found.shell.ligand.positions)
            relaxed = self.engine.optimise(stripped, self.fmax, self.steps)
            is_same = has_same_bonds(lowest.species.atoms, relaxed.species.atoms)
            if is_same and relaxed.has_converged and relaxed.energy_ev < lowest.energy_ev:
                lowest = relaxed
        return lowest

    def _standard_error(self, energies: NDArray[np.float64], seed: int) -> float:
        """Bootstrap standard error of the minimum (kcal/mol), not below the floor."""
        if len(energies) == 1:
            return self.single_std
        random = np.random.default_rng([seed, len(energies)])
        picks = random.integers(len(energies), size=(RESAMPLES, len(energies)))
        return max(self.smallest_std, float(energies[picks].min(axis=1).std()))
