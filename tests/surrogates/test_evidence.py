import math
from collections import OrderedDict

import pytest
import torch

from surrogates import evidence
from surrogates.evidence import PRIOR_MEAN, hyperparameters, log_posterior, most_probable
from surrogates.kernels import covariance
from surrogates.registry import Registry


@pytest.fixture
def pairs(many):
    registry = Registry()
    rows = registry.encode(many)[:, 0].long()
    return registry.compare(rows, rows)


def draw(pairs, theta, noise, seed):
    """Labels that the prior itself would give."""
    C = covariance(pairs, hyperparameters(theta, 1.0)) + torch.diag(noise)
    z = torch.randn(len(noise), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return torch.linalg.cholesky(C) @ z


def test_the_likelihood_equals_that_of_the_normal_distribution(pairs):
    noise = torch.full((len(pairs.is_same),), 0.01, dtype=torch.float64)
    residual = draw(pairs, PRIOR_MEAN, noise, 0)
    C = covariance(pairs, hyperparameters(PRIOR_MEAN, 1.0)) + torch.diag(noise)
    normal = torch.distributions.MultivariateNormal(torch.zeros_like(residual), C)
    expected = normal.log_prob(residual) + 0.5 * len(residual) * math.log(2 * math.pi)
    assert torch.allclose(log_posterior(PRIOR_MEAN, pairs, residual, noise), expected)


def test_the_answer_is_at_least_as_probable_as_the_truth(pairs):
    noise = torch.full((len(pairs.is_same),), 1e-4, dtype=torch.float64)
    for seed, share in enumerate((-2.0, 0.0, 2.0)):
        truth = torch.tensor([share, math.log(2.0), 0.5, math.log(0.1)], dtype=torch.float64)
        residual = draw(pairs, truth, noise, seed)
        found = most_probable(pairs, residual, noise)
        assert log_posterior(found, pairs, residual, noise) >= log_posterior(
            truth, pairs, residual, noise
        )


def test_no_labels_leave_the_prior(pairs):
    nothing = torch.zeros(0, dtype=torch.float64)
    empty = torch.zeros(0, dtype=torch.int64)
    none = Registry().compare(empty, empty)
    assert torch.equal(most_probable(none, nothing, nothing), PRIOR_MEAN)


def test_pure_noise_is_explained_without_a_long_memory(pairs):
    noise = torch.full((len(pairs.is_same),), 1e-4, dtype=torch.float64)
    generator = torch.Generator().manual_seed(3)
    residual = torch.randn(len(noise), generator=generator, dtype=torch.float64)
    found = hyperparameters(most_probable(pairs, residual, noise), 1.0)
    signal = hyperparameters(most_probable(pairs, draw(pairs, PRIOR_MEAN, noise, 3), noise), 1.0)
    assert found.nugget > 3 * signal.nugget


def test_the_same_labels_are_searched_once_and_other_ones_again(pairs, monkeypatch):
    searched = []

    def count(*arguments):
        searched.append(arguments)
        return search(*arguments)

    search = evidence._search
    monkeypatch.setattr(evidence, "_search", count)
    monkeypatch.setattr(evidence, "_remembered", OrderedDict())
    noise = torch.full((len(pairs.is_same),), 1e-3, dtype=torch.float64)
    residual = draw(pairs, PRIOR_MEAN, noise, 11)
    found = most_probable(pairs, residual, noise)
    assert torch.equal(most_probable(pairs, residual.clone(), noise), found)
    assert torch.equal(found, search(pairs, residual, noise))
    assert len(searched) == 1
    for other in ((residual + 1e-9, noise), (residual, 2 * noise)):
        most_probable(pairs, *other)
    assert len(searched) == 3
    for seed in range(evidence.N_REMEMBERED):
        evidence._remembered[bytes([seed])] = found
    most_probable(pairs, residual + 1e-8, noise)
    assert len(evidence._remembered) == evidence.N_REMEMBERED
