"""Censored: Gaussian processes whose labels may be bounds, by expectation propagation.

A cell that still runs when it is taken off says "at least this long". Its likelihood is a normal
tail (Tobit, 10.2307/1907382), which expectation propagation replaces by the Gaussian site that
leaves mean and variance of the posterior right, one label after the other removed and matched
(Rasmussen and Williams, Gaussian Processes for Machine Learning, section 3.6; MIT Press 2006).
Labels that are values keep their own likelihood, so that without bounds all is exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

DAMPING = 0.8
"""Share of the way to its new site that every bound goes in one sweep."""
TOLERANCE = 1e-6
"""Largest change of a posterior mean, in its standard deviations, at which sites have settled."""
SWEEPS = 500


@dataclass(frozen=True)
class Observed:
    """What `n` labels say of a latent quantity f, each with Gaussian noise."""

    value: Tensor
    """A value, or a bound of it, `n`."""
    noise: Tensor
    """Variance of each, `n`, positive."""
    side: Tensor
    """`n`: 0 a value, 1 a lower bound (f + noise >= value), -1 an upper bound."""


@dataclass(frozen=True)
class Sites:
    """Gaussian stand-ins of the likelihoods: exp(constant + shift f - precision f^2 / 2)."""

    precision: Tensor
    """`n`, zero or positive."""
    shift: Tensor
    """Precision times the site's mean, `n`."""
    constant: Tensor
    """`n`."""


@dataclass(frozen=True)
class Conditioned:
    """What a process needs to predict from `n` sites: mean k a, variance k** - |W k|^2."""

    weights: Tensor
    """a, `n`."""
    whitening: Tensor
    """W, `n x n`."""
    log_evidence: Tensor
    """Log probability of the labels, in nats, a scalar."""


def condition(K: Tensor, sites: Sites) -> Conditioned:
    """Condition a process of mean 0 and covariance `K`, `n x n`, on its sites.

    With S the square root of the precisions and B = I + S K S no precision is ever inverted: a
    bound that says nothing has the precision 0 (Rasmussen and Williams, eq. 3.67 - 3.68).
    """
    root = sites.precision.sqrt()
    identity = torch.eye(len(K), dtype=K.dtype)
    L = torch.linalg.cholesky(identity + root[:, None] * K * root)
    W = torch.linalg.solve_triangular(L, torch.diag(root), upper=False)
    Kv = K @ sites.shift
    weights = sites.shift - W.T @ (W @ Kv)
    log_Z = 0.5 * Kv @ weights - L.diagonal().log().sum() + sites.constant.sum()
    return Conditioned(weights, W, log_Z)


def settle(K: Tensor, observed: Observed, start: Sites | None = None) -> Sites:
    """Find the sites of `observed` under a process of mean 0 and covariance `K`, `n x n`.

    All bounds move at once, damped; log-concave likelihoods as these keep every precision and
    every variance positive.

    Args:
        K: covariance of f among the labels, without noise.
        observed: the labels.
        start: sites of a similar `K`, from which fewer sweeps are needed.

    Raises:
        RuntimeError: the sites did not settle.
    """
    exact = _exact(observed)
    bound = (observed.side != 0).nonzero().flatten()
    if not len(bound):
        return exact
    sites = start or Sites(*(torch.where(observed.side == 0, x, 0.0) for x in _fields(exact)))
    before = torch.full((len(bound),), math.inf, dtype=K.dtype)
    for sweep in range(SWEEPS):
        now = condition(K, sites)
        mean = (K @ now.weights)[bound]
        variance = K.diagonal()[bound] - (now.whitening @ K[:, bound]).square().sum(0)
        if ((mean - before).abs() <= TOLERANCE * variance.sqrt()).all():
            return sites
        before = mean
        matched = _match(observed, bound, mean, variance, sites)
        step = DAMPING if sweep < 50 else 0.5 * DAMPING
        sites = Sites(
            *(
                old.index_copy(0, bound, old[bound] + share * (new - old[bound]))
                for old, new, share in zip(
                    _fields(sites), _fields(matched), (step, step, 1.0), strict=True
                )
            )
        )
    raise RuntimeError(f"the {len(bound)} bounds among {len(K)} labels did not settle")


def _match(observed: Observed, bound: Tensor, mean: Tensor, variance: Tensor, old: Sites) -> Sites:
    """New sites of the bounds, from the moments of likelihood times everything else.

    With the rest N(m, v) of a lower bound y: z = (m - y) / sqrt(noise + v), log Z = log Phi(z).
    """
    value, noise, side = (x[bound] for x in (observed.value, observed.noise, observed.side))
    tau, nu = old.precision[bound], old.shift[bound]
    v = 1.0 / (1.0 / variance - tau)
    m = v * (mean / variance - nu)
    width = (noise + v).sqrt()
    z = side * (m - value) / width
    log_Z = torch.special.log_ndtr(z)
    ratio = torch.exp(-0.5 * z.square() - 0.5 * math.log(2 * math.pi) - log_Z)
    slope = side * ratio / width  # of log Z in m
    curvature = (ratio * (z + ratio)).clamp(0.0, 1.0) / (noise + v)
    remaining = 1.0 - v * curvature
    return _with_constant(curvature / remaining, (slope + m * curvature) / remaining, m, v, log_Z)


def _with_constant(tau: Tensor, nu: Tensor, m: Tensor, v: Tensor, log_Z: Tensor) -> Sites:
    """Add the constant at which site and likelihood have one integral over N(m, v)."""
    grown = 1.0 + tau * v
    log_site = -0.5 * grown.log() + 0.5 * (2 * m * nu + nu.square() * v - m.square() * tau) / grown
    return Sites(tau, nu, log_Z - log_site)


def _exact(observed: Observed) -> Sites:
    """Sites of labels that are values: their own Gaussian likelihood."""
    value, noise = observed.value, observed.noise
    constant = -0.5 * ((2 * math.pi * noise).log() + value.square() / noise)
    return Sites(1.0 / noise, value / noise, constant)


def _fields(sites: Sites) -> tuple[Tensor, Tensor, Tensor]:
    return sites.precision, sites.shift, sites.constant
