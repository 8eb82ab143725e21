"""The genetic proposer: children of the best known molecules, ranked before anyone is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import torch
from tqdm import tqdm

from generators.base import Proposal, Reward
from generators.operators import crossover, mutate
from generators.ranking import best_in_turn, scores, seed_of, spread_preferences
from generators.screening import Screen
from molecules import Molecule
from molecules.filters import Filters

MUTATION_RATE = 0.5
"""Chance that a child of two parents is also edited."""


@dataclass(frozen=True)
class Child:
    """A molecule and those it was made from."""

    molecule: Molecule
    parents: tuple[Molecule, ...]


def breed(mother: Molecule, father: Molecule, random: Random) -> Child | None:
    """Cross two parents, or edit one (always if they are the same); None where that fails."""
    if mother == father or random.random() < 0.5:
        child = mutate(mother, random)
        return Child(child, (mother,)) if child else None
    child = crossover(mother, father, random)
    if child and random.random() < MUTATION_RATE:
        child = mutate(child, random)
    return Child(child, (mother, father)) if child and child not in (mother, father) else None


class Genetic:
    """Breeds many more children than are wanted and offers those the reward likes best.

    Ranking by a belief before paying is the strongest known use of a genetic algorithm when
    calls are few (10.48550/arXiv.2602.07002).

    Args:
        filters: hard filters of the campaign.
        seed: of the breeding; the same seed and known molecules give the same children.
        children: bred an update, 10 to 50 times what is asked in a round.
        generations: rounds of breeding among which the children are divided.
        population: molecules that may be parents.
    """

    name = "genetic"

    def __init__(
        self,
        filters: Filters,
        seed: int = 0,
        children: int = 1500,
        generations: int = 3,
        population: int = 100,
    ) -> None:
        if not 1 <= generations <= children:
            raise ValueError(
                f"got {generations} generations of {children} children, expected at least one "
                "generation and one child in each"
            )
        self.filters = filters
        self.seed = seed
        self.children = children
        self.generations = generations
        self.population = population
        self._ranked: list[Proposal] = []

    def update(self, reward: Reward) -> dict[str, float]:
        """Breed from `reward.known`; 'children', 'tried' and 'reward_mean' of the best 100."""
        screen = Screen(self.filters, reward)
        known = list(dict.fromkeys(reward.known))
        random = Random(seed_of(self.seed, known))
        preferences = spread_preferences(
            reward.n_objectives, torch.Generator().manual_seed(random.getrandbits(48))
        )
        family: dict[Molecule, Child] = {}
        parents, tried = known, 0
        for _ in tqdm(range(self.generations), desc="genetic: breeding", leave=False, disable=None):
            parents = self._fittest(screen, preferences, [*known, *family])
            tried += self._breed(screen, parents, set(known), family, random)
        D = scores(reward, screen.objectives(list(family)), preferences)
        order = best_in_turn(D, len(family))
        born = list(family.values())
        self._ranked = [Proposal(born[k].molecule, self.name, born[k].parents) for k in order]
        best = D[0].topk(min(100, len(family))).values
        mean = float(best.mean()) if family else 0.0
        return {"children": float(len(family)), "tried": float(tried), "reward_mean": mean}

    def propose(self, n: int) -> list[Proposal]:
        """The best n children; none before the first update, which gives the parents."""
        return self._ranked[:n]

    def _fittest(
        self, screen: Screen, preferences: torch.Tensor, molecules: Sequence[Molecule]
    ) -> list[Molecule]:
        D = scores(screen.reward, screen.objectives(molecules), preferences)
        return [molecules[k] for k in best_in_turn(D, self.population)]

    def _breed(
        self,
        screen: Screen,
        parents: Sequence[Molecule],
        known: set[Molecule],
        family: dict[Molecule, Child],
        random: Random,
    ) -> int:
        """Add one generation to the family; return how many matings were tried."""
        wanted = self.children // self.generations
        limit = 30 * wanted if parents else 0
        # Better parents mate more often, as 1 / (population share + rank).
        weights = [1 / (0.1 * len(parents) + rank + 1) for rank in range(len(parents))]
        born = tried = 0
        while born < wanted and tried < limit:
            tried += 1
            mother, father = random.choices(parents, weights, k=2)
            child = breed(mother, father, random)
            if child is None or child.molecule in known or child.molecule in family:
                continue
            if screen.filters.allows(child.molecule):
                family[child.molecule] = child
                born += 1
        return tried
