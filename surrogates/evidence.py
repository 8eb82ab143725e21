"""Evidence: hyperparameters that make the labels most probable, with priors that hold when few.

Maximum a posteriori by L-BFGS from fixed starting points: deterministic, seconds for hundreds of
labels, and never without an answer.
"""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Tensor

from surrogates.kernels import Hyperparameters, covariance
from surrogates.registry import Comparison

# Of (logit weight, log lengthscale, log outputscale, log nugget), for values in units of their
# own width. Wide enough for the labels to decide once there are about twenty; the bounds keep
# molecular GPs from their known faults, a wrong prior width and over-smoothing (arXiv 2406.07709).
PRIOR_MEAN = torch.tensor([0.0, math.log(3.0), 0.0, math.log(0.05)], dtype=torch.float64)
PRIOR_STD = torch.tensor([1.5, 0.7, 1.0, 1.0], dtype=torch.float64)
BOUNDS = (
    (-4.0, 4.0),
    (math.log(0.7), math.log(30.0)),
    (math.log(0.05), math.log(20.0)),
    (math.log(1e-3), math.log(2.0)),
)
STARTS = ((0.0, math.log(3.0), 0.0, math.log(0.05)), (1.5, math.log(1.5), 0.7, math.log(0.2)))
OFFSET = 1.0
"""Prior variance of the mean level, in the same units."""
N_REMEMBERED = 64
"""Searches whose end is remembered. A round learns from the same labels several times: for what the
tiers say together, for what is believed, and to say how the campaign stands."""
_remembered: OrderedDict[bytes, Tensor] = OrderedDict()


def hyperparameters(theta: Tensor, width: float) -> Hyperparameters:
    """Unpack `theta`, `4`, for a quantity of this prior standard deviation."""
    return Hyperparameters(
        weight=torch.sigmoid(theta[0]),
        lengthscale=theta[1].exp(),
        outputscale=theta[2].exp() * width**2,
        nugget=theta[3].exp(),
        offset=torch.tensor(OFFSET * width**2, dtype=torch.float64),
    )


def log_posterior(theta: Tensor, pairs: Comparison, residual: Tensor, noise: Tensor) -> Tensor:
    """Log probability of `residual` under `theta`, plus that of `theta`, up to a constant.

    Args:
        theta: `4`.
        pairs: the labelled molecules compared with each other, `n x n`.
        residual: (value - centre) / width, `n`.
        noise: variance of each label over width squared, `n`.
    """
    C = covariance(pairs, hyperparameters(theta, 1.0)) + torch.diag(noise)
    L = torch.linalg.cholesky(C)
    whitened = torch.linalg.solve_triangular(L, residual.unsqueeze(-1), upper=False)
    fit: Tensor = -0.5 * whitened.square().sum() - L.diagonal().log().sum()
    prior: Tensor = -0.5 * ((theta - PRIOR_MEAN) / PRIOR_STD).square().sum()
    return fit + prior


def most_probable(pairs: Comparison, residual: Tensor, noise: Tensor) -> Tensor:
    """Maximise `log_posterior` over theta, `4`; arguments as there. No labels: the prior's mean.

    The same numbers are searched once: what is remembered is the end of that very search.
    """
    if not len(residual):
        return PRIOR_MEAN
    content = hashlib.sha256()
    for x in (pairs.tanimoto, pairs.distance, pairs.is_same, residual, noise):
        content.update(x.numpy().tobytes())
    key = content.digest()
    if key not in _remembered:
        _remembered[key] = _search(pairs, residual, noise)
        while len(_remembered) > N_REMEMBERED:
            _remembered.popitem(last=False)
    return _remembered[key].clone()


def _search(pairs: Comparison, residual: Tensor, noise: Tensor) -> Tensor:
    """The best end of L-BFGS from all starting points, `4`."""

    def negative(x: np.ndarray) -> tuple[float, np.ndarray]:
        theta = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        loss = -log_posterior(theta, pairs, residual, noise)
        (gradient,) = torch.autograd.grad(loss, theta)
        return loss.item(), gradient.numpy()

    fits = [
        minimize(
            negative, start, jac=True, method="L-BFGS-B", bounds=BOUNDS, options={"maxiter": 60}
        )
        for start in STARTS
    ]
    return torch.tensor(min(fits, key=lambda fit: fit.fun).x, dtype=torch.float64)
