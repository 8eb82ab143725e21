"""Controls: the error that cells share because they are compared with the same cells."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from surrogates.conditions import BATCH, DOSE, REFERENCE, Value

CONTROLS, CONTROL_BATCH = "controls", "control_batch"
"""Names in `Label.conditions`: how many controls there were, and their batch where it is not the
cell's own."""
MEDIANS = frozenset({"lifetime_ratio"})
"""Quantities whose controls count by their median; of the others by their mean."""
SHARED = (*(name for name in REFERENCE if name != DOSE), "base_dose")
"""Conditions that a cell and its controls have in common."""


def error_of_controls(
    quantity: str, stated: Sequence[Mapping[str, Value]], noise: Tensor
) -> Tensor:
    """Covariance, `n x n`, that labels have through their controls.

    What m controls say together has the variance of one of them / [1 + w (m - 1)]: w is 1 for a
    mean and about 2 / pi for a median. It is one error for all cells of one batch of controls and
    one condition. Labels that do not say how many there were have none.

    Args:
        quantity: that of the labels.
        stated: their conditions, complete.
        noise: variance of one cell, `n`.
    """
    w = 2.0 / math.pi if quantity in MEDIANS else 1.0
    m = torch.tensor([float(s.get(CONTROLS, math.inf)) for s in stated], dtype=torch.float64)
    std = (noise / (1.0 + w * (m - 1.0))).sqrt()
    groups = [(s.get(CONTROL_BATCH, s.get(BATCH)), *map(s.get, SHARED)) for s in stated]
    numbers = {group: i for i, group in enumerate(groups)}
    group = torch.tensor([numbers[g] for g in groups])
    return std[:, None] * std * (group[:, None] == group)
