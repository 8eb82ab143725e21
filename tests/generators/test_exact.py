"""A trained policy draws terminal states in proportion to their reward."""

import pytest
import torch

from generators.environment import Hypergrid, visited
from generators.exact import terminal_distribution, total_variation
from generators.losses import (
    Loss,
    detailed_balance,
    subtrajectory_balance,
    trajectory_balance,
    vargrad,
)
from generators.policy import StatePolicy
from generators.trainer import LogPartition, Trainer

GRID = Hypergrid(2, 8)


def trained(loss: Loss, n_steps: int) -> tuple[StatePolicy, LogPartition]:
    torch.manual_seed(0)
    policy, log_partition = StatePolicy(GRID, n_hidden=64), LogPartition()
    trainer = Trainer(policy, log_partition, loss, learning_rate=3e-3, learning_rate_Z=0.1)
    generator = torch.Generator().manual_seed(0)
    condition = torch.zeros(64, 0)
    for _ in range(n_steps):
        walks = policy.sample(condition, generator, explore=0.05)
        trainer.step(walks, condition, GRID.log_reward(visited(GRID, walks)[-1]))
    return policy, log_partition


@pytest.mark.parametrize(
    "loss", [trajectory_balance, detailed_balance, subtrajectory_balance, vargrad]
)
def test_on_the_grid_every_balance_learns_the_reward(loss: Loss) -> None:
    policy, log_partition = trained(loss, 250)
    states, p = terminal_distribution(policy)
    reward = GRID.log_reward(states).double().exp()
    assert len(states) == 64
    assert total_variation(p, reward / reward.sum()) < 0.03
    if loss is not vargrad:
        log_Z = float(log_partition(torch.zeros(1, 0)).detach())
        assert log_Z == pytest.approx(float(reward.sum().log()), abs=0.1)


def test_an_untrained_policy_does_not_know_the_reward() -> None:
    policy, _ = trained(trajectory_balance, 0)
    states, p = terminal_distribution(policy)
    reward = GRID.log_reward(states).double().exp()
    assert float(p.sum()) == pytest.approx(1)
    assert total_variation(p, reward / reward.sum()) > 0.2
