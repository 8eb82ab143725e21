"""The exact distribution a policy draws from, where the environment is small enough to list."""

from __future__ import annotations

import torch
from torch import Tensor

from generators.environment import levels
from generators.policy import NEVER, StatePolicy


@torch.no_grad()
def terminal_distribution(policy: StatePolicy) -> tuple[Tensor, Tensor]:
    """All states in which a walk may stop, `N x k`, and their probabilities, `N`.

    Probability flows forward level by level: p(s') = sum over parents of p(s) P_F(s' | s).
    """
    environment = policy.environment
    terminal, probability = [], []
    mass: dict[tuple[int, ...], float] = {}
    for level, states in enumerate(levels(environment)):
        rows = [tuple(row) for row in states.tolist()]
        p = torch.tensor([mass[row] for row in rows] if level else [1.0], dtype=torch.float64)
        allowed = environment.allowed(states)
        logits = policy.heads(states, torch.zeros(len(states), 0))[0].masked_fill(~allowed, NEVER)
        flow = p[:, None] * logits.double().softmax(-1)
        terminal.append(states)
        probability.append(flow[:, environment.stop])
        mass = _pushed(policy, states, flow, allowed)
    return torch.cat(terminal), torch.cat(probability)


def _pushed(
    policy: StatePolicy, states: Tensor, flow: Tensor, allowed: Tensor
) -> dict[tuple[int, ...], float]:
    """Mass of each state of the next level."""
    environment = policy.environment
    allowed = allowed.clone()
    allowed[:, environment.stop] = False
    row, action = allowed.nonzero(as_tuple=True)
    mass: dict[tuple[int, ...], float] = {}
    if not len(row):
        return mass
    children = environment.step(states[row], action).tolist()
    for child, share in zip(children, flow[row, action].tolist(), strict=True):
        mass[tuple(child)] = mass.get(tuple(child), 0.0) + share
    return mass


def total_variation(p: Tensor, q: Tensor) -> float:
    """Half the absolute difference of two distributions over the same `N` outcomes, in [0, 1]."""
    return float((p - q).abs().sum()) / 2
