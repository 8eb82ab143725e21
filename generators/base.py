"""The contract of every proposer: where candidates come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from molecules import Molecule

LIBRARY = "library"
"""Source of known molecules; all other sources generate."""


@dataclass(frozen=True)
class Proposal:
    """A molecule offered to the pool, and where it came from."""

    molecule: Molecule
    source: str
    """Name of the proposer: library, gflownet, genetic."""
    parents: tuple[Molecule, ...] = ()


class Reward(Protocol):
    """What the loop currently wants, as a function of molecules."""

    n_objectives: int
    """Length m of the objective vector."""

    known: Sequence[Molecule]
    """Labelled molecules and the best of the library, best first: seeds for replay and breeding."""

    def objectives(self, molecules: Sequence[Molecule]) -> Tensor:
        """Optimistic desirabilities, `n x m`, each in [0, 1].

        What does not apply has the mean of what does, so that it neither helps nor hurts.
        """

    def log_reward(self, molecules: Sequence[Molecule], preference: Tensor, beta: Tensor) -> Tensor:
        """`beta * D`, `n`, where D in [0, 1] is the score under `preference` (R = exp(D)).

        Args:
            molecules: n molecules.
            preference: weights of the objectives on the simplex, `n x m` or `m`.
            beta: inverse temperature, `n` or scalar.

        A molecule that fails a hard filter has exactly `LOG_REWARD_FLOOR`, below every other.
        """

    def scalarise(self, objectives: Tensor, preference: Tensor, beta: Tensor) -> Tensor:
        """`beta * D`, `n`, from objective vectors already known; `log_reward` without the floor.

        Replayed molecules are judged again under fresh preferences by this, at no cost.

        Args:
            objectives: vectors as `objectives` returns them, `n x m`.
            preference: weights of the objectives on the simplex, `n x m` or `m`.
            beta: inverse temperature, `n` or scalar.
        """


class Proposer(Protocol):
    """A source of candidate molecules that may learn from the current reward."""

    def update(self, reward: Reward) -> dict[str, float]:
        """Learn from the current reward; return metrics for the record."""

    def propose(self, n: int) -> list[Proposal]:
        """Return up to `n` distinct, valid proposals that pass the hard filters."""


LOG_REWARD_FLOOR = -10.0
"""Log reward of an invalid string or a molecule that fails a hard filter."""
