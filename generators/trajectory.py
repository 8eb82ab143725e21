"""Trajectories and Flows: what a policy walks, and how it and the flow network weigh each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Trajectories:
    """n complete walks from the source of an environment to a terminal state."""

    actions: Tensor
    """Action taken at each step, `n x T`, int64; 0 where no step was taken."""
    mask: Tensor
    """True where a step was taken, `n x T`; each row is a run of True, the last being the stop."""

    def __len__(self) -> int:
        return int(self.actions.shape[0])

    def rows(self, index: Tensor) -> Trajectories:
        """Gather some of the walks."""
        return Trajectories(self.actions[index], self.mask[index])


@dataclass(frozen=True)
class Flows:
    """Log-probabilities and log-flows along n trajectories; each `n x T`, 0 outside the mask."""

    log_P_F: Tensor
    """Forward policy: of the step taken, given the state before it."""
    log_P_B: Tensor
    """Backward policy: of undoing the step, given the state after it; 0 where there is one way."""
    log_F: Tensor
    """Flow of the state before each step; the source's is replaced by log Z in the losses."""
    mask: Tensor

    @property
    def log_forward(self) -> Tensor:
        """Log-probability of each trajectory under the forward policy, `n`."""
        return self.log_P_F.sum(-1)

    @property
    def log_backward(self) -> Tensor:
        """Log-probability of each trajectory given its terminal state, `n`."""
        return self.log_P_B.sum(-1)


def concatenate(parts: Sequence[Trajectories]) -> Trajectories:
    """Stack walks of different lengths, padding the shorter ones."""
    horizon = max(part.actions.shape[1] for part in parts)

    def widen(values: Tensor) -> Tensor:
        return torch.nn.functional.pad(values, (0, horizon - values.shape[1]))

    return Trajectories(
        torch.cat([widen(part.actions) for part in parts]),
        torch.cat([widen(part.mask) for part in parts]),
    )
