"""A belief about finitely many molecules, as a table: what a choice from a pool needs, and fast."""

from __future__ import annotations

from typing import Any

import gpytorch
import torch
from botorch.models.gpytorch import GPyTorchModel
from botorch.posteriors import GPyTorchPosterior, Posterior
from botorch.sampling import SobolQMCNormalSampler
from botorch.utils.low_rank import extract_batch_covar
from gpytorch.distributions import MultitaskMultivariateNormal, MultivariateNormal
from linear_operator import to_linear_operator
from torch import Tensor

JITTER = 1e-6
"""Variance added on the diagonal, in units of the largest: near-copies stay invertible."""
ALL_EXACT = 100_000
"""Below this many labels linear algebra is by Cholesky factors, never by iteration."""


class FiniteModel(GPyTorchModel):  # type: ignore[misc]  # botorch has no types here
    """The joint Gaussian posterior of a surrogate over `N` molecules, by position in their list.

    Inputs are positions, `... x q x 1`, so a choice is a choice by index and two molecules with
    equal features stay two; every posterior is gathered from one table. One position twice in a
    candidate set is refused by the factorisation.
    """

    def __init__(self, mean: Tensor, covariance: Tensor) -> None:
        """Store `mean`, `N x k`, and `covariance` of each quantity, `k x N x N`."""
        super().__init__()
        self._mean = mean
        scale = covariance.diagonal(dim1=-2, dim2=-1).amax(-1)[:, None, None]
        identity = torch.eye(len(mean), dtype=mean.dtype)
        self._covariance = covariance + JITTER * scale * identity

    @property
    def num_outputs(self) -> int:
        """Number of quantities k."""
        return self._mean.shape[-1]

    @property
    def batch_shape(self) -> torch.Size:
        """No batch of models."""
        return torch.Size()

    def posterior(
        self,
        X: Tensor,
        output_indices: list[int] | None = None,
        observation_noise: bool | Tensor = False,
        posterior_transform: Any = None,
    ) -> Posterior:
        """Joint posterior at positions `X`, `... x q x 1`."""
        if output_indices or observation_noise is not False or posterior_transform is not None:
            raise ValueError("got an option of posterior, expected positions only")
        index = X[..., 0].long()
        mean = self._mean[index]
        blocks = [table[index.unsqueeze(-1), index.unsqueeze(-2)] for table in self._covariance]
        # lazily: gpytorch would factorise plain tensors once more, only to check them
        each = [
            MultivariateNormal(mean[..., j], to_linear_operator(block))
            for j, block in enumerate(blocks)
        ]
        if len(each) == 1:
            return GPyTorchPosterior(each[0])
        return GPyTorchPosterior(MultitaskMultivariateNormal.from_independent_mvns(each))


def tabulate(model: Any, X: Tensor) -> FiniteModel:
    """Read the joint posterior of a BoTorch `model` over inputs `X`, `N x d`, into a table."""
    with torch.no_grad(), gpytorch.settings.max_cholesky_size(ALL_EXACT):
        distribution = model.posterior(X).distribution
        if isinstance(distribution, MultitaskMultivariateNormal):
            covariance = extract_batch_covar(distribution).to_dense()
            mean = distribution.mean
        else:
            covariance = distribution.covariance_matrix.unsqueeze(0)
            mean = distribution.mean.unsqueeze(-1)
    return FiniteModel(mean, covariance)


class AntitheticSampler(SobolQMCNormalSampler):  # type: ignore[misc]  # botorch has no types here
    """Quasi-random normal samples in pairs z and -z.

    The average of an odd function is exact, and mirroring a problem mirrors its samples: the
    choice that maximises y is the choice that minimises -y.
    """

    base_samples: Tensor | None

    def _construct_base_samples(self, posterior: Posterior) -> None:
        wanted = self._get_collapsed_shape(posterior=posterior)
        if self.base_samples is not None and self.base_samples.shape == wanted:
            return
        super()._construct_base_samples(posterior=posterior)
        if self.base_samples is not None:
            half = self.base_samples[: (wanted[0] + 1) // 2]
            self.base_samples = torch.cat([half, -half])[: wanted[0]]
