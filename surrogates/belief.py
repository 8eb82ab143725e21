"""Belief: the exact Gaussian process of one quantity, conditioned on its labels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import botorch
import gpytorch
import torch
from botorch.models import SingleTaskGP
from torch import Tensor

from molecules import Molecule
from surrogates.evidence import hyperparameters, most_probable
from surrogates.kernels import Hyperparameters, RegistryKernel, covariance
from surrogates.level import Level, level
from surrogates.observation import Observation
from surrogates.registry import Comparison, Registry

NOISE_FLOOR = 1e-3
"""Smallest standard error of a label, in widths of its quantity: keeps exact labels invertible."""
LARGEST_EVIDENCE = 512
"""Labels that decide the hyperparameters; beyond, an even selection of them. All labels count in
the belief itself."""
NO_LABEL = 1e12
"""Noise variance over prior variance of an observation that says nothing."""


@dataclass(frozen=True)
class Belief:
    """Posterior of one quantity; build with `believe`."""

    level: Level
    hyperparameters: Hyperparameters
    rows: Tensor
    """Registry numbers of the labelled molecules, `n`, integer."""
    values: Tensor
    """Their labels, `n`."""
    noise: Tensor
    """Variance of each label, `n`."""
    precision: Tensor
    """(K + noise)^-1 (values - centre), `n`."""
    whitening: Tensor
    """Inverse of the Cholesky factor of K + noise, `n x n`, lower triangular."""

    def predict(self, pairs: Comparison) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation, each `b`.

        Args:
            pairs: the molecules compared with every labelled one of the surrogate, in the order
                of the registry, `b x N`.
        """
        K = covariance(pairs.columns(self.rows), self.hyperparameters)
        mean = self.level.centre + K @ self.precision
        explained = (K @ self.whitening.T).square().sum(-1)
        variance = self.hyperparameters.prior_variance - explained
        return mean, variance.clamp(min=0.0).sqrt()

    def leave_one_out(self) -> Tensor:
        """Log probability of each label given all others, `n`, in nats."""
        return left_out(self.whitening, self.precision)

    def model(self, registry: Registry, anchor: Tensor) -> SingleTaskGP:
        """The same posterior as a BoTorch model over registry numbers, in the quantity's unit.

        `anchor`, `1 x 1`, is any registered molecule: where there are no labels it carries an
        observation with so much noise that the posterior is the prior.
        """
        X, Y, Yvar = self.rows.double().unsqueeze(-1), self.values, self.noise
        if not len(X):
            X, Y = anchor, torch.full((1,), self.level.centre, dtype=torch.float64)
            Yvar = NO_LABEL * self.hyperparameters.prior_variance.reshape(1)
        mean = gpytorch.means.ConstantMean().double()
        mean.initialize(constant=torch.tensor(self.level.centre, dtype=torch.float64))
        kernel = RegistryKernel(
            lambda rows, columns: covariance(registry.compare(rows, columns), self.hyperparameters)
        )
        return process(X, Y, Yvar, mean, kernel)


def believe(
    quantity: str, observations: Mapping[Molecule, Observation], registry: Registry
) -> Belief:
    """Learn hyperparameters from `observations` and condition on them."""
    rows, values, stds = tensors(observations, registry)
    scale = level(quantity, values)
    noise = stds.clamp(min=NOISE_FLOOR * scale.width).square()
    residual = (values - scale.centre) / scale.width
    some = torch.arange(0, len(rows), 1 + len(rows) // (LARGEST_EVIDENCE + 1))
    theta = most_probable(
        registry.compare(rows[some], rows[some]), residual[some], noise[some] / scale.width**2
    )
    h = hyperparameters(theta, scale.width)
    K = covariance(registry.compare(rows, rows), h) + torch.diag(noise)
    whitening = whiten(K)
    precision = whitening.T @ (whitening @ (values - scale.centre))
    return Belief(scale, h, rows, values, noise, precision, whitening)


def tensors(
    observations: Mapping[Molecule, Observation], registry: Registry
) -> tuple[Tensor, Tensor, Tensor]:
    """Registry numbers (integer), values and standard errors by molecule, each `n`."""
    molecules = sorted(observations)
    rows = registry.encode(molecules)[:, 0].long()
    values = torch.tensor([observations[m].value for m in molecules], dtype=torch.float64)
    stds = torch.tensor([observations[m].std for m in molecules], dtype=torch.float64)
    return rows, values, stds


def process(
    X: Tensor, Y: Tensor, Yvar: Tensor, mean: gpytorch.means.Mean, kernel: RegistryKernel
) -> SingleTaskGP:
    """BoTorch model over registry numbers `X`, `n x 1`, with labels `Y` and variances, `n`."""
    with (
        botorch.settings.validate_input_scaling(False),  # registry numbers have no scale
        gpytorch.settings.min_fixed_noise(double_value=0.0),  # `Yvar` has its own floor
    ):
        model = SingleTaskGP(
            X,
            Y.unsqueeze(-1),
            Yvar.unsqueeze(-1),
            covar_module=kernel,
            mean_module=mean,
            outcome_transform=None,
        )
    return model.requires_grad_(False).eval()


def whiten(K: Tensor) -> Tensor:
    """Inverse of the Cholesky factor of `K`, `n x n`, lower triangular."""
    identity = torch.eye(len(K), dtype=torch.float64)
    inverse: Tensor = torch.linalg.solve_triangular(torch.linalg.cholesky(K), identity, upper=False)
    return inverse


def left_out(whitening: Tensor, precision: Tensor) -> Tensor:
    """Log probability of each label given all others, `n` (Rasmussen and Williams, eq. 5.12).

    With Q = (K + noise)^-1 the mean is y_i - [Q y]_i / Q_ii, the variance 1 / Q_ii.
    """
    Q = whitening.square().sum(0)
    return 0.5 * (Q.log() - precision.square() / Q - math.log(2 * math.pi))
