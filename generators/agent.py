"""The agent: a prior that can be told what is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from generators.condition import N_BINS, Condition
from generators.policy import SequencePolicy
from generators.prior import Prior
from generators.trainer import LogPartition
from generators.trajectory import Trajectories


@dataclass(frozen=True)
class Agent:
    """A conditioned policy and its log Z, for `n_objectives` and inverse temperatures `betas`."""

    policy: SequencePolicy
    log_partition: LogPartition
    n_objectives: int
    betas: tuple[float, float]

    @classmethod
    def from_prior(
        cls, prior: Prior, n_objectives: int, betas: tuple[float, float], seed: int
    ) -> Agent:
        """An agent that draws what the prior draws, under every condition."""
        n_condition = N_BINS * (n_objectives + 1)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return cls(prior.agent(n_condition), LogPartition(n_condition), n_objectives, betas)

    def write(self, condition: Condition, generator: torch.Generator) -> Trajectories:
        """Draw one walk for each condition."""
        return self.policy.sample(condition.encode(self.betas), generator)

    def weights(self) -> dict[str, Tensor]:
        """All weights by name."""
        policy = {f"policy.{name}": w for name, w in self.policy.state_dict().items()}
        return policy | {f"log_Z.{name}": w for name, w in self.log_partition.state_dict().items()}

    def load(self, weights: Mapping[str, Tensor]) -> None:
        """Take over weights that `weights` gave."""
        for prefix, module in (("policy.", self.policy), ("log_Z.", self.log_partition)):
            module.load_state_dict(
                {k.removeprefix(prefix): w for k, w in weights.items() if k.startswith(prefix)}
            )
