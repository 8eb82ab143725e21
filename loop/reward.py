"""The reward of the generators: what the loop currently believes and wants, as one function."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from generators.base import LOG_REWARD_FLOOR
from loop.objective import Objective
from molecules import Molecule
from molecules.descriptors import describe
from molecules.filters import Filters
from surrogates.base import Surrogate

CHUNK = 256
"""Molecules per posterior: the joint covariance of a chunk is quadratic in it."""


class PosteriorReward:
    """Desirability of an optimistic posterior, where the model and the filters can be trusted.

    Every objective is multiplied by the probability of the constraints, by the feasibility, by a
    penalty outside the applicability domain (nearest labelled Tanimoto below `domain`) and by one
    on molecules that are hard to make (SA score above `easy_sa`). Judged is the `form` in
    which a molecule would be asked about.
    """

    def __init__(
        self,
        objective: Objective,
        surrogate: Surrogate,
        filters: Filters,
        known: Sequence[Molecule] = (),
        kappa: float = 0.7,
        domain: float = 0.25,
        easy_sa: float = 3.5,
        form: Callable[[Molecule], Molecule] = lambda molecule: molecule,
    ) -> None:
        self.n_objectives = objective.n_objectives
        self.known = known
        self._objective = objective
        self._surrogate = surrogate
        self._filters = filters
        self._kappa = kappa
        self._domain = domain
        self._easy_sa = easy_sa
        self._form = form

    def objectives(self, molecules: Sequence[Molecule]) -> Tensor:
        """Optimistic desirabilities, `n x m`, in [0, 1]."""
        if not molecules:
            return torch.zeros(0, self.n_objectives, dtype=torch.float64)
        molecules = [self._form(molecule) for molecule in molecules]
        chunks = [molecules[i : i + CHUNK] for i in range(0, len(molecules), CHUNK)]
        return torch.cat([self._optimistic(chunk) for chunk in chunks])

    def scalarise(self, objectives: Tensor, preference: Tensor, beta: Tensor) -> Tensor:
        """`beta * D` of objective vectors `n x m`, `n`."""
        return beta * self._objective.scalarise(objectives, preference)

    def log_reward(self, molecules: Sequence[Molecule], preference: Tensor, beta: Tensor) -> Tensor:
        """`beta * D`, `n`; `LOG_REWARD_FLOOR` for a molecule that fails a hard filter."""
        log_reward = self.scalarise(self.objectives(molecules), preference, beta)
        allowed = torch.tensor(
            [self._filters.allows(self._form(m)) for m in molecules], dtype=torch.bool
        )
        return torch.where(allowed, log_reward, torch.full_like(log_reward, LOG_REWARD_FLOOR))

    def _optimistic(self, molecules: Sequence[Molecule]) -> Tensor:
        mean, std = self._surrogate.predict(molecules)
        traits = self._objective.traits(molecules)
        shifted = [mean + shift * self._kappa * std for shift in (-1.0, 0.0, 1.0)]
        best = torch.stack([self._objective.imputed(v, traits) for v in shifted]).amax(0)
        met = (
            torch.stack([self._objective.constraints(v, traits) for v in shifted]).mean(0).prod(-1)
        )
        trust = met * self._surrogate.feasibility(molecules) * self._trust(molecules)
        return (best * trust.unsqueeze(-1)).clamp(0.0, 1.0)

    def _trust(self, molecules: Sequence[Molecule]) -> Tensor:
        nearest = self._surrogate.familiarity(molecules)
        known = 0.5 + 0.5 * (nearest / self._domain).clamp(max=1.0)
        sa_score = torch.tensor([describe(m)["sa_score"] for m in molecules], dtype=nearest.dtype)
        easy = 1.0 - 0.15 * (sa_score - self._easy_sa).clamp(min=0.0)
        return known * easy.clamp(min=0.0)
