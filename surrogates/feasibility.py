"""Feasibility: how likely an oracle is to give a number at all, learned from its failures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from molecules import Failure, Label, Molecule


@dataclass(frozen=True)
class Tally:
    """Evidence of one molecule: successes and failures, one unit an evaluation."""

    successes: float
    failures: float


@dataclass(frozen=True)
class Feasibility:
    """A Beta belief about success, in which each evaluated molecule counts by its similarity.

    p = (strength prior + sum_i T_i^sharpness s_i) / (strength + sum_i T_i^sharpness (s_i + f_i))

    over the evaluated molecules i with Tanimoto similarity T_i, successes s_i and failures f_i:
    the prior far from all of them, the observed share near many.
    """

    prior: float = 0.9
    strength: float = 1.0
    """Evaluations that the prior is worth."""
    sharpness: float = 3.0

    def __post_init__(self) -> None:
        if not (0.0 < self.prior < 1.0 and self.strength > 0.0 and self.sharpness > 0.0):
            raise ValueError(
                f"got prior {self.prior}, strength {self.strength}, sharpness {self.sharpness}; "
                "expected 0 < prior < 1 and the others > 0"
            )

    def probability(self, tanimoto: Tensor, successes: Tensor, failures: Tensor) -> Tensor:
        """Probability of success, `b`, from similarities `b x N` to molecules tallied `N`."""
        near = tanimoto**self.sharpness
        good = self.strength * self.prior + near @ successes
        return good / (self.strength + near @ (successes + failures))


def tally(labels: Sequence[Label], failures: Sequence[Failure]) -> Mapping[Molecule, Tally]:
    """Count successes and failures of each molecule.

    One evaluation of one molecule asks several quantities; those that failed alone are a share
    of it, a failure of the whole evaluation is one more. What does not apply is no evidence.
    """
    numbers: dict[Molecule, set[str]] = defaultdict(set)
    partial: dict[Molecule, int] = defaultdict(int)
    whole: dict[Molecule, int] = defaultdict(int)
    for label in labels:
        numbers[label.molecule].add(label.quantity.name)
    for failure in failures:
        if failure.is_applicable:
            (whole if failure.quantity is None else partial)[failure.molecule] += 1
    tallies = {}
    for molecule in sorted({*numbers, *partial, *whole}):
        good, bad = len(numbers[molecule]), partial[molecule]
        share = max(good + bad, 1)
        tallies[molecule] = Tally(good / share, bad / share + whole[molecule])
    return tallies


def columns(tallies: Sequence[Tally]) -> tuple[Tensor, Tensor]:
    """Successes and failures as tensors, each `N`."""
    successes = torch.tensor([t.successes for t in tallies], dtype=torch.float64)
    return successes, torch.tensor([t.failures for t in tallies], dtype=torch.float64)
