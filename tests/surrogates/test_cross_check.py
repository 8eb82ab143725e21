"""Leaving molecules out: the formula against really leaving them out."""

import pytest
import torch

from surrogates.belief import whiten
from surrogates.cross_check import relative_error


def test_all_labels_of_a_molecule_are_left_out_together():
    generator = torch.Generator().manual_seed(0)
    A = torch.randn(6, 6, generator=generator, dtype=torch.float64)
    K = A @ A.T + torch.eye(6, dtype=torch.float64)
    y = torch.randn(6, generator=generator, dtype=torch.float64)
    rows, centre = torch.tensor([0, 1, 2, 0, 3, 1]), 0.3
    model, mean = [], []
    for molecule in range(4):
        out, rest = rows == molecule, rows != molecule
        weights = torch.linalg.solve(K[rest][:, rest], y[rest] - centre)
        model.append(y[out] - centre - K[out][:, rest] @ weights)
        mean.append(y[out] - y[rest].mean())
    expected = (torch.cat(model).square().mean() / torch.cat(mean).square().mean()).sqrt()
    whitening = whiten(K)
    precision = whitening.T @ (whitening @ (y - centre))
    assert relative_error(whitening, precision, y, rows) == pytest.approx(float(expected))


@pytest.mark.parametrize("values", [[1.0, 2.0], [1.0, 1.0, 1.0], []])
def test_too_few_labels_or_all_alike_say_nothing(values):
    y = torch.tensor(values, dtype=torch.float64)
    identity = torch.eye(len(y), dtype=torch.float64)
    assert relative_error(identity, y, y, torch.arange(len(y))) is None
