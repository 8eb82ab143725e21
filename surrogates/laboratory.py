"""LaboratoryModel: what cell tests say of molecules, doses and conditions nobody has tested."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor

from molecules import Label, Molecule
from surrogates.cells import Cells, Learned, learn
from surrogates.censored import Observed
from surrogates.conditions import BATCH, DOSE, Conditions, Value, complete, side
from surrogates.controls import error_of_controls
from surrogates.effects import (
    PRIOR_MEAN,
    Hyperparameters,
    Likeness,
    among_conditions,
    among_doses,
    among_molecules,
    unpack,
)
from surrogates.level import Level

WIDTHS: Mapping[str, float] = MappingProxyType(
    {
        "lifetime_ratio": 0.4,
        "coulombic_efficiency": 0.4,
        "hydrogen_rate": 0.3,
        "corrosion": 0.3,
        "overpotential": 0.2,
    }
)
"""Typical size of an effect before any label, log10 (a proposal: a factor of 2.5 in lifetime)."""
NOISE_FLOOR = 0.03
"""Smallest standard error of a cell, log10: no two cells are alike to 7 %."""
USUAL_NOISE = 0.12
"""Standard error of a cell, log10, before any was tested."""
FARTHEST = 4.0
"""Standardised computed quantities are cut here: a few far molecules must not fill the scale."""


LARGEST_TRUST = 0.8
"""What is computed never falls silent."""


@dataclass(frozen=True)
class Computed:
    """Computed quantities of molecules as inputs: posterior means, on fixed scales."""

    means: Callable[[Sequence[Molecule]], Tensor]
    """Molecules to means, `n x k`."""
    levels: tuple[Level, ...]
    """Centre and width of each: of a training set, or `surrogates.level.EXPECTED`. Fixed, so that
    the belief depends on laboratory labels through these labels only."""

    def __call__(self, molecules: Sequence[Molecule]) -> Tensor:
        """Standardised means, `n x k`, float64."""
        centre = torch.tensor([level.centre for level in self.levels], dtype=torch.float64)
        width = torch.tensor([level.width for level in self.levels], dtype=torch.float64)
        means = self.means(molecules).double().reshape(len(molecules), len(self.levels))
        if not means.isfinite().all():
            raise ValueError("got a computed mean that is not finite, expected a number for each")
        return ((means - centre) / width).clamp(-FARTHEST, FARTHEST)


def levels_of(means: Tensor) -> tuple[Level, ...]:
    """Centre and width of each column of `means`, `n x k`, of a fixed set such as the library."""
    width = means.std(0, unbiased=False).clamp(min=1e-9)
    return tuple(map(Level, means.mean(0).tolist(), width.tolist()))


class LaboratoryModel:
    """One Gaussian process a quantity, over molecule, computed quantities, dose and conditions.

    Labels are `log10` ratios to controls; censored ones are bounds. What a label's conditions do
    not state is as in the reference. Without labels the belief is the prior: no effect, on average.
    """

    def __init__(
        self,
        quantities: Sequence[str],
        computed: Computed | None = None,
        reference: Mapping[str, Value] | None = None,
        largest_trust: float = LARGEST_TRUST,
    ) -> None:
        if len(set(quantities)) < len(quantities):
            raise ValueError(f"got quantities {tuple(quantities)}, expected each name once")
        unknown = set(quantities) - set(WIDTHS)
        if unknown:
            raise ValueError(f"got quantities {sorted(unknown)}, expected some of {tuple(WIDTHS)}")
        self.quantities = tuple(quantities)
        self.reference = complete({}, reference or {})
        """Condition and dose that predictions are about."""
        self.largest_trust = largest_trust
        """Share of a score that results without any doubt would have."""
        self._computed = computed or Computed(lambda ms: torch.zeros(len(ms), 0), ())
        self._learned: dict[str, Learned] = {}

    def fit(self, labels: Sequence[Label]) -> None:
        """Learn from all labels of the quantities, in any order; others are passed over."""
        self._learned = {}
        for quantity in self.quantities:
            mine = sorted((x for x in labels if x.quantity.name == quantity), key=_order)
            if mine:
                self._learned[quantity] = learn(self._cells(mine), WIDTHS[quantity])

    def n_labels(self, quantity: str) -> int:
        """How many labels the belief about `quantity` rests on."""
        learned = self._learned.get(quantity)
        return len(learned.cells.molecules) if learned else 0

    def doses(self, quantity: str) -> Tensor:
        """Doses of the labels of `quantity`, mol/L, but for 0, at which all is known."""
        learned = self._learned.get(quantity)
        dose = learned.cells.dose if learned else torch.zeros(0, dtype=torch.float64)
        return dose[dose > 0]

    def predict(
        self, quantity: str, molecules: Sequence[Molecule], doses: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of the effect at the reference condition, each `n x g`.

        Args:
            quantity: one of `quantities`.
            molecules: `n`.
            doses: mol/L of each, `n x g`.
        """
        prior = self.prior_variance(quantity, doses)
        learned = self._learned.get(quantity)
        if learned is None:
            return torch.zeros_like(doses), prior.sqrt()
        among = self._cross(learned, molecules)
        mean, variance = torch.empty_like(doses), torch.empty_like(doses)
        for j in range(doses.shape[-1]):  # one dose at a time: bounds memory
            K = among * among_doses(doses[:, j, None], learned.cells.dose, learned.hyperparameters)
            mean[:, j] = K @ learned.conditioned.weights
            explained = (K @ learned.conditioned.whitening.T).square().sum(-1)
            variance[:, j] = prior[:, j] - explained
        return mean, variance.clamp(min=0.0).sqrt()

    def foresee(self, labels: Sequence[Label]) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of one quantity in cells of a new batch, each `n`.

        Of the `labels` only molecule, dose, conditions and `std` count. The deviation has the
        offset of the batch in it and the error of its controls, which are taken for new ones; the
        error of a single cell comes on top.
        """
        (quantity,) = {label.quantity.name for label in labels}
        molecules = [label.molecule for label in labels]
        stated = [complete(label.conditions, self.reference) for label in labels]
        dose = torch.tensor([float(s[DOSE]) for s in stated], dtype=torch.float64)
        h = self._hyperparameters(quantity)
        noise = torch.tensor([label.std for label in labels], dtype=torch.float64).square()
        of_controls = error_of_controls(quantity, stated, noise).diagonal()
        prior = self.prior_variance(quantity, dose) + h.batch + of_controls
        learned = self._learned.get(quantity)
        if learned is None:
            return torch.zeros_like(dose), prior.sqrt()
        K = self._cross(learned, molecules, stated)
        K = K * among_doses(dose[:, None], learned.cells.dose, h)
        explained = (K @ learned.conditioned.whitening.T).square().sum(-1)
        return K @ learned.conditioned.weights, (prior - explained).clamp(min=0.0).sqrt()

    def joint(
        self, quantity: str, molecules: Sequence[Molecule], doses: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Mean, `n`, and covariance, `n x n`, of the effects of molecules at `doses`, `n`."""
        X = self._computed(molecules)
        h = self._hyperparameters(quantity)
        K = among_molecules(Likeness.of(molecules, X, molecules, X), h)
        K = K * among_doses(doses[:, None], doses, h)
        learned = self._learned.get(quantity)
        if learned is None:
            return torch.zeros_like(doses), K
        cross = self._cross(learned, molecules) * among_doses(doses[:, None], learned.cells.dose, h)
        whitened = cross @ learned.conditioned.whitening.T
        return cross @ learned.conditioned.weights, K - whitened @ whitened.T

    def prior_variance(self, quantity: str, doses: Tensor) -> Tensor:
        """Variance before labels at `doses` in mol/L, any shape."""
        h = self._hyperparameters(quantity)
        return h.variance * among_doses(doses, doses, h)

    def noise_variance(self, quantity: str, n_cells: Tensor | float = 1.0) -> Tensor:
        """Variance around the effect of the mean of `n_cells` more of one batch.

        Of each cell the median of what the labels have, of all together that of a batch and of its
        controls.
        """
        learned, batch = self._learned.get(quantity), self._hyperparameters(quantity).batch
        if learned is None:
            return USUAL_NOISE**2 / n_cells + batch
        cells = learned.cells
        return (
            cells.observed.noise.median() / n_cells + batch + cells.of_controls.diagonal().median()
        )

    def _hyperparameters(self, quantity: str) -> Hyperparameters:
        learned = self._learned.get(quantity)
        if learned is not None:
            return learned.hyperparameters
        return unpack(PRIOR_MEAN, WIDTHS[quantity], bool(self._computed.levels))

    def _cross(
        self,
        learned: Learned,
        molecules: Sequence[Molecule],
        stated: Sequence[Mapping[str, Value]] = (),
    ) -> Tensor:
        """Covariance of molecules with the cells but for the dose; by default at the reference."""
        cells, h = learned.cells, learned.hyperparameters
        first = {molecule: i for i, molecule in reversed([*enumerate(cells.molecules)])}
        places = {molecule: i for i, molecule in enumerate(first)}
        likeness = Likeness.of(
            molecules, self._computed(molecules), list(first), cells.computed[list(first.values())]
        )
        columns = torch.tensor([places[m] for m in cells.molecules])
        here = Conditions.of(stated or [self.reference]).correlation(cells.conditions)
        return among_molecules(likeness, h)[:, columns] * among_conditions(here, h)

    def _cells(self, labels: Sequence[Label]) -> Cells:
        stated = [complete(label.conditions, self.reference) for label in labels]
        batches = [str(s.get(BATCH, f"alone {i}")) for i, s in enumerate(stated)]
        molecules = tuple(label.molecule for label in labels)
        columns = (
            [label.value for label in labels],
            [max(label.std, NOISE_FLOOR) ** 2 for label in labels],
            [side(label) for label in labels],
        )
        observed = Observed(*(torch.tensor(c, dtype=torch.float64) for c in columns))
        return Cells(
            molecules,
            self._computed(molecules),
            torch.tensor([float(s[DOSE]) for s in stated], dtype=torch.float64),
            Conditions.of(stated),
            torch.tensor([[float(a == b) for b in batches] for a in batches], dtype=torch.float64),
            error_of_controls(labels[0].quantity.name, stated, observed.noise),
            observed,
        )


def _order(label: Label) -> tuple[str, str, float, float, bool, str]:
    """A key that no two different labels share, whatever the order they come in."""
    conditions = repr(sorted(label.conditions, key=lambda pair: pair[0]))
    values = (label.value, label.std, label.censored)
    return (label.molecule.smiles, conditions, *values, label.oracle)
