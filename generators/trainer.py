"""Trainer: one gradient step of a flow network, the same for grids, strings and campaigns."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from generators.losses import Loss, trajectory_balance
from generators.policy import Policy
from generators.trajectory import Trajectories


class LogPartition(nn.Module):
    """log Z as a function of the condition, `n x c` -> `n`: a scalar plus a small perceptron."""

    def __init__(self, n_condition: int = 0, n_hidden: int = 64) -> None:
        super().__init__()
        self.offset = nn.Parameter(torch.zeros(()))
        self.shape = None
        if n_condition:
            self.shape = nn.Sequential(
                nn.Linear(n_condition, n_hidden), nn.LeakyReLU(), nn.Linear(n_hidden, 1)
            )

    def forward(self, condition: Tensor) -> Tensor:
        """Log Z of each condition, `n`."""
        if self.shape is None:
            return self.offset.expand(len(condition))
        value: Tensor = self.offset + self.shape(condition)[:, 0]
        return value

    def fit(self, condition: Tensor, log_Z: Tensor, n_steps: int = 200) -> None:
        """Start from estimates of log Z, `n`, at conditions `n x c`, by least squares."""
        with torch.no_grad():
            self.offset.copy_(log_Z.mean())
        optimizer = torch.optim.Adam(self.parameters(), lr=1e-2)
        for _ in range(n_steps):
            optimizer.zero_grad()
            torch.autograd.backward(((self(condition) - log_Z) ** 2).mean())
            optimizer.step()


class Trainer:
    """Moves a policy and its log Z towards balance.

    Args:
        policy: what walks; its weights are changed.
        log_partition: log Z of a condition.
        loss: one of `generators.losses`.
        learning_rate: of the policy; Adam.
        learning_rate_Z: of log Z, larger, since it must follow the policy.
        learning_rate_condition: of the policy's weights named `condition_...`, larger, since they
            start at zero where the others start as the prior.
        clip: largest norm of the policy's gradient.
    """

    def __init__(
        self,
        policy: Policy,
        log_partition: LogPartition,
        loss: Loss = trajectory_balance,
        learning_rate: float = 5e-4,
        learning_rate_Z: float = 5e-3,
        learning_rate_condition: float = 5e-3,
        clip: float = 5.0,
    ) -> None:
        self.policy = policy
        self.log_partition = log_partition
        self.loss = loss
        self.clip = clip
        named = dict(policy.named_parameters())
        fresh = [weight for name, weight in named.items() if name.startswith("condition_")]
        known = [weight for name, weight in named.items() if not name.startswith("condition_")]
        self.optimizer = torch.optim.Adam(
            [
                {"params": known, "lr": learning_rate},
                {"params": fresh, "lr": learning_rate_condition},
                {"params": log_partition.parameters(), "lr": learning_rate_Z},
            ]
        )

    def step(self, trajectories: Trajectories, condition: Tensor, log_reward: Tensor) -> float:
        """Take one step on n walks, their conditions `n x c` and log-rewards `n`.

        For relative balance `log_reward` is `log R + a log prior`. Returns the mean loss before
        the step.
        """
        flows = self.policy.flows(trajectories, condition)
        loss = self.loss(flows, self.log_partition(condition), log_reward).mean()
        self.optimizer.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.policy.parameters(), self.clip)
        self.optimizer.step()
        return float(loss.detach())
