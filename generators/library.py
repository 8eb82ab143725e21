"""The library proposer: known molecules that the reward expects much of."""

from __future__ import annotations

from pathlib import Path
from random import Random

import torch

from generators.base import LIBRARY, Proposal, Reward
from generators.ranking import best_in_turn, scores, seed_of, spread_preferences
from generators.screening import Screen
from molecules import Molecule
from molecules.filters import Filters
from molecules.library import Library


class LibraryProposer:
    """Offers the molecules of a library that pass the filters, the most promising first.

    Args:
        filters: hard filters of the campaign.
        seed: of the order before the first update, and of the subsample.
        path: a library file (Parquet, csv or .smi); None, or a folder of databases, is the
            starter library of the package.
        shortlist: a file of molecules that are offered besides, once it exists, such as what a
            screening left.
        subsample: molecules of the library that are judged an update; the reward costs about
            half a millisecond for a molecule it has not met.
    """

    name = LIBRARY

    def __init__(
        self,
        filters: Filters,
        seed: int = 0,
        path: str | Path | None = None,
        subsample: int = 10_000,
        shortlist: str | Path | None = None,
    ) -> None:
        if subsample < 1:
            raise ValueError(f"got subsample = {subsample}, expected at least one molecule")
        self.filters = filters
        self.seed = seed
        self.path = Path(path) if path is not None else None
        self.shortlist = Path(shortlist) if shortlist is not None else None
        self.subsample = subsample
        self._shuffled: list[Molecule] = []
        self._ranked: list[Molecule] = []

    def update(self, reward: Reward) -> dict[str, float]:
        """Rank the library, or a fresh subsample of it, by the optimistic score."""
        screen = Screen(self.filters, reward)
        random = Random(seed_of(self.seed, reward.known))
        library, first = self._library(), self._shortlisted()
        n = max(0, min(self.subsample, len(library)) - len(first))
        offered = [*first, *random.sample(library, n)]
        allowed = [m for m in offered if self.filters.allows(m)]
        preferences = spread_preferences(
            reward.n_objectives, torch.Generator().manual_seed(random.getrandbits(48))
        )
        D = scores(reward, screen.objectives(allowed), preferences)
        self._ranked = [allowed[k] for k in best_in_turn(D, len(allowed))]
        best = D[0].topk(min(100, len(allowed))).values
        mean = float(best.mean()) if allowed else 0.0
        return {"judged": float(len(allowed)), "reward_mean": mean}

    def propose(self, n: int) -> list[Proposal]:
        """The best n of the last ranking; before any update n at random."""
        if self._ranked:
            return [Proposal(molecule, self.name) for molecule in self._ranked[:n]]
        chosen: list[Proposal] = []
        for molecule in [*self._shortlisted(), *self._library()]:
            if len(chosen) == n:
                break
            if self.filters.allows(molecule):
                chosen.append(Proposal(molecule, self.name))
        return chosen

    def _library(self) -> list[Molecule]:
        """The library in a random order of this seed, read on first use."""
        if not self._shuffled:
            first = set(self._shortlisted())
            library = Library.starter() if self.path is None else Library.of(self.path)
            self._shuffled = [molecule for molecule in library.molecules if molecule not in first]
            Random(self.seed).shuffle(self._shuffled)
        return self._shuffled

    def _shortlisted(self) -> list[Molecule]:
        """The shortlist, in its order; empty where there is none."""
        if self.shortlist is None or not self.shortlist.is_file():
            return []
        return list(Library.read(self.shortlist).molecules)
