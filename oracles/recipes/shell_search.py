"""ShellSearch: the relaxed complexes of one ligand at a metal ion, lowest energy first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from itertools import cycle, islice
from operator import itemgetter
from typing import ClassVar

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from molecules import Status
from molecules.geometry import conformers
from oracles.base import OracleError
from oracles.engines.base import Engine, Species
from oracles.recipes.base import Subject
from oracles.recipes.claw import Claw, claws
from oracles.recipes.donors import Donor, find_donors, partial_charges
from oracles.recipes.shell import Shell
from oracles.recipes.start import build, build_chelate, free_direction

Charges = NDArray[np.float64]
Start = tuple[float, Shell, Shell]
"""Energy (eV) so far, the start as it was built, and where it is by now."""
ENERGY = itemgetter(0)
"""Of a start."""
ATTEMPTS_PER_START = 5
"""Not every arrangement of the waters has room."""


@dataclass(frozen=True)
class Complex:
    """A relaxed complex that was accepted."""

    shell: Shell
    energy_ev: float


@dataclass(frozen=True)
class ShellSearch:
    """A search in two generations over donors, conformers and arrangements of the waters.

    First, `n_built` starts a donor on the relaxed conformers, ranked by single points, the best
    `n_short` relaxed a little, and of these the best `n_full` a donor, but `most_full` in all,
    relaxed whatever their donor. Then the waters of the best `n_parents` complexes are drawn
    again, `n_redrawn` times each, and the best `n_again` of these relaxed. The best `n_tight` of
    both are relaxed to the end. What came apart is not counted.
    """

    PROTOCOL: ClassVar[int] = 2
    """2: claws that leave room for the waters."""
    surface: Engine
    """Relaxes the complexes. Loose thresholds are enough, and save a third of the time."""
    metal: str = "Zn"
    metal_charge: int = 2
    n_shapes: int = 16
    """Conformers of the force field, besides the relaxed ones."""
    n_claws: int = 8
    """Claws of the force field that chelates are built on."""
    n_built: int = 24
    n_short: int = 8
    short_steps: int = 15
    n_full: int = 6
    most_full: int = 8
    n_parents: int = 3
    n_redrawn: int = 8
    n_again: int = 5
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

    def __post_init__(self) -> None:
        if not 4 <= self.n_full <= min(self.n_short, self.most_full) <= self.n_built:
            raise ValueError(
                f"got n_built={self.n_built}, n_short={self.n_short}, n_full={self.n_full}, "
                f"most_full={self.most_full}; expected at least four full starts per donor, "
                "and at most as many as short ones or built ones"
            )

    def species(self, subject: Subject, shell: Shell) -> Species:
        """The complex as the engines take it."""
        ground = subject.ground.species
        return Species(shell.atoms, ground.charge + self.metal_charge, ground.unpaired)

    def complexes(self, subject: Subject, effort: int = 1) -> tuple[list[Complex], Counter[Status]]:
        """Accepted complexes, lowest energy first, and why the others were not.

        Where both are empty, no start could be built.

        Args:
            subject: the ligand.
            effort: multiplies every number of starts.

        Raises:
            OracleError: `not_applicable`, the ligand has no donor atom.
        """
        donors = find_donors(subject.molecule)
        if not donors:
            raise OracleError(
                Status.NOT_APPLICABLE, f"{subject.molecule} has no atom that binds {self.metal}"
            )
        rejected: Counter[Status] = Counter()
        charges = partial_charges(subject.molecule)
        shapes = self._shapes(subject)
        screened = [
            start
            for donor in donors
            for start in self._first(subject, donor, shapes, charges, effort, rejected)
        ]
        n_full = effort * min(self.n_full * len(donors), self.most_full)
        accepted = self._searched(subject, screened, n_full, charges, effort, rejected)
        return accepted, rejected

    def chelates(
        self, subject: Subject, bite: Sequence[Donor]
    ) -> tuple[list[Complex], Counter[Status]]:
        """Accepted complexes in which all donors of `bite` hold the metal, and why others did not.

        Claws of the force field take the place of conformers; all else is done as for one donor.
        Where both are empty, no start could be built.
        """
        rejected: Counter[Status] = Counter()
        charges = partial_charges(subject.molecule)
        donors = [donor.atom for donor in bite]
        random = np.random.default_rng([subject.seed, *donors])
        found = claws(subject.molecule, donors, self.n_claws, subject.seed)
        starts = self._clawed(donors, found, charges, random)
        screened = list(self._screened(subject, starts, 1, rejected))
        accepted = self._searched(subject, screened, self.n_full, charges, 1, rejected)
        return accepted, rejected

    def _searched(
        self,
        subject: Subject,
        screened: Sequence[Start],
        n_full: int,
        charges: Charges,
        effort: int,
        rejected: Counter[Status],
    ) -> list[Complex]:
        """Both generations of full relaxations, lowest energy first."""
        accepted = self._accepted(subject, nsmallest(n_full, screened, key=ENERGY), rejected)
        second = self._second(subject, accepted, charges, effort, rejected)
        redrawn = nsmallest(effort * self.n_again, second, key=ENERGY)
        accepted += self._accepted(subject, redrawn, rejected)
        accepted.sort(key=lambda c: c.energy_ev)
        n_tight = effort * self.n_tight
        accepted[:n_tight] = [self._tightened(subject, c) for c in accepted[:n_tight]]
        return sorted(accepted, key=lambda c: c.energy_ev)

    def _shapes(self, subject: Subject) -> list[Atoms]:
        """Conformers to build on: relaxed ones, and others that need not be low by themselves.

        What binds best is often not what is lowest alone, because the relaxed conformers are
        closed by hydrogen bonds within the ligand.
        """
        others = conformers(subject.molecule, self.n_shapes, seed=subject.seed)
        return [o.species.atoms for o in subject.conformers] + others

    def _first(
        self,
        subject: Subject,
        donor: Donor,
        shapes: Sequence[Atoms],
        charges: Charges,
        effort: int,
        rejected: Counter[Status],
    ) -> Iterator[Start]:
        """The best starts on one donor, relaxed a little."""
        random = np.random.default_rng([subject.seed, donor.atom])
        starts = self._built(donor, shapes, charges, effort * self.n_built, random)
        yield from self._screened(subject, starts, effort, rejected)

    def _screened(
        self, subject: Subject, starts: Iterable[Shell], effort: int, rejected: Counter[Status]
    ) -> Iterator[Start]:
        """Of these starts the best by single points, relaxed a little."""
        built = self._ranked(subject, starts, rejected)
        for _, start, _ in nsmallest(effort * self.n_short, built, key=ENERGY):
            try:
                species = self.species(subject, start)
                found = self.surface.optimise(species, self.loose_fmax, self.short_steps)
            except OracleError as error:
                rejected[error.status] += 1
                continue
            yield found.energy_ev, start, start.relaxed(found.species.atoms.positions)

    def _built(
        self,
        donor: Donor,
        shapes: Sequence[Atoms],
        charges: Charges,
        n: int,
        random: np.random.Generator,
    ) -> Iterator[Shell]:
        n_built = 0
        for attempt in range(ATTEMPTS_PER_START * n):
            ligand = shapes[attempt % len(shapes)]
            direction = free_direction(ligand, donor.atom, self.tilt, random)
            n_caps = 1 + attempt % self.n_caps
            start = build(self.metal, ligand, donor.atom, direction, charges, n_caps, random)
            if start is not None:
                n_built += 1
                yield start
            if n_built == n:
                return

    def _clawed(
        self,
        donors: Sequence[int],
        found: Sequence[Claw],
        charges: Charges,
        random: np.random.Generator,
    ) -> Iterator[Shell]:
        """The first starts that have room for their waters, on one claw after the other."""
        attempts = zip(range(ATTEMPTS_PER_START * self.n_built), cycle(found), strict=False)
        drawn = (
            build_chelate(
                self.metal, claw.ligand, claw.center, donors, charges, 1 + k % self.n_caps, random
            )
            for k, claw in attempts
        )
        return islice((start for start in drawn if start is not None), self.n_built)

    def _second(
        self,
        subject: Subject,
        parents: Sequence[Complex],
        charges: Charges,
        effort: int,
        rejected: Counter[Status],
    ) -> Iterator[Start]:
        """The ligands of the best complexes, as they lie there, with waters drawn again."""
        random = np.random.default_rng([subject.seed, len(parents)])
        lowest = sorted(parents, key=lambda c: c.energy_ev)[: self.n_parents]
        redrawn = (
            self._redrawn(parent.shell, charges, 1 + k % self.n_caps, random)
            for parent in lowest
            for k in range(effort * self.n_redrawn)
        )
        return self._ranked(subject, (start for start in redrawn if start is not None), rejected)

    def _redrawn(
        self, shell: Shell, charges: Charges, n_caps: int, random: np.random.Generator
    ) -> Shell | None:
        ligand, donors = shell.ligand, shell.donors
        if len(donors) == 1:
            direction = shell.direction
            return build(self.metal, ligand, donors[0], direction, charges, n_caps, random)
        center = shell.atoms.positions[0]
        return build_chelate(self.metal, ligand, center, donors, charges, n_caps, random)

    def _ranked(
        self, subject: Subject, starts: Iterable[Shell], rejected: Counter[Status]
    ) -> Iterator[Start]:
        """Starts with their single-point energies; those that the engine refuses are counted."""
        for start in starts:
            try:
                yield self.surface.energy(self.species(subject, start)), start, start
            except OracleError as error:
                rejected[error.status] += 1

    def _accepted(
        self, subject: Subject, starts: Iterable[Start], rejected: Counter[Status]
    ) -> list[Complex]:
        """Relax the starts; count what converged and held together, and what did not."""
        accepted = []
        for _, start, partly in starts:
            try:
                accepted.append(self._relaxed(subject, start, partly, self.loose_fmax))
            except OracleError as error:
                rejected[error.status] += 1
        return accepted

    def _tightened(self, subject: Subject, loose: Complex) -> Complex:
        try:
            return self._relaxed(subject, loose.shell, loose.shell, self.fmax)
        except OracleError:
            return loose  # what comes apart on the last bit was a complex until then

    def _relaxed(self, subject: Subject, start: Shell, partly: Shell, fmax: float) -> Complex:
        """Raises OracleError where the complex does not converge or comes apart."""
        found = self.surface.optimise(self.species(subject, partly), fmax, self.steps)
        after = start.relaxed(found.species.atoms.positions)
        if found.largest_force > self.loose_fmax:
            raise OracleError(Status.NOT_CONVERGED, f"forces of {found.largest_force:.3f}")
        if not after.is_intact(start):
            raise OracleError(Status.REARRANGED, "a bond was broken or formed")
        if not after.has_bound_donors():
            raise OracleError(Status.DONOR_LOST, "a donor left the first shell")
        return Complex(after, found.energy_ev)
