"""Replay: good molecules of the past, judged again under every new preference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from generators.base import Reward
from generators.condition import Condition, draw_conditions, joined
from generators.ranking import best_in_turn, scores, spread_preferences
from generators.trajectory import Trajectories, concatenate
from molecules import Molecule

RANK_SHARE = 0.01
"""Weight of rank r of n is 1 / (0.01 n + r): good molecules often, all of them sometimes."""
GROUPS = 8


@dataclass(frozen=True)
class Replayed:
    """Walks drawn from the past with the conditions they are judged under."""

    walks: Trajectories
    condition: Condition
    objectives: Tensor
    """`n x m`, float64."""
    log_prior: Tensor
    """`n`."""


class Replay:
    """At most `capacity` distinct molecules with their walks, objective vectors and priors."""

    def __init__(self, reward: Reward, capacity: int, generator: torch.Generator) -> None:
        self.reward = reward
        self.capacity = capacity
        self.molecules: list[Molecule] = []
        self._seen: set[str] = set()
        self._generator = generator
        self._preferences = spread_preferences(reward.n_objectives, generator)
        self._walks = Trajectories(torch.zeros(0, 1, dtype=torch.long), torch.zeros(0, 1).bool())
        self._objectives = torch.zeros(0, reward.n_objectives, dtype=torch.float64)
        self._log_prior = torch.zeros(0)

    def __len__(self) -> int:
        return len(self.molecules)

    def __contains__(self, molecule: Molecule) -> bool:
        return molecule.smiles in self._seen

    def add(
        self,
        molecules: Sequence[Molecule],
        walks: Trajectories,
        objectives: Tensor,
        log_prior: Tensor,
    ) -> None:
        """Remember n new, distinct molecules; the worst fall out when the store is full."""
        self.molecules += molecules
        self._seen |= {molecule.smiles for molecule in molecules}
        self._walks = concatenate([self._walks, walks])
        self._objectives = torch.cat([self._objectives, objectives])
        self._log_prior = torch.cat([self._log_prior, log_prior])
        if len(self) > self.capacity:
            self._keep(self.best(self.capacity))

    def best(self, n: int) -> list[int]:
        """Rows of the n best, each of several preferences naming its own in turn."""
        return best_in_turn(scores(self.reward, self._objectives, self._preferences), n)

    def draw(self, n: int, betas: tuple[float, float]) -> Replayed:
        """Draw n walks, with replacement, each group by its rank under a fresh preference."""
        rows, conditions = [], []
        for group in torch.arange(n).tensor_split(GROUPS):
            drawn = draw_conditions(len(group), self._objectives.shape[1], betas, self._generator)
            preference = drawn.preference[:1].expand(len(group), -1)
            rows.append(self.ranked(preference[0], len(group)))
            conditions.append(Condition(preference, drawn.beta))
        index = torch.cat(rows)
        return Replayed(
            self._walks.rows(index),
            joined(tuple(conditions)),
            self._objectives[index],
            self._log_prior[index],
        )

    def ranked(self, preference: Tensor, n: int, top: int | None = None) -> Tensor:
        """Draw n rows by rank under one preference, of the `top` best only if given."""
        order = scores(self.reward, self._objectives, preference[None])[0]
        order = order.argsort(descending=True, stable=True)[:top]
        weight = 1 / (RANK_SHARE * len(order) + torch.arange(len(order)) + 1)
        return order[torch.multinomial(weight, n, replacement=True, generator=self._generator)]

    def _keep(self, rows: list[int]) -> None:
        index = torch.tensor(rows)
        self.molecules = [self.molecules[row] for row in rows]
        self._seen = {molecule.smiles for molecule in self.molecules}
        self._walks = self._walks.rows(index)
        self._objectives = self._objectives[index]
        self._log_prior = self._log_prior[index]
