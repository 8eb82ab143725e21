"""Effects: how alike the effects of additives in cells are, before any label.

The effect of a molecule at a dose is a Gaussian process of mean 0 ("does nothing") and covariance

    k = s2 h(c) h(c') [sum_p share_p k_p(molecules)] [1 - d + d k_dose] [1 - e + e k_conditions]

over its parts p: the level (what any additive does), substructures (Tanimoto), descriptors,
computed quantities, and the molecule itself, which no feature tells. h(c) = c / (c + 0.1 mM) is the
dose saturation: without additive the effect is exactly zero. Each batch adds an offset of its own:
the error of its controls, or where that is known apart (`surrogates.controls`) what else it has.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from molecules import Molecule
from surrogates.features import featurise, squared_distance, tanimoto

PARTS = ("level", "substructures", "descriptors", "computed", "itself")
SATURATION_MOLAR = 1e-4
"""Dose of half the effect, below all useful ones (a proposal): only "nothing" must do nothing."""
LEAST_MOLAR = 1e-9
DOSE_SCALE = 0.5
"""Difference of log10 dose at which effects correlate by 0.61 in their share of the dose."""

# Names, means and standard deviations of the hyperparameters: shares as logits, the others as logs
# (s and the batch's offset in widths of the quantity; descriptors in their scales, computed
# quantities in theirs). About as tight as what five labels cannot tell, wider than fifty need.
PRIOR = (
    ("s", 0.2, 0.3),
    ("level", 0.0, 0.7),
    ("substructures", 0.5, 0.7),
    ("descriptors", 0.5, 0.7),
    ("computed", 0.5, 0.7),
    ("itself", -0.5, 0.7),
    ("descriptors_scale", math.log(2.5), 0.3),
    ("computed_scale", math.log(0.8), 0.3),
    ("dose", -0.5, 0.7),
    ("conditions", 0.0, 0.7),
    ("batch", math.log(0.15), 0.5),
)
PRIOR_MEAN = torch.tensor([mean for _, mean, _ in PRIOR], dtype=torch.float64)
PRIOR_STD = torch.tensor([std for _, _, std in PRIOR], dtype=torch.float64)


@dataclass(frozen=True)
class Likeness:
    """Parts of the covariance among `n` and `m` molecules, each `n x m`."""

    tanimoto: Tensor
    distance: Tensor
    """Squared, of descriptors."""
    computed: Tensor
    """Squared differences of each of k computed quantities, `n x m x k`."""
    is_same: Tensor

    @classmethod
    def of(cls, a: Sequence[Molecule], A: Tensor, b: Sequence[Molecule], B: Tensor) -> Likeness:
        """Compare molecules with their standardised computed quantities, `n x k` and `m x k`."""
        left, right = featurise(a), featurise(b)
        numbers = {molecule: i for i, molecule in enumerate({*a, *b})}
        rows, columns = (torch.tensor([numbers[m] for m in x], dtype=torch.long) for x in (a, b))
        return cls(
            torch.from_numpy(tanimoto(left, right)),
            torch.from_numpy(squared_distance(left, right)),
            (A[:, None, :] - B[None, :, :]).square(),
            (rows[:, None] == columns[None, :]).double(),
        )


@dataclass(frozen=True)
class Hyperparameters:
    """What one quantity's labels have taught, in the quantity's unit."""

    variance: Tensor
    """s2: of the effect of any one molecule at a saturating dose."""
    shares: Tensor
    """Of `PARTS`, summing to 1."""
    descriptors_scale: Tensor
    computed_scale: Tensor
    dose: Tensor
    """Share that depends on the dose, in (0, 1)."""
    conditions: Tensor
    """Share that depends on the conditions, in (0, 1)."""
    batch: Tensor
    """Variance of a batch's offset."""


def unpack(theta: Tensor, width: float, has_computed: bool) -> Hyperparameters:
    """Read `theta`, `11` in the order of `PRIOR`, for a quantity of this typical effect."""
    logits = theta[1:6]
    if not has_computed:
        keep = torch.tensor([part != "computed" for part in PARTS])
        logits = logits.masked_fill(~keep, -math.inf)
    return Hyperparameters(
        variance=(width * theta[0].exp()).square(),
        shares=logits.softmax(0),
        descriptors_scale=theta[6].exp(),
        computed_scale=theta[7].exp(),
        dose=theta[8].sigmoid(),
        conditions=theta[9].sigmoid(),
        batch=(width * theta[10].exp()).square(),
    )


def among_molecules(likeness: Likeness, h: Hyperparameters) -> Tensor:
    """Covariance of saturated effects at one dose and condition, `n x m`.

    Computed quantities act one by one, each through a curve of its own: a few labels teach a few
    curves, but no function of all of them.
    """
    level, substructures, descriptors, computed, itself = h.shares
    K = level + substructures * likeness.tanimoto + itself * likeness.is_same
    K = K + descriptors * torch.exp(-0.5 * likeness.distance / h.descriptors_scale**2)
    if likeness.computed.shape[-1]:
        curves = torch.exp(-0.5 * likeness.computed / h.computed_scale**2)
        K = K + computed * curves.mean(-1)
    covariance: Tensor = h.variance * K
    return covariance


def among_doses(a: Tensor, b: Tensor, h: Hyperparameters) -> Tensor:
    """Factor of doses in mol/L, of shapes that broadcast."""
    difference = a.clamp(min=LEAST_MOLAR).log10() - b.clamp(min=LEAST_MOLAR).log10()
    shape = 1.0 - h.dose + h.dose * torch.exp(-0.5 * (difference / DOSE_SCALE).square())
    return saturation(a) * saturation(b) * shape


def saturation(dose: Tensor) -> Tensor:
    """Share of the effect that a dose in mol/L can have: 0 without additive."""
    return dose / (dose + SATURATION_MOLAR)


def among_conditions(correlation: Tensor, h: Hyperparameters) -> Tensor:
    """Factor of conditions, from their correlation, any shape."""
    return 1.0 - h.conditions + h.conditions * correlation
