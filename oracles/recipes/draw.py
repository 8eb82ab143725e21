"""Draw: starts of a search, drawn at random around one metal ion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from oracles.recipes.claw import Claw
from oracles.recipes.shell import Shell
from oracles.recipes.start import build, build_chelate, free_direction

ATTEMPTS_PER_START = 5
"""Not every arrangement of the waters has room."""


@dataclass(frozen=True)
class Draw:
    """Starts of one ligand: how it lies at the metal, and how the waters lie around both."""

    metal: str
    charges: NDArray[np.float64]
    """Partial charges of the ligand's atoms, e."""
    n_caps: int
    """Arrangements of the waters that are drawn for a start: 1, 2, ... this many, in turn."""
    tilt: float
    """Radian; how far starts scatter around the least crowded direction of the donor."""

    def on_donor(self, donor: int, shapes: Sequence[Atoms], n: int, seed: int) -> Iterator[Shell]:
        """The first `n` starts that have room, on one conformer after the other."""
        random = np.random.default_rng([seed, donor])
        drawn = (
            self._held(ligand, donor, free_direction(ligand, donor, self.tilt, random), k, random)
            for k, ligand in zip(range(ATTEMPTS_PER_START * n), cycle(shapes), strict=False)
        )
        return islice((start for start in drawn if start is not None), n)

    def on_claws(
        self, donors: Sequence[int], found: Sequence[Claw], n: int, seed: int
    ) -> Iterator[Shell]:
        """The first `n` starts that have room for their waters, on one claw after the other."""
        random = np.random.default_rng([seed, *donors])
        drawn = (
            self._clawed(claw.ligand, claw.center, donors, k, random)
            for k, claw in zip(range(ATTEMPTS_PER_START * n), cycle(found), strict=False)
        )
        return islice((start for start in drawn if start is not None), n)

    def again(self, shell: Shell, n: int, random: np.random.Generator) -> Iterator[Shell]:
        """The ligand as it lies in `shell`, with waters drawn `n` times; where they have room."""
        for k in range(n):
            if len(shell.donors) == 1:
                start = self._held(shell.ligand, shell.donors[0], shell.direction, k, random)
            else:
                center = shell.atoms.positions[0]
                start = self._clawed(shell.ligand, center, shell.donors, k, random)
            if start is not None:
                yield start

    def _held(
        self,
        ligand: Atoms,
        donor: int,
        direction: NDArray[np.float64],
        k: int,
        random: np.random.Generator,
    ) -> Shell | None:
        """By one donor, in the draw number `k`."""
        n_caps = 1 + k % self.n_caps
        return build(self.metal, ligand, donor, direction, self.charges, n_caps, random)

    def _clawed(
        self,
        ligand: Atoms,
        center: NDArray[np.float64],
        donors: Sequence[int],
        k: int,
        random: np.random.Generator,
    ) -> Shell | None:
        """By several donors, in the draw number `k`."""
        n_caps = 1 + k % self.n_caps
        return build_chelate(self.metal, ligand, center, donors, self.charges, n_caps, random)
