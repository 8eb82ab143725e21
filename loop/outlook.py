"""Outlook: what the surrogate and the objective together expect of offered molecules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from botorch.utils.sampling import draw_sobol_normal_samples
from torch import Tensor

from generators.base import LIBRARY, Proposal
from loop.objective import Objective, Traits
from molecules import Molecule
from surrogates.base import Surrogate


@dataclass(frozen=True)
class Outlook:
    """Expectations of `n` proposals."""

    proposals: tuple[Proposal, ...]
    traits: Traits
    mean: Tensor
    """Of each quantity, `n x k`; `std` likewise."""
    std: Tensor
    score: Tensor
    """Posterior mean of the campaign's score, `n`."""
    score_std: Tensor
    """Posterior standard deviation of it, `n`; 0 where every goal is known without asking."""
    feasible: Tensor
    """Probability that an oracle gives a number, `n`."""

    @property
    def is_generated(self) -> Tensor:
        """Whether each proposal is from elsewhere than the library, `n`, boolean."""
        return torch.tensor([p.source != LIBRARY for p in self.proposals], dtype=torch.bool)

    def optimistic(self, kappa: float) -> Tensor:
        """Score `kappa` standard deviations up, if there will be one at all, `n`."""
        return (self.score + kappa * self.score_std) * self.feasible

    def rows(self, index: Tensor) -> Outlook:
        """Keep the proposals at `index`, `n'`."""
        return Outlook(
            tuple(self.proposals[i] for i in index.tolist()),
            self.traits.rows(index),
            self.mean[index],
            self.std[index],
            self.score[index],
            self.score_std[index],
            self.feasible[index],
        )


def look(
    objective: Objective,
    surrogate: Surrogate,
    proposals: Sequence[Proposal],
    n_samples: int,
    declined: Iterable[tuple[Molecule, str]] = (),
) -> Outlook:
    """Predict `proposals` and pass the marginal posterior through the desirabilities.

    The score of a mean is not the mean of the score: a window may lie inside the error bar.
    `declined`: (molecule, quantity) that an oracle said do not apply.
    """
    molecules = [proposal.molecule for proposal in proposals]
    traits = objective.traits(molecules, declined)
    mean, std = surrogate.predict(molecules)
    z = normal(n_samples, len(objective.quantities))
    scores = objective.score(mean + std * z.unsqueeze(1), traits)
    return Outlook(
        tuple(proposals),
        traits,
        mean,
        std,
        scores.mean(0),
        scores.std(0, correction=0),
        surrogate.feasibility(molecules),
    )


def normal(n: int, k: int) -> Tensor:
    """`n x k` standard normal numbers in pairs z and -z, always the same ones."""
    if not k:
        return torch.zeros(1, 0, dtype=torch.float64)
    half = draw_sobol_normal_samples(k, (n + 1) // 2, dtype=torch.float64, seed=0)
    return torch.cat([half, -half])
