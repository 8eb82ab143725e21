"""Exchange: what it costs or gains a ligand to take the place of one water at a metal ion.

M(H2O)6 + L -> M(H2O)5 L + H2O,  dE = E[M(H2O)5 L] + E[H2O] - E[M(H2O)6] - E[L], all in solution.
Never from the bare ion: at this level its energy means nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from ase.units import kcal, mol
from numpy.typing import NDArray

from molecules import VOCABULARY, Molecule, Quantity, Status
from oracles.base import Json, OracleError
from oracles.engines.base import Engine, Optimised, Species
from oracles.recipes.base import Answered, Subject
from oracles.recipes.bonds import has_same_bonds
from oracles.recipes.ground import GroundState, to_json
from oracles.recipes.shell import Shell
from oracles.recipes.shell_search import Complex, ShellSearch
from oracles.recipes.trial import try_each

WATER = Molecule("O")
REFERENCE_EFFORT = 3
"""The aqua ion is searched with this many times the starts of a molecule, once."""
RESAMPLES = 500
SAME_EV, SAME_ANGSTROM = 2e-3, 0.05
"""Structures that differ by less, in energy and in every distance, are one that was found twice."""


@dataclass(frozen=True)
class Balance:
    """The energy of one reaction with the ion, and the structures that it belongs to."""

    energy: float
    """kcal/mol."""
    std: float
    """Its standard error, kcal/mol."""
    accepted: tuple[float, ...]
    """kcal/mol, of every accepted complex, lowest first."""
    best: Shell
    ligand: Optimised

    def details(self) -> Json:
        """What is worth remembering, as JSON."""
        best = self.best
        return {
            "coordination_number": best.n_waters + best.denticity,
            "waters_lost": best.n_placed - best.n_waters,
            "denticity": best.denticity,
            "donors": list(best.donors),
            "accepted": list(self.accepted),
            "complex": {
                "numbers": best.atoms.numbers.tolist(),
                "positions": best.atoms.positions.tolist(),
            },
            "ligand": to_json([self.ligand]),
        }


def none_left(rejected: Counter[Status]) -> OracleError:
    """The failure of a search that accepted nothing: its most frequent cause."""
    if not rejected:
        return OracleError(Status.UNSUPPORTED, "no start could be built")
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

    Where a `refiner` is given, the engine only says which structures are lowest. The refiner
    computes `n_refined` of them on each side of the equation, at the geometry that they have,
    and the lowest of its energies enter the result. A structure that it cannot compute is left out
    while another of that side is left.
    """

    engine: Engine
    """Relaxes the ligand and ranks what the search found; gives every energy that enters the
    result where there is no refiner."""
    search: ShellSearch
    refiner: Engine | None = None
    """A better and dearer engine, which is asked for energies alone."""
    n_refined: int = 3
    """Complexes, and ligands, that the refiner computes; unused without one."""
    n_stripped: int = 2
    fmax: float = 0.02
    """eV/angstrom, where the relaxation of a stripped ligand ends."""
    steps: int = 300
    smallest_std: float = 0.5
    """kcal/mol; floor of the standard error."""
    single_std: float = 3.0
    """kcal/mol; standard error where one start alone was accepted."""

    def __post_init__(self) -> None:
        if self.n_refined < 1:
            raise ValueError(f"got n_refined={self.n_refined}, expected at least 1")

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """zn_exchange_energy."""
        return (VOCABULARY["zn_exchange_energy"],)

    @property
    def method(self) -> str:
        """Level of theory and search."""
        starts = f"{self.search.n_full} to {self.search.most_full} starts and their kin"
        shell = f"{self.engine.name}, {self.search.metal}(H2O)5L, best of {starts}"
        if self.refiner is None:
            return shell
        return f"{self.refiner.name} on the lowest {self.n_refined} of: {shell}"

    @property
    def version(self) -> str:
        """Programs and versions."""
        if self.refiner is None:
            return self.engine.version
        return f"{self.engine.version}, {self.refiner.version}"

    def reference(self, seed: int) -> Json:
        """Energies (eV) of the aqua ion and of water: {aqua_ev, water_ev}."""
        return self.reference_of(*self.aqua_ion(seed))

    def reference_of(self, water: Optimised, aqua: Sequence[Species]) -> Json:
        """The energies of `reference`, of structures that `aqua_ion` has found."""
        _, aqua_ev = self._lowest(aqua, [self.engine.energy(species) for species in aqua])
        _, water_ev = self._lowest([water.species], [water.energy_ev])
        return {"aqua_ev": aqua_ev, "water_ev": water_ev}

    def aqua_ion(self, seed: int) -> tuple[Optimised, list[Species]]:
        """Water, and the lowest M(H2O)6 found: one, or as many as the refiner computes."""
        water = GroundState(self.engine, n_conformers=1, fmax=0.005).relax(WATER, seed)
        subject = Subject(WATER, water, seed)
        accepted, rejected = self.search.complexes(subject, REFERENCE_EFFORT)
        if not accepted:
            raise OracleError(Status.NOT_CONVERGED, f"no aqua ion was accepted: {dict(rejected)}")
        n_aqua = 1 if self.refiner is None else self.n_refined
        return water[0], [self.search.species(subject, c.shell) for c in accepted[:n_aqua]]

    def answer(self, subject: Subject, reference: Json | None) -> Answered:
        """Raises OracleError; `not_applicable` for a molecule without a donor atom."""
        assert reference is not None
        return self.answered(*self.lowest(subject, reference))

    def answered(self, found: Balance, rejected: Counter[Status]) -> Answered:
        """The energy and what is worth remembering of what `lowest` found."""
        details = {**found.details(), "rejected": as_json(rejected)}
        return Answered({"zn_exchange_energy": (found.energy, found.std)}, details)

    def lowest(self, subject: Subject, reference: Json) -> tuple[Balance, Counter[Status]]:
        """The exchange by one donor, and why other starts were not accepted; raises OracleError."""
        accepted, rejected = self.search.complexes(subject)
        if not accepted:
            raise none_left(rejected)
        return self.balance(subject, accepted, reference), rejected

    def balance(self, subject: Subject, accepted: Sequence[Complex], reference: Json) -> Balance:
        """Both sides of the reaction, from complexes that all hold the same number of waters."""
        ligands = self._ligands(subject, accepted)
        n, ligand_ev = self._lowest([o.species for o in ligands], [o.energy_ev for o in ligands])
        complexes = [self.search.species(subject, c.shell) for c in accepted]
        energies = try_each(self.engine.energy, complexes)
        accepted, complexes = [accepted[k] for k in energies], [complexes[k] for k in energies]
        absolute = list(energies.values())
        k, complex_ev = self._lowest(complexes, absolute)
        n_released = len(accepted[0].shell.donors)
        offset = n_released * reference["water_ev"] - reference["aqua_ev"] - ligand_ev
        energy = float((complex_ev + offset) * mol / kcal)
        spread = np.sort(np.array(absolute) + offset) * mol / kcal
        return Balance(
            energy,
            self._standard_error(spread, subject.seed),
            tuple((spread - spread[0] + energy).tolist()),
            accepted[k].shell,
            ligands[n],
        )

    def _ligands(self, subject: Subject, accepted: Sequence[Complex]) -> list[Optimised]:
        """The ligand alone, lowest energy first: its conformers, and as complexes have bent it."""
        # The ground state may be another engine's: of its structures only the geometry counts.
        energies = try_each(self.engine.energy, [o.species for o in subject.conformers])
        known = [replace(subject.conformers[k], energy_ev=ev) for k, ev in energies.items()]
        for found in accepted[: self.n_stripped]:
            lowest = min(known, key=lambda o: o.energy_ev)
            stripped = lowest.species.moved(found.shell.ligand.positions)
            try:
                relaxed = self.engine.optimise(stripped, self.fmax, self.steps)
            except OracleError:
                continue  # as one that did not converge
            is_same = has_same_bonds(lowest.species.atoms, relaxed.species.atoms)
            if is_same and relaxed.has_converged:
                known.append(relaxed)
        return sorted(known, key=lambda o: o.energy_ev)

    def _lowest(self, species: Sequence[Species], energies: Sequence[float]) -> tuple[int, float]:
        """Which structure is the lowest, and its energy (eV) as it enters the result.

        Args:
            species: structures with the same atoms and charge.
            energies: of each, by the engine, eV.
        """
        order = [int(k) for k in np.argsort(energies, kind="stable")]
        if self.refiner is None:
            return order[0], energies[order[0]]
        distinct: list[int] = []
        for k in order:
            near = (j for j in distinct if energies[k] - energies[j] < SAME_EV)
            if not any(_is_twin(species[j], species[k]) for j in near):
                distinct.append(k)
        chosen = distinct[: self.n_refined]
        refined = try_each(self.refiner.energy, [species[k] for k in chosen])
        best = min(refined, key=lambda k: refined[k])
        return chosen[best], refined[best]

    def _standard_error(self, energies: NDArray[np.float64], seed: int) -> float:
        """Bootstrap standard error of the minimum (kcal/mol), not below the floor."""
        if len(energies) == 1:
            return self.single_std
        random = np.random.default_rng([seed, len(energies)])
        picks = random.integers(len(energies), size=(RESAMPLES, len(energies)))
        return max(self.smallest_std, float(energies[picks].min(axis=1).std()))


def _is_twin(one: Species, other: Species) -> bool:
    """Whether two structures of the same atoms have the same distances, whatever their order."""
    first, second = (np.sort(s.atoms.get_all_distances(), axis=None) for s in (one, other))
    return bool(np.abs(first - second).max() < SAME_ANGSTROM)
