"""Microsolvation: a few explicit waters on a species that lies in a continuum.

A continuum treats water as a dielectric. What holds a ligand outside the first shell of a metal
ion is hydrogen bonds, the stronger the more charge sits on few atoms, and the continuum misses
most of an anion's. So the free ligand gets waters, as the bound one has those of the shell, and
water is that of a cluster (cluster and continuum, 10.1021/jp802665d).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from operator import itemgetter
from typing import ClassVar

import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from molecules import Status
from oracles.base import OracleError
from oracles.engines.base import Engine, Optimised, Species
from oracles.recipes.bonds import has_same_bonds
from oracles.recipes.shell import SUNDERED
from oracles.recipes.start import WATER_CHARGES

Array = NDArray[np.float64]
Start = tuple[float, Species]
ENERGY = itemgetter(0)
"""Of a start."""

TO_HYDROGEN, TO_OTHERS = 1.8, 2.8
"""Angstrom from the oxygen of a water to the atom that it is placed at, in a start."""
POLAR = 0.15
"""Partial charge, e, from which on an atom is worth a water."""
SMALLEST_CLEARANCE = 1.6
"""Angstrom between an atom of a water and any other, in a start."""
ATTEMPTS = 400
WATER = np.array([[0.0, 0.0, 0.0], [0.77, 0.59, 0.0], [-0.77, 0.59, 0.0]])
"""O, H, H, angstrom."""


@dataclass(frozen=True)
class Microsolvation:
    """The lowest clusters of a species with `n` waters, X(H2O)n, in generations of starts.

    First, waters are placed one after the other where they attract most, of few or of many places
    drawn at random; of `n_built` starts the best `n_short` are relaxed a little, and of these the
    best `n_full` to the end. In every further generation each water of the best `n_parents` moves
    elsewhere, `n_moved` times, and the best `n_again` of these are relaxed.
    """

    PROTOCOL: ClassVar[int] = 2
    """2: relaxed clusters alone."""
    surface: Engine
    """Relaxes the clusters; loose thresholds are enough."""
    n_waters: int = 4
    """On a ligand."""
    n_bulk: int = 8
    """Waters of the cluster whose energy a molecule is that of liquid water."""
    n_built: int = 32
    n_short: int = 6
    short_steps: int = 15
    n_full: int = 3
    generations: int = 6
    n_parents: int = 2
    n_moved: int = 4
    n_again: int = 3
    fmax: float = 0.05
    """eV/angstrom."""
    steps: int = 200
    n_places: int = 12
    """Places drawn for a water: 1, 2, ... this many, in turn over the starts."""

    def __post_init__(self) -> None:
        if self.n_waters < 1 or self.n_bulk < 2:
            raise ValueError(
                f"got n_waters={self.n_waters}, n_bulk={self.n_bulk}, expected at least 1 and 2"
            )

    def clusters(
        self,
        shapes: Sequence[Species],
        charges: Array,
        n_waters: int,
        seed: int,
        effort: int = 1,
    ) -> list[Optimised]:
        """Relaxed clusters in which the species kept its bonds, lowest energy first.

        Args:
            shapes: geometries of one species, at least one, each the base of as many starts.
            charges: partial charges of its atoms, e.
            n_waters: how many are put on it.
            seed: of all places.
            effort: multiplies every number of starts.

        Raises:
            OracleError: `not_converged`, no cluster relaxed and held together.
        """
        random = np.random.default_rng([seed, n_waters])
        solute = shapes[0]
        starts = self._built(shapes, charges, n_waters, effort, random)
        short = (
            (found.energy_ev, found.species)
            for _, start in nsmallest(
                effort * self.n_short, self._ranked(solute, starts), key=ENERGY
            )
            for found in self._relaxed(start, self.short_steps)
        )
        found = self._accepted(solute, nsmallest(effort * self.n_full, short, key=ENERGY))
        for _ in range(self.generations - 1):
            parents = sorted(found, key=lambda o: o.energy_ev)[: effort * self.n_parents]
            moved = self._moved(parents, charges, n_waters, random)
            again = nsmallest(effort * self.n_again, self._ranked(solute, moved), key=ENERGY)
            found += self._accepted(solute, again)
        if not found:
            raise OracleError(
                Status.NOT_CONVERGED, f"no cluster with {n_waters} waters kept its bonds"
            )
        return sorted(found, key=lambda o: o.energy_ev)

    def _built(
        self,
        shapes: Sequence[Species],
        charges: Array,
        n_waters: int,
        effort: int,
        random: np.random.Generator,
    ) -> Iterator[Atoms | None]:
        for k in range(effort * self.n_built):
            n_places = 1 + k // len(shapes) % self.n_places
            yield watered(shapes[k % len(shapes)].atoms, charges, n_waters, n_places, random)

    def _moved(
        self,
        parents: Sequence[Optimised],
        charges: Array,
        n_waters: int,
        random: np.random.Generator,
    ) -> Iterator[Atoms | None]:
        left_charges = np.concatenate([charges, np.tile(WATER_CHARGES, n_waters - 1)])
        for parent in parents:
            for k in range(n_waters):
                left = parent.species.atoms.copy()
                del left[len(charges) + 3 * k : len(charges) + 3 * k + 3]
                for move in range(self.n_moved):
                    yield watered(left, left_charges, 1, 1 + 2 * move, random)

    def _ranked(self, solute: Species, starts: Iterable[Atoms | None]) -> Iterator[Start]:
        """Starts with their single-point energies."""
        for atoms in starts:
            if atoms is None:
                continue
            species = Species(atoms, solute.charge, solute.unpaired)
            try:
                yield self.surface.energy(species), species
            except OracleError:
                continue  # a start that the engine refuses is none

    def _accepted(self, solute: Species, starts: Iterable[Start]) -> list[Optimised]:
        return [
            after
            for _, start in starts
            for after in self._relaxed(start, self.steps)
            if after.has_converged and _is_intact(solute.atoms, after.species.atoms)
        ]

    def _relaxed(self, start: Species, steps: int) -> Iterator[Optimised]:
        """One or none: a start that the engine refuses on the way is none."""
        try:
            yield self.surface.optimise(start, self.fmax, steps)
        except OracleError:
            return


def watered(
    atoms: Atoms, charges: Array, n_waters: int, n_places: int, random: np.random.Generator
) -> Atoms | None:
    """The species, then `n_waters` x (O, H, H), each at the best of `n_places` random places.

    None where there is no room.
    """
    for _ in range(n_waters):
        places = (_place(atoms, charges, random) for _ in range(n_places))
        waters = [water for water in places if water is not None]
        if not waters:
            return None
        best = min(waters, key=lambda water: _attraction(atoms.positions, charges, water))
        atoms = atoms + Atoms("OHH", best)
        charges = np.concatenate([charges, WATER_CHARGES])
    return atoms


def _place(atoms: Atoms, charges: Array, random: np.random.Generator) -> Array | None:
    """A water, `3 x 3`, turned at random, at a hydrogen bond's length from a polar atom."""
    polar = np.flatnonzero(np.abs(charges) > POLAR)
    centers = polar if len(polar) else np.arange(len(atoms))
    for _ in range(ATTEMPTS):
        center = random.choice(centers)
        length = TO_HYDROGEN if atoms.numbers[center] == 1 else TO_OTHERS
        way = random.normal(size=3)
        turned = Rotation.random(random_state=random).apply(WATER)
        water: Array = turned + atoms.positions[center] + length * way / np.linalg.norm(way)
        if _gaps(atoms.positions, water).min() > SMALLEST_CLEARANCE:
            return water
    return None


def _attraction(positions: Array, charges: Array, water: Array) -> float:
    """Coulomb sum of a water and all else, e^2/angstrom."""
    return float((WATER_CHARGES[:, None] * charges[None] / _gaps(positions, water)).sum())


def _gaps(positions: Array, water: Array) -> Array:
    distances: Array = np.linalg.norm(water[:, None] - positions[None], axis=-1)
    return distances


def _is_intact(solute: Atoms, cluster: Atoms) -> bool:
    """Whether the solute and every water have their bonds, and no others."""
    before = solute.copy()
    for k in range((len(cluster) - len(solute)) // 3):
        before += Atoms("OHH", WATER + SUNDERED * (k + 1))
    return has_same_bonds(before, cluster)
