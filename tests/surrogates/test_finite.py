import torch
from botorch.posteriors import GPyTorchPosterior
from gpytorch.distributions import MultivariateNormal

from molecules import Quantity
from surrogates.finite import AntitheticSampler, tabulate
from surrogates.gp import GaussianProcess


def positions(*index):
    return torch.tensor(index, dtype=torch.float64).unsqueeze(-1)


def test_the_table_tells_what_its_model_tells(many, label):
    labels = label(many[:20]) + label(
        many[:20], lambda m: m.n_heavy / 2, quantity=Quantity("b", "1")
    )
    for quantities in (("score",), ("score", "b")):
        surrogate = GaussianProcess(quantities)
        surrogate.fit(labels, [])
        X = surrogate.encode(many)
        with torch.no_grad():
            truth = surrogate.model.posterior(X[30:35]).distribution
        told = tabulate(surrogate.model, X).posterior(positions(30, 31, 32, 33, 34)).distribution
        assert torch.allclose(told.mean, truth.mean)
        assert torch.allclose(told.covariance_matrix, truth.covariance_matrix, atol=1e-4)


def test_batches_of_positions_are_gathered(many, label):
    surrogate = GaussianProcess(("score",))
    surrogate.fit(label(many[:20]), [])
    table = tabulate(surrogate.model, surrogate.encode(many))
    batched = table.posterior(torch.stack([positions(1, 2), positions(40, 3)]))
    assert torch.equal(batched.mean[1], table.posterior(positions(40, 3)).mean)
    assert torch.equal(batched.variance[0], table.posterior(positions(1, 2)).variance)


def test_samples_come_in_mirrored_pairs_and_repeat_with_the_seed():
    normal = MultivariateNormal(torch.zeros(3).double(), torch.eye(3).double())
    one, again, other = (
        AntitheticSampler(torch.Size([64]), seed=seed)(GPyTorchPosterior(normal))
        for seed in (1, 1, 2)
    )
    assert torch.equal(one[:32], -one[32:])
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
