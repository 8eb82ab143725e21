"""Opinion: what the laboratory's results say of molecules, and how far they may be trusted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from molecules import Molecule
from surrogates.conditions import DOSE
from surrogates.laboratory import LaboratoryModel

FLOOR = 1e-3
"""Smallest desirability inside a geometric mean: one goal missed must not hide the others."""
LEAST_TRUST = 1e-12
"""Below it there is none, and wishes count by their weights alone."""
N_NODES, N_DOSES = 64, 9
_QUANTILES = (torch.arange(N_NODES, dtype=torch.float64) + 0.5) / N_NODES
_UNSCALED = torch.special.ndtri(_QUANTILES)
NODES = _UNSCALED / _UNSCALED.square().mean().sqrt()
"""Equally probable values of a standard normal, of mean 0 and variance 1: unlike Gauss-Hermite's,
they integrate a hard edge as well as a slope."""


@dataclass(frozen=True)
class Wish:
    """A goal about a quantity of the laboratory."""

    quantity: str
    desirability: Callable[[Tensor], Tensor]
    """Values in the quantity's unit to [0, 1], elementwise."""
    weight: float = 1.0


@dataclass(frozen=True)
class Opinion:
    """What the laboratory says of `n` molecules, each at its best dose."""

    trust: Tensor
    """a = a_max (1 - posterior variance / prior variance), `n`, in [0, a_max]; 0 without labels.
    At the dose that the labels tell most of, whichever dose is the best: otherwise a bad result,
    after which an untested dose looks best, would count for less than a good one."""
    desirability: Tensor
    """Expected geometric mean of the wishes, each by its weight and trust, `n`, in [0, 1]."""
    best_dose: Tensor
    """mol/L, `n`."""
    mean: Mapping[str, Tensor]
    """Expected effect at that dose by quantity, `n` each."""
    std: Mapping[str, Tensor]

    def score(self, computed: Tensor) -> Tensor:
        """D_computed^(1-a) D_lab^a, `n`, from the score of what is computed, `n`."""
        return combine(computed, self.desirability, self.trust)


def combine(computed: Tensor, laboratory: Tensor, trust: Tensor) -> Tensor:
    """Weighted geometric mean of two scores in [0, 1], of shapes that broadcast."""
    return computed.clamp(min=0.0) ** (1.0 - trust) * laboratory.clamp(min=FLOOR) ** trust


def opine(
    model: LaboratoryModel,
    molecules: Sequence[Molecule],
    wishes: Sequence[Wish],
    low: Tensor | float,
    high: Tensor | float,
) -> Opinion:
    """Ask `model` about molecules at the best of `N_DOSES` doses between bounds.

    Only wishes whose quantity has labels count; while none has, trust is 0, the dose is that of the
    reference (within the bounds) and the desirability that of the prior.

    Args:
        model: what the results have taught.
        molecules: `n`.
        wishes: at least one.
        low: smallest dose in mol/L, of all or of each, `n`.
        high: largest dose, likewise.
    """
    counted = [wish for wish in wishes if model.n_labels(wish.quantity)]
    doses = _doses(model, len(molecules), low, high, bool(counted))
    quantities = dict.fromkeys(wish.quantity for wish in counted or wishes)
    beliefs = {q: model.predict(q, molecules, doses) for q in quantities}
    variances = {q: std.square() for q, (_, std) in beliefs.items()}
    each = {q: a.amax(-1, keepdim=True) for q, a in trusts(model, variances, doses).items()}
    expected = expect(beliefs, counted or wishes, each)
    best = expected.argmax(-1, keepdim=True)
    dose = doses.gather(-1, best)[:, 0]
    mean, std = ({q: b[i].gather(-1, best)[:, 0] for q, b in beliefs.items()} for i in (0, 1))
    return Opinion(
        trust=trust(each, counted or wishes)[:, 0],
        desirability=expected.gather(-1, best)[:, 0],
        best_dose=dose,
        mean=mean,
        std=std,
    )


def expect(
    beliefs: Mapping[str, tuple[Tensor, Tensor]],
    wishes: Sequence[Wish],
    trusted: Mapping[str, Tensor] | None = None,
) -> Tensor:
    """Expected geometric mean of `wishes` (see `desire`), of the shape of the beliefs.

    Quantities are independent in the belief, so the expectation of the product over them is the
    product of expectations; wishes about one quantity share its values.
    """
    shares = {q: a.unsqueeze(-1) for q, a in trusted.items()} if trusted else None
    product = torch.ones(())
    for quantity, (mean, std) in beliefs.items():
        values = mean.unsqueeze(-1) + std.unsqueeze(-1) * NODES
        product = product * desire({quantity: values}, wishes, shares).mean(-1)
    return product


def desire(
    values: Mapping[str, Tensor],
    wishes: Sequence[Wish],
    trusted: Mapping[str, Tensor] | None = None,
) -> Tensor:
    """Product of the wishes about these quantities, each to its share of all `wishes`' weight.

    With the trust in each quantity, of shapes that broadcast with the values, the share is that of
    weight times trust: with `trust` the score is then D^(1-a) prod_w D_w^(w a_w) with a the sum of
    the w a_w, so that a quantity which nobody has measured of a molecule leaves its score alone.
    """
    one = torch.ones((), dtype=torch.float64)
    each = [w.weight * (trusted[w.quantity] if trusted else one) for w in wishes]
    total = sum(each[1:], start=each[0])
    weights = sum(wish.weight for wish in wishes)
    logs = [
        torch.where(total > LEAST_TRUST, part / total.clamp(min=LEAST_TRUST), wish.weight / weights)
        * wish.desirability(values[wish.quantity]).clamp(min=FLOOR).log()
        for wish, part in zip(wishes, each, strict=True)
        if wish.quantity in values
    ]
    return torch.stack(logs).sum(0).exp()


def trusts(
    model: LaboratoryModel, variance: Mapping[str, Tensor], dose: Tensor
) -> dict[str, Tensor]:
    """Trust in each quantity at `dose`, any shape, where it has this posterior variance."""
    return {
        q: model.largest_trust * (1.0 - v / model.prior_variance(q, dose)).clamp(0.0, 1.0)
        for q, v in variance.items()
    }


def trust(trusted: Mapping[str, Tensor], wishes: Sequence[Wish]) -> Tensor:
    """Trust in the laboratory: the mean of that in each quantity, by the weight of its wishes."""
    total = sum(wish.weight for wish in wishes)
    shares = [wish.weight / total * trusted[wish.quantity] for wish in wishes]
    return torch.stack(shares).sum(0)


def _doses(
    model: LaboratoryModel, n: int, low: Tensor | float, high: Tensor | float, has_labels: bool
) -> Tensor:
    """Doses to try in mol/L, `n x g`."""
    bounds = [torch.as_tensor(x, dtype=torch.float64).expand(n) for x in (low, high)]
    if not ((bounds[0] > 0) & (bounds[0] <= bounds[1])).all():
        raise ValueError(f"got doses from {low} to {high}, expected 0 < low <= high in mol/L")
    if not has_labels:
        reference = torch.full((n,), float(model.reference[DOSE]), dtype=torch.float64)
        return reference.clamp(*bounds).unsqueeze(-1)
    steps = torch.linspace(0.0, 1.0, N_DOSES, dtype=torch.float64)
    lower, upper = (x.log10().unsqueeze(-1) for x in bounds)
    return 10.0 ** (lower + steps * (upper - lower))
