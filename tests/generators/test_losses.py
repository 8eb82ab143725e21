import pytest
import torch
from torch import Tensor

from generators.losses import (
    Loss,
    detailed_balance,
    relative_trajectory_balance,
    subtrajectory_balance,
    trajectory_balance,
    vargrad,
)
from generators.trajectory import Flows

ALL = [trajectory_balance, detailed_balance, subtrajectory_balance, vargrad]


def random_flows(n: int = 6, horizon: int = 5, seed: int = 0) -> tuple[Flows, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(1, horizon + 1, (n,), generator=generator)
    mask = torch.arange(horizon) < lengths[:, None]
    log_P_F, log_P_B, log_F = (
        torch.randn(n, horizon, generator=generator, dtype=torch.float64) * mask for _ in range(3)
    )
    log_reward = torch.randn(n, generator=generator, dtype=torch.float64)
    log_Z = torch.randn(n, generator=generator, dtype=torch.float64)
    return Flows(log_P_F, log_P_B, log_F, mask), log_Z, log_reward


def balanced_flows(seed: int = 0) -> tuple[Flows, Tensor, Tensor]:
    """Flows that obey balance: log F after a step follows from log F before it."""
    flows, _, _ = random_flows(seed=seed)
    log_Z = torch.tensor(0.7, dtype=torch.float64)
    walked = (flows.log_P_F - flows.log_P_B).cumsum(-1)
    log_F = log_Z + torch.nn.functional.pad(walked, (1, 0))
    n_steps = flows.mask.sum(-1)
    log_reward = log_F.gather(1, n_steps[:, None])[:, 0]
    return Flows(flows.log_P_F, flows.log_P_B, log_F[:, :-1], flows.mask), log_Z, log_reward


def slow_subtrajectory_balance(
    flows: Flows, log_Z: Tensor, log_reward: Tensor, decay: float
) -> Tensor:
    losses = []
    for k in range(len(log_reward)):
        n_steps = int(flows.mask[k].sum())
        log_F = [log_Z[k], *flows.log_F[k, 1:n_steps], log_reward[k]]
        total, weights = torch.zeros((), dtype=torch.float64), 0.0
        for i in range(n_steps):
            for j in range(i + 1, n_steps + 1):
                ahead = flows.log_P_F[k, i:j].sum() - flows.log_P_B[k, i:j].sum()
                total = total + decay ** (j - i) * (log_F[i] + ahead - log_F[j]) ** 2
                weights += decay ** (j - i)
        losses.append(total / weights)
    return torch.stack(losses)


@pytest.mark.parametrize("decay", [0.5, 0.9, 1.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_fast_subtrajectory_balance_equals_the_slow_sum(decay: float, seed: int) -> None:
    flows, log_Z, log_reward = random_flows(seed=seed)
    fast = subtrajectory_balance(flows, log_Z, log_reward, decay)
    torch.testing.assert_close(fast, slow_subtrajectory_balance(flows, log_Z, log_reward, decay))


@pytest.mark.parametrize("loss", ALL)
def test_balanced_flows_have_no_loss(loss: Loss) -> None:
    flows, log_Z, log_reward = balanced_flows()
    torch.testing.assert_close(
        loss(flows, log_Z, log_reward), torch.zeros(6, dtype=torch.float64), atol=1e-10, rtol=0
    )


@pytest.mark.parametrize("loss", ALL)
def test_another_reward_of_one_walk_is_a_loss(loss: Loss) -> None:
    flows, log_Z, log_reward = balanced_flows()
    log_reward = log_reward + torch.tensor([1.0, 0, 0, 0, 0, 0])
    assert (loss(flows, log_Z, log_reward)[0] > 0.01).all()


@pytest.mark.parametrize("loss", ALL)
def test_a_reward_of_another_scale_only_moves_log_Z(loss: Loss) -> None:
    flows, log_Z, log_reward = balanced_flows()
    scaled = Flows(flows.log_P_F, flows.log_P_B, flows.log_F + 3, flows.mask)
    torch.testing.assert_close(
        loss(scaled, log_Z + 3, log_reward + 3),
        loss(flows, log_Z, log_reward),
        atol=1e-10,
        rtol=0,
    )


def test_on_walks_of_one_step_every_balance_is_the_same() -> None:
    flows, log_Z, log_reward = random_flows(horizon=1)
    expected = trajectory_balance(flows, log_Z, log_reward)
    torch.testing.assert_close(detailed_balance(flows, log_Z, log_reward), expected)
    torch.testing.assert_close(subtrajectory_balance(flows, log_Z, log_reward), expected)


def test_vargrad_is_the_variance_of_the_estimates_of_log_Z() -> None:
    flows, log_Z, log_reward = random_flows()
    estimates = log_reward + flows.log_backward - flows.log_forward
    expected = estimates.var(unbiased=False)
    torch.testing.assert_close(vargrad(flows, log_Z, log_reward).mean(), expected)


def test_relative_balance_is_balance_towards_prior_times_reward() -> None:
    flows, log_Z, log_reward = random_flows()
    log_prior = torch.linspace(-30, -5, 6, dtype=torch.float64)
    for power in (0.0, 0.3, 1.0):
        torch.testing.assert_close(
            relative_trajectory_balance(flows, log_Z, log_reward, log_prior, power),
            trajectory_balance(flows, log_Z, log_reward + power * log_prior),
        )


def test_an_absurd_imbalance_stops_pulling() -> None:
    flows, log_Z, log_reward = random_flows()
    log_Z = log_Z.requires_grad_()
    trajectory_balance(flows, log_Z, log_reward - 1000)[0].backward()
    assert log_Z.grad is not None
    assert not log_Z.grad.any()
