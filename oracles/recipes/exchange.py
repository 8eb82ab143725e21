"""Exchange: what it costs or gains a ligand to take the place of one water at a metal ion.

M(H2O)6 + L -> M(H2O)5 L + H2O,  dE = E[M(H2O)5 L] + E[H2O] - E[M(H2O)6] - E[L], all in solution.
Never from the bare ion: at this level its energy means nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from ase.units import kcal, mol

from molecules import VOCABULARY, Molecule, Quantity, Status
from oracles.base import Json, OracleError
from oracles.engines.base import Engine, Optimised, Species
from oracles.recipes.base import Answered, Subject
from oracles.recipes.bonds import has_same_bonds
from oracles.recipes.donors import Donor, find_donors, partial_charges
from oracles.recipes.ground import GroundState, to_json
from oracles.recipes.shell import N_WATERS, Shell, build

WATER = Molecule("O")
REFERENCE_EFFORT = 3
"""The aqua ion is searched with this many times the starts of a molecule, once."""
RESAMPLES = 500


@dataclass(frozen=True)
class Complex:
    """A relaxed complex that was accepted."""

    shell: Shell
    energy_ev: float


@dataclass(frozen=True)
class Exchange:
    """The exchange energy of Zn2+ (kcal/mol), a minimum over donors, conformers and starts.

    Per donor, `n_built` starts are built on the relaxed conformers and ranked by single points,
    the best `n_short` relaxed a little. Of these the best `n_full` per donor, but `most_full` in
    all, are relaxed loosely, whatever their donor, and the best `n_tight` of those to the end.
    What came apart is not counted.

    The ligand is searched as widely as the complex: as it lies in the best complexes it is
    relaxed alone, and the lowest energy known is E[L].
    """

    engine: Engine
    """Gives every energy that enters the result."""
    search: Engine
    """Relaxes the complexes; the same surface with looser thresholds saves a third of the time."""
    metal: str = "Zn"
    metal_charge: int = 2
    n_built: int = 20
    n_short: int = 10
    short_steps: int = 15
    n_full: int = 8
    most_full: int = 12
    n_tight: int = 3
    loose_fmax: float = 0.05
    """eV/angstrom; a complex with larger forces is not converged."""
    fmax: float = 0.02
    """eV/angstrom, where the relaxation of the best ends."""
    steps: int = 300
    n_caps: int = 12
    """Arrangements of the waters that are drawn for a start: 1, 2, ... this many, in turn."""
    tilt: float = 0.3
    """Radian; how far starts scatter around the least crowded direction of the donor."""
    n_stripped: int = 2
    smallest_std: float = 0.5
    """kcal/mol; floor of the standard error."""
    single_std: float = 3.0
    """kcal/mol; standard error where one start alone was accepted."""

    def __post_init__(self) -> None:
        if not 4 <= self.n_full <= min(self.n_short, self.most_full) <= self.n_built:
            raise ValueError(
                f"got n_built={self.n_built}, n_short={self.n_short}, n_full={self.n_full}, "
                f"most_full={self.most_full}; expected at least four full starts per donor, "
                "and at most as many as short ones or built ones"
            )

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """zn_exchange_energy."""
        return (VOCABULARY["zn_exchange_energy"],)

    @property
    def method(self) -> str:
        """Level of theory and search."""
        starts = f"{self.n_full} to {self.most_full} starts"
        return f"{self.engine.name}, {self.metal}(H2O)5L, best of {starts}"

    @property
    def version(self) -> str:
        """Program and version."""
        return self.engine.version

    def reference(self, seed: int) -> Json:
        """Energies (eV) of the aqua ion and of water: {aqua_ev, water_ev}."""
        water = GroundState(self.engine, n_conformers=1, fmax=0.005).relax(WATER, seed)
        subject = Subject(WATER, water, seed)
        accepted, rejected = self._complexes(subject, REFERENCE_EFFORT)
        if not accepted:
            raise OracleError(Status.NOT_CONVERGED, f"no aqua ion was accepted: {dict(rejected)}")
        return {"aqua_ev": accepted[0].energy_ev, "water_ev": water[0].energy_ev}

    def answer(self, subject: Subject, reference: Json | None) -> Answered:
        """Raises OracleError; `not_applicable` for a molecule without a donor atom."""
        assert reference is not None
        accepted, rejected = self._complexes(subject)
        if not accepted:
            status, n = rejected.most_common(1)[0]
            raise OracleError(status, f"{n} of {rejected.total()} starts: {status}; none was left")
        ligand = self._lowest_ligand(subject, accepted)
        offset = reference["water_ev"] - reference["aqua_ev"] - ligand.energy_ev
        energies = (np.array([c.energy_ev for c in accepted]) + offset) * mol / kcal
        std = self._standard_error(energies, subject.seed)
        best = accepted[0].shell
        details = {
            "coordination_number": best.n_waters + best.denticity,
            "waters_lost": N_WATERS - best.n_waters,
            "denticity": best.denticity,
            "donor": best.donor,
            "accepted": energies.tolist(),
            "rejected": {str(status): n for status, n in rejected.items()},
            "complex": {
                "numbers": best.atoms.numbers.tolist(),
                "positions": best.atoms.positions.tolist(),
            },
            "ligand": to_json([ligand]),
        }
        return Answered({"zn_exchange_energy": (float(energies[0]), std)}, details)

    def _complexes(
        self, subject: Subject, effort: int = 1
    ) -> tuple[list[Complex], Counter[Status]]:
        """Accepted complexes, lowest energy first, and why the others were not."""
        donors = find_donors(subject.molecule)
        if not donors:
            raise OracleError(
                Status.NOT_APPLICABLE, f"{subject.molecule} has no atom that binds {self.metal}"
            )
        screened = [found for donor in donors for found in self._screened(subject, donor, effort)]
        screened.sort(key=lambda found: found[0])
        accepted: list[Complex] = []
        rejected: Counter[Status] = Counter()
        n_full = min(self.n_full * len(donors), self.most_full)
        for _, start, partly in screened[: effort * n_full]:
            try:
                accepted.append(self._relaxed(subject, start, partly, self.loose_fmax))
            except OracleError as error:
                rejected[error.status] += 1
        if not screened:
            rejected[Status.DONOR_LOST] += 1
        accepted.sort(key=lambda c: c.energy_ev)
        for k, loose in enumerate(accepted[: effort * self.n_tight]):
            try:
                tight = self._relaxed(subject, loose.shell, loose.shell, self.fmax)
            except OracleError:
                continue  # what comes apart on the last bit was a complex until then
            accepted[k] = min(loose, tight, key=lambda c: c.energy_ev)
        return sorted(accepted, key=lambda c: c.energy_ev), rejected

    def _screened(
        self, subject: Subject, donor: Donor, effort: int
    ) -> Iterator[tuple[float, Shell, Shell]]:
        """Energy (eV) after a short relaxation, the start, and where it then was."""
        built = []
        for start in self._built(subject, donor, effort):
            try:
                built.append((self.search.energy(self._species(subject, start)), start))
            except OracleError:
                continue  # a start that the engine refuses is none
        built.sort(key=lambda found: found[0])
        for _, start in built[: effort * self.n_short]:
            try:
                found = self.search.optimise(
                    self._species(subject, start), self.loose_fmax, self.short_steps
                )
            except OracleError:
                continue
            yield found.energy_ev, start, start.relaxed(found.species.atoms.positions)

    def _built(self, subject: Subject, donor: Donor, effort: int) -> Iterator[Shell]:
        random = np.random.default_rng([subject.seed, donor.atom])
        charges = partial_charges(subject.molecule)
        conformers = subject.conformers
        n = 0
        for attempt in range(5 * effort * self.n_built):
            ligand = conformers[attempt % len(conformers)].species.atoms
            start = build(
                self.metal,
                ligand,
                donor.atom,
                charges,
                self.tilt,
                1 + attempt % self.n_caps,
                random,
            )
            if start is not None:
                n += 1
                yield start
            if n == effort * self.n_built:
                return

    def _relaxed(self, subject: Subject, start: Shell, partly: Shell, fmax: float) -> Complex:
        """Raises OracleError where the complex does not converge or comes apart."""
        found = self.search.optimise(self._species(subject, partly), fmax, self.steps)
        after = start.relaxed(found.species.atoms.positions)
        if found.largest_force > self.loose_fmax:
            raise OracleError(Status.NOT_CONVERGED, f"forces of {found.largest_force:.3f}")
        if not after.is_intact(start):
            raise OracleError(Status.REARRANGED, "a bond was broken or formed")
        if not after.has_bound_donor():
            raise OracleError(Status.DONOR_LOST, "the donor left the first shell")
        return Complex(after, self.engine.energy(found.species))

    def _species(self, subject: Subject, shell: Shell) -> Species:
        ground = subject.ground.species
        return Species(shell.atoms, ground.charge + self.metal_charge, ground.unpaired)

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

    def _standard_error(
        self, energies: np.ndarray[tuple[int], np.dtype[np.float64]], seed: int
    ) -> float:
        """Bootstrap standard error of the minimum (kcal/mol), not below the floor."""
        if len(energies) == 1:
            return self.single_std
        random = np.random.default_rng([seed, len(energies)])
        picks = random.integers(len(energies), size=(RESAMPLES, len(energies)))
        return max(self.smallest_std, float(energies[picks].min(axis=1).std()))
