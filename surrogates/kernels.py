"""Kernels: how much knowing one molecule tells of another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import gpytorch
import torch
from torch import Tensor

from surrogates.registry import Comparison


@dataclass(frozen=True)
class Hyperparameters:
    """What one quantity's Gaussian process has learned about its own smoothness."""

    weight: Tensor
    """Share of substructures against descriptors, in (0, 1)."""
    lengthscale: Tensor
    """Of the descriptors, in units of their scales."""
    outputscale: Tensor
    """Prior variance of the smooth part, in the quantity's unit squared."""
    offset: Tensor
    """Prior variance of the level around which the smooth part varies, same unit: with few labels
    nobody knows the mean, and beliefs must say so."""
    nugget: Tensor
    """Variance that a molecule shares with no other, as a fraction of `outputscale`.

    It is what features cannot tell: two molecules of equal fingerprints stay two molecules, and
    beliefs about unseen ones keep this width, while a labelled molecule keeps its label.
    """

    @property
    def prior_variance(self) -> Tensor:
        """Variance of any one molecule before labels, in the quantity's unit squared."""
        return self.offset + self.outputscale * (1.0 + self.nugget)


def covariance(pairs: Comparison, h: Hyperparameters) -> Tensor:
    """K = c2 + s2 (w T + (1 - w) exp(-d2 / (2 l^2)) + nugget [same molecule]), `n x m`.

    Args:
        pairs: Tanimoto similarity T, squared descriptor distance d2, and which are the same.
        h: hyperparameters w, l, s2, c2 (the offset) and nugget.
    """
    descriptors = torch.exp(-0.5 * pairs.distance / h.lengthscale**2)
    smooth = h.weight * pairs.tanimoto + (1.0 - h.weight) * descriptors
    return h.offset + h.outputscale * (smooth + h.nugget * pairs.is_same)


class RegistryKernel(gpytorch.kernels.Kernel):  # type: ignore[misc]  # gpytorch has no types
    """A covariance over registry numbers, `... x n x 1`.

    BoTorch repeats the same few molecules over a batch of candidate sets, so each distinct one is
    compared once and the answers are gathered.
    """

    def __init__(self, table: Callable[[Tensor, Tensor], Tensor]) -> None:
        """Take the covariance of two vectors of numbers, integer `n` and `m`, as `n x m`."""
        super().__init__()
        self._table = table

    def forward(
        self, x1: Tensor, x2: Tensor, diag: bool = False, last_dim_is_batch: bool = False
    ) -> Tensor:
        """Covariance of all pairs, `... x n x m`, or of `x1[i]` and `x2[i]` where `diag`."""
        if last_dim_is_batch:
            raise ValueError("got last_dim_is_batch, expected one registry number a molecule")
        distinct_1, rows = torch.unique(x1[..., 0].long(), return_inverse=True)
        distinct_2, columns = torch.unique(x2[..., 0].long(), return_inverse=True)
        table = self._table(distinct_1, distinct_2)
        if not diag:
            rows, columns = rows.unsqueeze(-1), columns.unsqueeze(-2)
        return table[rows, columns]
