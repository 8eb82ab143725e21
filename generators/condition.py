"""Condition: for which preference, and how greedily, a molecule is wanted."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

N_BINS = 16


@dataclass(frozen=True)
class Condition:
    """Preferences and inverse temperatures of n draws."""

    preference: Tensor
    """Weights of the objectives on the simplex, `n x m`."""
    beta: Tensor
    """Inverse temperature, `n`."""

    def __len__(self) -> int:
        return int(self.beta.shape[0])

    def encode(self, betas: tuple[float, float]) -> Tensor:
        """Thermometer code of every weight and of beta, `n x 16 (m + 1)`, in [0, 1].

        Bin k is filled by a value from k/16 to (k+1)/16 of the range; the codes of near values
        are near, and a linear layer can read any monotone function from them.
        """
        low, high = betas
        beta = (self.beta - low) / (high - low) if high > low else torch.ones_like(self.beta)
        values = torch.cat([self.preference, beta[:, None]], dim=1)
        return (values[..., None] * N_BINS - torch.arange(N_BINS)).clamp(0, 1).flatten(1)


def draw_conditions(
    n: int, n_objectives: int, betas: tuple[float, float], generator: torch.Generator
) -> Condition:
    """Draw preferences from Dirichlet(1) and inverse temperatures uniformly between `betas`."""
    exponential = -torch.rand(n, n_objectives, generator=generator).clamp(min=1e-12).log()
    low, high = betas
    beta = low + (high - low) * torch.rand(n, generator=generator)
    return Condition(exponential / exponential.sum(-1, keepdim=True), beta)


def joined(parts: tuple[Condition, ...]) -> Condition:
    """Stack conditions."""
    return Condition(
        torch.cat([part.preference for part in parts]), torch.cat([part.beta for part in parts])
    )
