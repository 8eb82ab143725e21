import pytest
import torch

from molecules import Molecule
from surrogates.kernels import Hyperparameters, RegistryKernel, covariance
from surrogates.registry import Registry

NUMBERS = {"weight": 0.6, "lengthscale": 2.0, "outputscale": 3.0, "offset": 0.5, "nugget": 0.1}


@pytest.fixture
def kernel_of(many):
    registry = Registry()
    X = registry.encode(many)
    h = Hyperparameters(**{k: torch.tensor(v, dtype=torch.float64) for k, v in NUMBERS.items()})
    kernel = RegistryKernel(lambda a, b: covariance(registry.compare(a, b), h))
    return kernel, X, registry


def test_the_kernel_is_symmetric_and_positive_definite(kernel_of):
    kernel, X, _ = kernel_of
    K = kernel(X).to_dense()
    assert torch.allclose(K, K.T, atol=1e-14)
    assert torch.linalg.eigvalsh(K).min() >= 0.99 * 3.0 * 0.1


def test_the_prior_variance_is_on_the_diagonal(kernel_of):
    kernel, X, _ = kernel_of
    expected = torch.full((len(X),), 0.5 + 3.0 * 1.1, dtype=torch.float64)
    assert torch.allclose(kernel(X).to_dense().diagonal(), expected)
    assert torch.allclose(kernel(X, diag=True), expected)


def test_a_batch_of_candidate_sets_equals_a_loop_over_them(kernel_of):
    kernel, X, _ = kernel_of
    index = torch.randint(len(X), (7, 4), generator=torch.Generator().manual_seed(0))
    others = X[:5]
    batched = kernel(X[index], others.expand(7, 5, 1)).to_dense()
    looped = torch.stack([kernel(X[rows], others).to_dense() for rows in index])
    assert torch.equal(batched, looped)


def test_molecules_registered_later_do_not_change_earlier_covariances(kernel_of):
    kernel, X, registry = kernel_of
    before = kernel(X).to_dense()
    registry.encode([Molecule.from_smiles("c1ccncc1")])
    assert torch.equal(kernel(X).to_dense(), before)


def test_two_molecules_of_equal_features_share_all_but_the_nugget(kernel_of):
    kernel, _, registry = kernel_of
    X = registry.encode([Molecule.from_smiles(s) for s in ("C[C@H](O)CN", "C[C@@H](O)CN")])
    K = kernel(X).to_dense()
    assert float(K[0, 0] - K[0, 1]) == pytest.approx(3.0 * 0.1)


def test_the_same_molecule_keeps_its_number(kernel_of, many):
    _, X, registry = kernel_of
    assert torch.equal(registry.encode(many[::-1]), X.flip(0))
