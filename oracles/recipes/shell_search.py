"""ShellSearch: the relaxed complexes of one ligand at a metal ion, lowest energy first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest
from operator import itemgetter
from typing import ClassVar

import numpy as np
from ase import Atoms

from molecules import Status
from molecules.geometry import conformers
from oracles.base import OracleError
from oracles.engines.base import Engine, Species
from oracles.recipes.base import Subject
from oracles.recipes.claw import claws
from oracles.recipes.donors import Donor, find_donors, partial_charges
from oracles.recipes.draw import Draw
from oracles.recipes.shell import Shell

Start = tuple[float, Shell, Shell]
"""Energy (eV) so far, the start as it was built, and where it is by now."""
ENERGY = itemgetter(0)
"""Of a start."""


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
        search = self._search(subject, effort)
        shapes = _shapes(subject, self.n_shapes)
        screened = [
            start
            for donor in donors
            for start in search.screened(
                search.draw.on_donor(donor.atom, shapes, effort * self.n_built, subject.seed)
            )
        ]
        accepted = search.searched(screened, min(self.n_full * len(donors), self.most_full))
        return accepted, search.rejected

    def chelates(
        self, subject: Subject, bite: Sequence[Donor]
    ) -> tuple[list[Complex], Counter[Status]]:
        """Accepted complexes in which all donors of `bite` hold the metal, and why others did not.

        Claws of the force field take the place of conformers; all else is done as for one donor.
        Where both are empty, no start could be built.
        """
        search = self._search(subject, 1)
        donors = [donor.atom for donor in bite]
        found = claws(subject.molecule, donors, self.n_claws, subject.seed)
        starts = search.draw.on_claws(donors, found, self.n_built, subject.seed)
        accepted = search.searched(search.screened(starts), self.n_full)
        return accepted, search.rejected

    def _search(self, subject: Subject, effort: int) -> _LigandSearch:
        charges = partial_charges(subject.molecule)
        return _LigandSearch(
            self, subject, effort, Draw(self.metal, charges, self.n_caps, self.tilt)
        )


def _shapes(subject: Subject, n: int) -> list[Atoms]:
    """Conformers to build on: relaxed ones, and others that need not be low by themselves.

    What binds best is often not what is lowest alone, because the relaxed conformers are closed by
    hydrogen bonds within the ligand.
    """
    others = conformers(subject.molecule, n, seed=subject.seed)
    return [o.species.atoms for o in subject.conformers] + others


@dataclass(frozen=True)
class _LigandSearch:
    """The search of one ligand, and what it has rejected so far."""

    settings: ShellSearch
    subject: Subject
    effort: int
    """Multiplies every number of starts."""
    draw: Draw
    rejected: Counter[Status] = field(default_factory=Counter)

    def screened(self, starts: Iterable[Shell]) -> Iterator[Start]:
        """Of these starts the best by single points, relaxed a little."""
        settings = self.settings
        built = self._ranked(starts)
        for _, start, _ in nsmallest(self.effort * settings.n_short, built, key=ENERGY):
            try:
                species = settings.species(self.subject, start)
                found = settings.surface.optimise(
                    species, settings.loose_fmax, settings.short_steps
                )
            except OracleError as error:
                self.rejected[error.status] += 1
                continue
            yield found.energy_ev, start, start.relaxed(found.species.atoms.positions)

    def searched(self, screened: Iterable[Start], n_full: int) -> list[Complex]:
        """Both generations of full relaxations, lowest energy first."""
        accepted = self._accepted(nsmallest(self.effort * n_full, screened, key=ENERGY))
        redrawn = self.effort * self.settings.n_again
        accepted += self._accepted(nsmallest(redrawn, self._second(accepted), key=ENERGY))
        accepted.sort(key=lambda c: c.energy_ev)
        n_tight = self.effort * self.settings.n_tight
        accepted[:n_tight] = [self._tightened(c) for c in accepted[:n_tight]]
        return sorted(accepted, key=lambda c: c.energy_ev)

    def _second(self, parents: Sequence[Complex]) -> Iterator[Start]:
        """The ligands of the best complexes, as they lie there, with waters drawn again."""
        random = np.random.default_rng([self.subject.seed, len(parents)])
        lowest = sorted(parents, key=lambda c: c.energy_ev)[: self.settings.n_parents]
        n = self.effort * self.settings.n_redrawn
        return self._ranked(
            s for parent in lowest for s in self.draw.again(parent.shell, n, random)
        )

    def _ranked(self, starts: Iterable[Shell]) -> Iterator[Start]:
        """Starts with their single-point energies; those that the engine refuses are counted."""
        for start in starts:
            try:
                species = self.settings.species(self.subject, start)
                yield self.settings.surface.energy(species), start, start
            except OracleError as error:
                self.rejected[error.status] += 1

    def _accepted(self, starts: Iterable[Start]) -> list[Complex]:
        """Relax the starts; count what converged and held together, and what did not."""
        accepted = []
        for _, start, partly in starts:
            try:
                accepted.append(self._relaxed(start, partly, self.settings.loose_fmax))
            except OracleError as error:
                self.rejected[error.status] += 1
        return accepted

    def _tightened(self, loose: Complex) -> Complex:
        try:
            return self._relaxed(loose.shell, loose.shell, self.settings.fmax)
        except OracleError:
            return loose  # what comes apart on the last bit was a complex until then

    def _relaxed(self, start: Shell, partly: Shell, fmax: float) -> Complex:
        """Raises OracleError where the complex does not converge or comes apart."""
        settings = self.settings
        species = settings.species(self.subject, partly)
        found = settings.surface.optimise(species, fmax, settings.steps)
        after = start.relaxed(found.species.atoms.positions)
        if found.largest_force > settings.loose_fmax:
            raise OracleError(Status.NOT_CONVERGED, f"forces of {found.largest_force:.3f}")
        if not after.is_intact(start):
            raise OracleError(Status.REARRANGED, "a bond was broken or formed")
        if not after.has_bound_donors():
            raise OracleError(Status.DONOR_LOST, "a donor left the first shell")
        return Complex(after, found.energy_ev)
