import math

import numpy as np
import pytest
import torch
from scipy.stats import norm

from surrogates.censored import Observed, condition, settle


def problem(seed: int, n: int, side: list[float], noise: float = 0.3):
    draw = np.random.default_rng(seed)
    A = draw.normal(size=(n, n))
    K = torch.tensor(A @ A.T / n + 0.1 * np.eye(n))
    value = torch.tensor(draw.normal(size=n))
    return K, Observed(
        value, torch.full((n,), noise**2).double(), torch.tensor(side, dtype=torch.float64)
    )


def posterior(K, observed):
    c = condition(K, settle(K, observed))
    variance = K.diagonal() - (c.whitening @ K).square().sum(0)
    return K @ c.weights, variance.sqrt(), float(c.log_evidence)


def brute_force(K, observed, n_grid: int):
    """Mean, standard deviation and log evidence on a grid of whitened values."""
    grid = np.linspace(-6.0, 6.0, n_grid)
    Z = np.stack(np.meshgrid(*[grid] * len(K), indexing="ij"), -1).reshape(-1, len(K))
    F = Z @ np.linalg.cholesky(K.numpy()).T
    log_p = norm.logpdf(Z).sum(-1) + len(K) * math.log(grid[1] - grid[0])
    y, s, side = (x.numpy() for x in (observed.value, observed.noise.sqrt(), observed.side))
    tails, points = norm.logcdf(side * (F - y) / s), norm.logpdf(y, F, s)
    p = np.exp(log_p + np.where(side == 0, points, tails).sum(-1))
    mean = p @ F / p.sum()
    return mean, np.sqrt(p @ (F - mean) ** 2 / p.sum()), math.log(p.sum())


@pytest.mark.parametrize("side", [[1.0], [-1.0], [1, 0], [1, 1], [1, -1], [1, 0, -1], [1, 1, 1]])
@pytest.mark.parametrize("seed", range(3))
def test_propagation_agrees_with_brute_force(side, seed):
    K, observed = problem(seed, len(side), side)
    mean, std, log_Z = posterior(K, observed)
    expected = brute_force(K, observed, {1: 4001, 2: 301, 3: 61}[len(side)])
    assert np.allclose(mean, expected[0], atol=0.004)
    assert np.allclose(std, expected[1], rtol=0.015)
    assert log_Z == pytest.approx(expected[2], abs=0.005)


def test_one_bound_is_exact():
    K, observed = problem(5, 1, [1.0])
    expected = brute_force(K, observed, 8001)
    mean, std, log_Z = posterior(K, observed)
    assert (mean.item(), std.item(), log_Z) == pytest.approx(
        (expected[0][0], expected[1][0], expected[2]), abs=1e-6
    )


def test_without_bounds_it_is_ordinary_regression():
    K, observed = problem(0, 6, [0.0] * 6)
    C = K + torch.diag(observed.noise)
    mean, std, log_Z = posterior(K, observed)
    assert torch.allclose(mean, K @ torch.linalg.solve(C, observed.value))
    assert torch.allclose(std.square(), (K - K @ torch.linalg.solve(C, K)).diagonal())
    normal = torch.distributions.MultivariateNormal(torch.zeros(6).double(), C)
    assert log_Z == pytest.approx(float(normal.log_prob(observed.value)))


def test_mirrored_labels_give_the_mirrored_posterior():
    K, observed = problem(1, 5, [1, -1, 0, 1, 0])
    mirrored = Observed(-observed.value, observed.noise, -observed.side)
    plus, minus = posterior(K, observed), posterior(K, mirrored)
    assert torch.allclose(plus[0], -minus[0]) and torch.allclose(plus[1], minus[1])
    assert plus[2] == pytest.approx(minus[2])


def test_a_bound_far_below_says_nothing():
    K, observed = problem(2, 3, [1, 1, 1])
    mean, std, log_Z = posterior(
        K, Observed(torch.full((3,), -50.0).double(), observed.noise, observed.side)
    )
    assert torch.allclose(mean, torch.zeros(3).double())
    assert torch.allclose(std.square(), K.diagonal())
    assert log_Z == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("noise", [0.01, 0.3])
def test_contradicting_bounds_settle_with_positive_variances(noise):
    n = 60
    X = torch.linspace(0, 1, n).double()[:, None]
    K = torch.exp(-0.5 * torch.cdist(X, X).square() / 0.2**2)
    side = torch.tensor([1.0, -1.0] * (n // 2)).double()
    observed = Observed(2.0 * side, torch.full((n,), noise**2).double(), side)
    sites = settle(K, observed)
    assert (sites.precision >= 0).all()
    variance = K.diagonal() - (condition(K, sites).whitening @ K).square().sum(0)
    assert (variance > 0).all()


def test_a_warm_start_ends_where_a_cold_one_does():
    K, observed = problem(3, 8, [1, 0, -1, 1, 0, 1, 1, 0])
    warm = settle(K, observed, settle(1.5 * K, observed))
    assert torch.allclose(warm.shift, settle(K, observed).shift, rtol=1e-4)


def test_the_slope_of_the_evidence_is_the_one_at_fixed_sites():
    K, observed = problem(4, 5, [1, 0, -1, 1, 0])
    scale = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(condition(scale * K, settle(K, observed)).log_evidence, scale)
    ahead, back = (posterior(s * K, observed)[2] for s in (1.0 + 1e-4, 1.0 - 1e-4))
    assert float(slope) == pytest.approx((ahead - back) / 2e-4, rel=1e-4)
