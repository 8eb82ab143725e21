"""Rules: what a batch must look like, whatever the acquisition would like best."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Rules:
    """Shares of a batch and the distance its molecules keep."""

    library: float = 0.2
    """Least share of library molecules, and `generated` of generated ones, where there are any."""
    generated: float = 0.4
    initial_generated: float = 0.25
    """Share of generated molecules in the first batch, which nobody's labels have guided."""
    audit: float = 0.125
    """Share chosen for their uncertainty alone: it keeps the error bars honest."""
    sphere: float = 0.65
    """Largest Tanimoto similarity of two molecules of one batch."""

    def __post_init__(self) -> None:
        shares = (self.library, self.generated, self.initial_generated, self.audit, self.sphere)
        if not all(0.0 <= share <= 1.0 for share in shares):
            raise ValueError(f"got shares {shares} of a batch, expected each in [0, 1]")
        if self.library + self.generated > 1.0:
            raise ValueError(
                f"got library {self.library} + generated {self.generated} > 1; lower one of them"
            )

    def for_first_batch(self) -> Rules:
        """Rules of the initial design: its generated share is exact."""
        share = self.initial_generated
        return Rules(1.0 - share, share, share, 0.0, self.sphere)

    def n_audits(self, size: int) -> int:
        """Number of audit picks in a batch of `size`; a single molecule is never an audit."""
        return min(math.floor(self.audit * size + 0.5), size - 1)

    def fill(
        self,
        size: int,
        is_generated: Tensor,
        similarity: Tensor,
        value: Callable[[Sequence[int]], Tensor],
    ) -> list[int]:
        """Pick `size` of `N` molecules, each the best eligible one by `value` of those before it.

        Args:
            size: at most `N`.
            is_generated: `N`, boolean.
            similarity: Tanimoto similarity, `N x N`.
            value: from positions picked so far to the worth of each molecule, `N`.
        """
        chosen: list[int] = []
        for _ in range(size):
            allowed = self.eligible(is_generated, similarity, chosen, size)
            worth = value(chosen)
            chosen.append(int(torch.where(allowed, worth, -math.inf).argmax()))
        return chosen

    def eligible(
        self, is_generated: Tensor, similarity: Tensor, chosen: Sequence[int], size: int
    ) -> Tensor:
        """Which of `N` molecules may be picked next, boolean, `N`; none only if all are chosen.

        Where nothing satisfies every rule, the sphere gives way first, then the quotas: a batch
        is never smaller than it could be.

        Args:
            is_generated: `N`, boolean.
            similarity: Tanimoto similarity, `N x N`.
            chosen: positions picked so far.
            size: how many will be picked in all.
        """
        picked = list(chosen)
        free = torch.ones_like(is_generated)
        free[picked] = False
        owed = self._owed(is_generated, picked, size)
        is_far = (similarity[:, picked] < self.sphere).all(-1)
        for allowed in (free & owed & is_far, free & owed):
            if allowed.any():
                return allowed
        return free

    def _owed(self, is_generated: Tensor, picked: list[int], size: int) -> Tensor:
        """Restrict to a source once the places left are all needed to meet the quotas."""
        left = size - len(picked)
        n_generated = int(is_generated[picked].sum())
        generated = self._missing(self.generated, size, n_generated, int(is_generated.sum()))
        library = self._missing(
            self.library, size, len(picked) - n_generated, int((~is_generated).sum())
        )
        if generated + library < left:
            return torch.ones_like(is_generated)
        owed = torch.zeros_like(is_generated)
        if generated:
            owed |= is_generated
        if library:
            owed |= ~is_generated
        return owed if owed.any() else torch.ones_like(is_generated)

    @staticmethod
    def _missing(share: float, size: int, n_picked: int, n_offered: int) -> int:
        """How many of a source are still due, given how many the pool has."""
        due = math.ceil(share * size - 1e-9)
        return max(0, min(due, n_offered) - n_picked)
