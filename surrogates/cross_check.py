"""Cross-check: how well labels are predicted from those of all other molecules."""

from __future__ import annotations

import torch
from torch import Tensor

FEWEST = 3
"""Molecules below which nothing is said."""


def relative_error(
    whitening: Tensor, precision: Tensor, values: Tensor, rows: Tensor
) -> float | None:
    """Root mean square error of leaving molecules out, over that of the mean of the others.

    With Q = (K + noise)^-1 and the labels b of one molecule, y_b less its prediction from all
    others is Q_bb^-1 [Q (y - centre)]_b (Rasmussen and Williams, eq. 5.12, for a block). What the
    kernel has learned stays as it is. None where the labels are too few or all alike.

    Args:
        whitening: inverse of the Cholesky factor of K + noise, `n x n`.
        precision: Q (y - centre), `n`.
        values: labels y, `n`.
        rows: which molecule each label is of, `n`, integer.
    """
    Q = whitening.T @ whitening
    model, mean = [], []
    for row in torch.unique(rows):
        b = rows == row
        model.append(torch.linalg.solve(Q[b][:, b], precision[b]))
        mean.append(values[b] - values[~b].mean())
    if len(model) < FEWEST or values.max() == values.min():
        return None
    wrong = torch.cat(mean)
    return float((torch.cat(model).square().mean() / wrong.square().mean()).sqrt())
