"""Verdict: what the laboratory says of molecules, and how it weighs against the computer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from molecules import Molecule
from surrogates.opinion import FLOOR, combine


@dataclass(frozen=True)
class Verdict:
    """The laboratory's say about `n` molecules; any shape of gathered rows stands for `n`."""

    trust: Tensor
    """Share `a` of the score that is the laboratory's, `n`, in [0, 1)."""
    desirability: Tensor
    """Of the laboratory's own goals, `n`, in [0, 1]."""

    def rows(self, index: Tensor) -> Verdict:
        """Gather molecules by their row numbers, any shape of `index`."""
        return Verdict(self.trust[index], self.desirability[index])

    def weigh(self, computed: Tensor) -> Tensor:
        """D^(1-a) L^a of computed desirabilities D, `... x n x m`, and the laboratory's own L.

        D is floored first, as in the score: 0 to any power is 0, and one missed goal would keep
        the laboratory from ever being heard.
        """
        floored = computed.clamp(min=FLOOR)
        return combine(floored, self.desirability.unsqueeze(-1), self.trust.unsqueeze(-1))

    def relax(self, constraints: Tensor) -> Tensor:
        """C^(1-a) of computed constraints C, `... x n x c`: what was tried is not forbidden."""
        return constraints.pow(1.0 - self.trust.unsqueeze(-1))


class Adviser(Protocol):
    """Who knows what the laboratory says."""

    def __call__(self, molecules: Sequence[Molecule]) -> Verdict | None:
        """The laboratory's verdict on each; None where it has none of any."""
