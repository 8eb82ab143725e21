"""Cells: tests in the laboratory, and what those of one quantity teach together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Tensor

from molecules import Molecule
from surrogates.censored import Conditioned, Observed, Sites, condition, settle
from surrogates.conditions import Conditions
from surrogates.effects import (
    PRIOR_MEAN,
    PRIOR_STD,
    Hyperparameters,
    Likeness,
    among_conditions,
    among_doses,
    among_molecules,
    unpack,
)

REACH = 4.0
"""Standard deviations of the prior within which the hyperparameters are sought."""


@dataclass(frozen=True)
class Cells:
    """`n` cells with labels of one quantity."""

    molecules: tuple[Molecule, ...]
    computed: Tensor
    """Standardised computed quantities of each, `n x k`."""
    dose: Tensor
    """mol/L, `n`."""
    conditions: Conditions
    same_batch: Tensor
    """`n x n`, 1 where two cells share a batch; a cell without one shares it with itself."""
    of_controls: Tensor
    """`n x n`, covariance of the errors of their controls (`surrogates.controls`)."""
    observed: Observed


@dataclass(frozen=True)
class Learned:
    """What the labels of one quantity say: hyperparameters and the conditioned process."""

    cells: Cells
    hyperparameters: Hyperparameters
    conditioned: Conditioned


def learn(cells: Cells, width: float) -> Learned:
    """Most probable hyperparameters given labels and prior, and the process conditioned on both.

    The slope of the evidence in a hyperparameter is the one at fixed sites (Rasmussen and Williams,
    section 5.5.2), so that L-BFGS needs no derivative of the propagation.
    """
    likeness = Likeness.of(cells.molecules, cells.computed, cells.molecules, cells.computed)
    correlation = cells.conditions.correlation(cells.conditions)
    has_computed = cells.computed.shape[-1] > 0
    sites: Sites | None = None

    def covariance(theta: Tensor) -> tuple[Tensor, Hyperparameters]:
        h = unpack(theta, width, has_computed)
        K = among_molecules(likeness, h) * among_conditions(correlation, h)
        K = K * among_doses(cells.dose[:, None], cells.dose[None, :], h)
        return K + h.batch * cells.same_batch + cells.of_controls, h

    def negative(x: np.ndarray) -> tuple[float, np.ndarray]:
        nonlocal sites
        theta = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        K, _ = covariance(theta)
        sites = settle(K.detach(), cells.observed, sites)
        prior = 0.5 * ((theta - PRIOR_MEAN) / PRIOR_STD).square().sum()
        loss = prior - condition(K, sites).log_evidence
        (gradient,) = torch.autograd.grad(loss, theta)
        return loss.item(), gradient.numpy()

    bounds = torch.stack([PRIOR_MEAN - REACH * PRIOR_STD, PRIOR_MEAN + REACH * PRIOR_STD], dim=-1)
    found = minimize(
        negative,
        PRIOR_MEAN.numpy(),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds.numpy(),
        options={"maxiter": 60},
    )
    K, h = covariance(torch.tensor(found.x, dtype=torch.float64))
    return Learned(cells, h, condition(K, settle(K, cells.observed)))
