"""The contract of every surrogate: what the loop believes about molecules nobody asked about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from torch import Tensor

from molecules import Failure, Label, Molecule


class Surrogate(Protocol):
    """A probabilistic model of several quantities over molecules."""

    quantities: tuple[str, ...]
    """Names of the modelled quantities; outputs of `model` are in this order."""

    @property
    def model(self) -> Any:
        """BoTorch Model over encoded molecules, one output a quantity; float64.

        Of a quantity with several oracles: what the highest tier would say, on the goals' scale.
        """

    def fit(self, labels: Sequence[Label], failures: Sequence[Failure]) -> None:
        """Learn from all outcomes so far; deterministic and independent of their order."""

    def encode(self, molecules: Sequence[Molecule]) -> Tensor:
        """Inputs of `model` for these molecules, `n x d`."""

    def predict(
        self, molecules: Sequence[Molecule], oracle: str | None = None
    ) -> tuple[Tensor, Tensor]:
        """Posterior mean and standard deviation, each `n x k`.

        Without an `oracle`, the marginals of `model`, fast; else the answers expected of it, on its
        own scale.
        """

    def feasibility(self, molecules: Sequence[Molecule]) -> Tensor:
        """Probability that an oracle gives a number, `n`, in (0, 1)."""

    def familiarity(self, molecules: Sequence[Molecule]) -> Tensor:
        """Largest Tanimoto similarity to a labelled molecule, `n`, 0 where there is none."""


@runtime_checkable
class CrossChecked(Protocol):
    """A surrogate that can tell how well it predicts each label from all others."""

    def left_out_errors(self) -> dict[str, float]:
        """Root mean square error of leave-one-out predictions, relative to that of the mean.

        By quantity: 0 is perfect, 1 no better than predicting the mean of the other labels.
        Quantities whose labels are too few or all alike are left out.
        """
