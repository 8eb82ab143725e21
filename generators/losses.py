"""Losses: the balance conditions of generative flow networks, as functions of trajectories.

Every loss takes the flows along n walks, `log_Z` (`n` or a scalar) and the log-reward of the
terminal states (`n`), and returns one value a walk, `n`. At zero loss over all walks the policy
draws terminal states in proportion to the reward.

A sequence policy draws *strings*: a molecule with many strings is drawn too often by plain
trajectory balance. Two targets make the molecules right: `log R - log n(molecule)`, where the
number of strings can be counted, and the relative balance below, where the prior takes its place.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from generators.trajectory import Flows

Loss = Callable[[Flows, Tensor, Tensor], Tensor]

RESIDUAL_LIMIT = 50.0
"""Imbalances beyond this, in nats, stop pulling: one absurd string must not undo a batch."""


def _square(residual: Tensor) -> Tensor:
    return residual.clamp(-RESIDUAL_LIMIT, RESIDUAL_LIMIT) ** 2


def trajectory_balance(flows: Flows, log_Z: Tensor, log_reward: Tensor) -> Tensor:
    """`(log Z + log P_F(walk) - log R - log P_B(walk))^2` (10.48550/arXiv.2201.13259)."""
    return _square(log_Z + flows.log_forward - log_reward - flows.log_backward)


def relative_trajectory_balance(
    flows: Flows, log_Z: Tensor, log_reward: Tensor, log_prior: Tensor, prior_power: float = 1.0
) -> Tensor:
    """Trajectory balance towards `prior^a R` (10.48550/arXiv.2405.20971, with a = 1).

    With `prior_power` a = 1 molecules are drawn in proportion to prior(molecule) R(molecule)
    exactly, however many strings each has, since the strings of one share the prior's mass.
    """
    return trajectory_balance(flows, log_Z, relative_target(log_reward, log_prior, prior_power))


def relative_target(log_reward: Tensor, log_prior: Tensor, prior_power: float) -> Tensor:
    """Log of `prior^a R`, `n`: with it as the reward every balance here is a relative one."""
    return log_reward + prior_power * log_prior


def detailed_balance(flows: Flows, log_Z: Tensor, log_reward: Tensor) -> Tensor:
    """Mean over steps of `(log F(s) P_F - log F(s') P_B)^2` (10.48550/arXiv.2111.09266)."""
    log_F = _state_flows(flows, log_Z, log_reward)
    residual = log_F[:, :-1] + flows.log_P_F - log_F[:, 1:] - flows.log_P_B
    return (_square(residual) * flows.mask).sum(-1) / flows.mask.sum(-1)


def subtrajectory_balance(
    flows: Flows, log_Z: Tensor, log_reward: Tensor, decay: float = 0.9
) -> Tensor:
    """SubTB(lambda): balance of all partial walks i < j, weighted by `decay^(j - i)`.

    (10.48550/arXiv.2209.12782.) With u_i = log F_i - sum_{t<i} (log P_F - log P_B)_t the
    imbalance of a partial walk is u_i - u_j, so all of them are one outer difference.
    """
    walked = torch.nn.functional.pad((flows.log_P_F - flows.log_P_B).cumsum(-1), (1, 0))
    u = _state_flows(flows, log_Z, log_reward) - walked
    visited = torch.nn.functional.pad(flows.mask, (1, 0), value=True)
    steps = torch.arange(u.shape[1])
    span = steps[None, :] - steps[:, None]
    weight = torch.where(span > 0, decay ** span.clamp(min=0), 0.0)
    weight = weight * (visited[:, :, None] & visited[:, None, :])
    residual = _square(u[:, :, None] - u[:, None, :])
    return (weight * residual).sum((-1, -2)) / weight.sum((-1, -2))


def vargrad(flows: Flows, log_Z: Tensor, log_reward: Tensor) -> Tensor:
    """Trajectory balance with the batch's own estimate of log Z (10.48550/arXiv.2302.05446).

    All walks must share one condition; `log_Z` is not used.
    """
    own = log_reward + flows.log_backward - flows.log_forward
    return trajectory_balance(flows, own.mean(), log_reward)


def _state_flows(flows: Flows, log_Z: Tensor, log_reward: Tensor) -> Tensor:
    """Log-flows of all states of each walk, `n x (T + 1)`: log Z first, log R at the end."""
    log_F = torch.nn.functional.pad(flows.log_F, (0, 1))
    ends = torch.nn.functional.one_hot(flows.mask.sum(-1), log_F.shape[1]).bool()
    log_F = torch.where(ends, log_reward[:, None], log_F)
    source = log_Z.expand(len(log_reward))[:, None]
    return torch.cat([source, log_F[:, 1:]], dim=1)
