"""Conditions: how much a cell test tells of a test under other conditions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import torch
from torch import Tensor

from molecules import Label

Value = float | str
DOSE, BATCH, BOUND = "additive_molar", "batch", "bound"
"""Names in `Label.conditions`: mol/L of the additive, the batch, and "upper" for upper bounds."""

REFERENCE: Mapping[str, Value] = MappingProxyType(
    {
        DOSE: 0.05,
        "base_salt": "ZnSO4",
        "base_molar": 2.0,
        "cell_type": "Zn||Zn",
        "temperature_C": 25.0,
        "current_mA_cm2": 1.0,
        "capacity_mAh_cm2": 1.0,
        "protocol": "plain",
    }
)
"""What a condition is where neither a label nor the campaign states it."""


@dataclass(frozen=True)
class Axis:
    """A condition that is a number."""

    name: str
    scale: float
    """Difference at which effects correlate by 0.61 in their share that depends on conditions."""
    is_ratio: bool
    """Compared as log10."""

    def value(self, stated: float) -> float:
        """Position in units of the scale."""
        return (math.log10(max(stated, 1e-6)) if self.is_ratio else stated) / self.scale


# Proposals, to be calibrated on results: a factor of five in current or capacity, or 30 degrees,
# changes which additives win about as much as another protocol does.
AXES = (
    Axis("current_mA_cm2", 0.7, True),
    Axis("capacity_mAh_cm2", 0.7, True),
    Axis("temperature_C", 30.0, False),
    Axis("base_molar", 0.5, True),
)
KINDS: Mapping[str, float] = MappingProxyType({"base_salt": 0.6, "cell_type": 0.5, "protocol": 0.7})
"""Conditions that are words, and the correlation of effects between two that differ."""


@dataclass(frozen=True)
class Conditions:
    """Conditions of `n` tests, dose and batch apart."""

    numbers: Tensor
    """`n x 4`, in units of the scales of `AXES`."""
    words: tuple[tuple[str, ...], ...]
    """`n` times the words of `KINDS`."""

    @classmethod
    def of(cls, stated: Sequence[Mapping[str, Value]]) -> Conditions:
        """Read complete conditions (see `complete`)."""
        numbers = [[axis.value(float(s[axis.name])) for axis in AXES] for s in stated]
        return cls(
            torch.tensor(numbers, dtype=torch.float64).reshape(len(stated), len(AXES)),
            tuple(tuple(str(s[name]) for name in KINDS) for s in stated),
        )

    def correlation(self, other: Conditions) -> Tensor:
        """Correlation of effects under `n` and `m` conditions, `n x m`, in (0, 1]."""
        same = torch.exp(-0.5 * torch.cdist(self.numbers, other.numbers).square())
        for column, factor in enumerate(KINDS.values()):
            mine, others = (np.array([w[column] for w in x.words]) for x in (self, other))
            differs = torch.from_numpy(mine[:, None] != others[None, :]).double()
            same = same * factor**differs
        return same


def complete(
    stated: Sequence[tuple[str, Value]] | Mapping[str, Value], reference: Mapping[str, Value]
) -> dict[str, Value]:
    """Conditions with what is not stated as in `reference`, and what that lacks as `REFERENCE`."""
    return {**REFERENCE, **reference, **dict(stated)}


def side(label: Label) -> float:
    """0 where a label is a value, 1 where it is a lower bound, -1 where it is an upper bound."""
    if not label.censored:
        return 0.0
    return -1.0 if dict(label.conditions).get(BOUND) == "upper" else 1.0
