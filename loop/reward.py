"""The reward of the generators: what the loop currently believes and wants, as one function."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from rdkit import DataStructs
from rdkit.Chem import rdFingerprintGenerator
from torch import Tensor

from generators.base import LOG_REWARD_FLOOR
from loop.objective import Objective
from molecules import Molecule
from molecules.descriptors import describe
from molecules.filters import Filters
from surrogates.base import Surrogate

CHUNK = 256
"""Molecules per posterior: the joint covariance of a chunk is quadratic in it."""
_MORGAN = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)


class PosteriorReward:
    """Desirability of an optimistic posterior, where the model and the filters can be trusted.

    Every objective is multiplied by the probability of the constraints, by the feasibility, by a
    penalty outside the applicability domain (nearest labelled Tanimoto below `domain`) and by one
    on molecules that are hard to make (SA score above `easy_sa`).
    """

    def __init__(
        self,
        objective: Objective,
        surrogate: Surrogate,
        filters: Filters,
        labelled: Sequence[Molecule],
        known: Sequence[Molecule] = (),
        kappa: float = 0.7,
        domain: float = 0.25,
        easy_sa: float = 3.5,
    ) -> None:
        self.n_objectives = objective.n_objectives
        self.known = known
        self._objective = objective
        self._surrogate = surrogate
        self._filters = filters
        self._labelled = [_MORGAN.GetFingerprint(m.rdkit) for m in labelled]
        self._kappa = kappa
        self._domain = domain
        self._easy_sa = easy_sa

    def objectives(self, molecules: Sequence[Molecule]) -> Tensor:
        """Optimistic desirabilities, `n x m`, in [0, 1]."""
        if not molecules:
            return torch.zeros(0, self.n_objectives, dtype=torch.float64)
        chunks = [molecules[i : i + CHUNK] for i in range(0, len(molecules), CHUNK)]
        return torch.cat([self._optimistic(chunk) for chunk in chunks])

    def scalarise(self, objectives: Tensor, preference: Tensor, beta: Tensor) -> Tensor:
        """`beta * D` of objective vectors `n x m`, `n`."""
        return beta * self._objective.scalarise(objectives, preference)

    def log_reward(self, molecules: Sequence[Molecule], preference: Tensor, beta: Tensor) -> Tensor:
        """`beta * D`, `n`; `LOG_REWARD_FLOOR` for a molecule that fails a hard filter."""
        log_reward = self.scalarise(self.objectives(molecules), preference, beta)
        allowed = torch.tensor([self._filters.allows(m) for m in molecules], dtype=torch.bool)
        return torch.where(allowed, log_reward, torch.full_like(log_reward, LOG_REWARD_FLOOR))

    def _optimistic(self, molecules: Sequence[Molecule]) -> Tensor:
        mean, std = believe(self._surrogate, molecules)
        traits = self._objective.traits(molecules)
        shifted = [mean + shift * self._kappa * std for shift in (-1.0, 0.0, 1.0)]
        best = torch.stack([self._objective.objectives(v, traits) for v in shifted]).amax(0)
        met = (
            torch.stack([self._objective.constraints(v, traits) for v in shifted]).mean(0).prod(-1)
        )
        trust = met * self._surrogate.feasibility(molecules) * self._trust(molecules)
        return (best * trust.unsqueeze(-1)).clamp(0.0, 1.0)

    def _trust(self, molecules: Sequence[Molecule]) -> Tensor:
        trust = []
        for molecule in molecules:
            factor = 1.0 - 0.15 * max(0.0, describe(molecule)["sa_score"] - self._easy_sa)
            if self._labelled:
                fingerprint = _MORGAN.GetFingerprint(molecule.rdkit)
                nearest = max(DataStructs.BulkTanimotoSimilarity(fingerprint, self._labelled))
                factor *= 0.5 + 0.5 * min(1.0, nearest / self._domain)
            trust.append(max(0.0, factor))
        return torch.tensor(trust, dtype=torch.float64)


def believe(surrogate: Surrogate, molecules: Sequence[Molecule]) -> tuple[Tensor, Tensor]:
    """Posterior mean and standard deviation of every quantity, `n x k` each."""
    if not surrogate.quantities or not molecules:
        empty = torch.zeros(len(molecules), len(surrogate.quantities), dtype=torch.float64)
        return empty, empty
    with torch.no_grad():
        posterior = surrogate.model.posterior(surrogate.encode(molecules))
        return posterior.mean, posterior.variance.clamp(min=0.0).sqrt()
