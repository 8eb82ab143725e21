"""Environments: the states a policy walks through, and the terminal states it draws."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor

from generators.trajectory import Trajectories


class Environment(Protocol):
    """A directed acyclic graph of states; the `stop` action ends a walk where it stands.

    States are rows of integers, `n x k`. Undoing a stop is certain, so its backward probability
    is one; `parents` counts only the other actions.
    """

    @property
    def n_actions(self) -> int:
        """Number of actions, `stop` included."""

    @property
    def stop(self) -> int:
        """The action that ends a walk."""

    @property
    def horizon(self) -> int:
        """Longest walk in actions, the stop included."""

    @property
    def n_features(self) -> int:
        """Length of a state's feature vector."""

    def start(self, n: int) -> Tensor:
        """Copies of the source, `n x k`."""

    def allowed(self, states: Tensor) -> Tensor:
        """Actions possible in each state, `n x n_actions`, bool."""

    def parents(self, states: Tensor) -> Tensor:
        """Actions that may have led to each state, `n x n_actions`, bool."""

    def step(self, states: Tensor, actions: Tensor) -> Tensor:
        """States after the actions, `n x k`; a stop leaves a state unchanged."""

    def features(self, states: Tensor) -> Tensor:
        """Inputs of a network, `n x n_features`."""


@dataclass(frozen=True)
class Hypergrid:
    """The corner-to-corner grid of Bengio et al. (10.48550/arXiv.2106.04399, section 4.1)."""

    n_dimensions: int = 2
    side: int = 8

    @property
    def stop(self) -> int:
        """The last action; the others each add one to a coordinate."""
        return self.n_dimensions

    @property
    def n_actions(self) -> int:
        """One a dimension, and the stop."""
        return self.n_dimensions + 1

    @property
    def horizon(self) -> int:
        """Every coordinate to its end, then the stop."""
        return self.n_dimensions * (self.side - 1) + 1

    @property
    def n_features(self) -> int:
        """One-hot coordinates."""
        return self.n_dimensions * self.side

    def start(self, n: int) -> Tensor:
        """Origins, `n x n_dimensions`."""
        return torch.zeros(n, self.n_dimensions, dtype=torch.long)

    def allowed(self, states: Tensor) -> Tensor:
        """Stop anywhere; add one where the coordinate is below the edge."""
        return torch.cat([states < self.side - 1, torch.ones(len(states), 1).bool()], dim=1)

    def parents(self, states: Tensor) -> Tensor:
        """One parent a coordinate above zero."""
        return torch.cat([states > 0, torch.zeros(len(states), 1).bool()], dim=1)

    def step(self, states: Tensor, actions: Tensor) -> Tensor:
        """Add one to the coordinate of each action."""
        one_hot = torch.nn.functional.one_hot(actions, self.n_actions)
        return states + one_hot[:, : self.n_dimensions]

    def features(self, states: Tensor) -> Tensor:
        """One-hot coordinates, `n x n_features`."""
        return torch.nn.functional.one_hot(states, self.side).flatten(1).float()

    def log_reward(self, states: Tensor, floor: float = 1e-1) -> Tensor:
        """Log of the reward of section 4.1 there, `n`: a mode near each corner, little between."""
        distance = (states / (self.side - 1) - 0.5).abs()
        corner = (distance > 0.25).all(-1)
        peak = ((distance > 0.3) & (distance < 0.4)).all(-1)
        return (floor + 0.5 * corner + 2.0 * peak).log()


@dataclass(frozen=True)
class TokenSequences:
    """All non-empty sequences of at most `max_tokens` tokens; a tree, so a walk is its end.

    Tokens below `first` (padding, begin) are never chosen; the token `stop` ends the sequence.
    """

    n_tokens: int
    """Size of the vocabulary, special tokens included."""
    stop: int
    first: int
    """Smallest token that is a letter of the sequence."""
    max_tokens: int = 60

    @property
    def n_actions(self) -> int:
        """One a token."""
        return self.n_tokens

    @property
    def horizon(self) -> int:
        """The longest sequence and its stop."""
        return self.max_tokens + 1

    @property
    def n_features(self) -> int:
        """One-hot tokens."""
        return self.max_tokens * self.n_tokens

    @cached_property
    def allowed_after(self) -> Tensor:
        """Tokens possible after t tokens, `horizon x n_tokens`: no empty and no longer sequence."""
        letters = torch.arange(self.n_tokens) >= self.first
        allowed = letters.expand(self.horizon, -1).clone()
        allowed[1:, self.stop] = True
        allowed[self.max_tokens] = torch.arange(self.n_tokens) == self.stop
        return allowed

    def start(self, n: int) -> Tensor:
        """Empty sequences, `n x max_tokens`, zeros standing for no token."""
        return torch.zeros(n, self.max_tokens, dtype=torch.long)

    def allowed(self, states: Tensor) -> Tensor:
        """As `allowed_after` of each length."""
        return self.allowed_after[self._lengths(states)]

    def parents(self, states: Tensor) -> Tensor:
        """The last token alone."""
        lengths = self._lengths(states)
        last = states.gather(1, (lengths - 1).clamp(min=0)[:, None])
        one_hot = torch.nn.functional.one_hot(last[:, 0], self.n_tokens).bool()
        return one_hot & (lengths > 0)[:, None]

    def step(self, states: Tensor, actions: Tensor) -> Tensor:
        """Append a token to each sequence."""
        after = torch.nn.functional.pad(states, (0, 1))
        after = after.scatter(1, self._lengths(states)[:, None], actions[:, None])[:, :-1]
        return torch.where((actions == self.stop)[:, None], states, after)

    def features(self, states: Tensor) -> Tensor:
        """One-hot tokens, `n x n_features`."""
        return torch.nn.functional.one_hot(states, self.n_tokens).flatten(1).float()

    def _lengths(self, states: Tensor) -> Tensor:
        return (states > 0).sum(-1)


def levels(environment: Environment) -> Iterator[Tensor]:
    """Yield the distinct states reached by t steps, `n_t x k`, for t = 0, 1, ... to the end."""
    states = environment.start(1)
    row = torch.zeros(1)
    while len(row):
        yield states
        allowed = environment.allowed(states)
        allowed[:, environment.stop] = False
        row, action = allowed.nonzero(as_tuple=True)
        if len(row):
            states = torch.unique(environment.step(states[row], action), dim=0)


def visited(environment: Environment, trajectories: Trajectories) -> Tensor:
    """States along n walks, `(T + 1) x n x k`: the source first, the terminal state last."""
    actions = trajectories.actions.where(trajectories.mask, torch.tensor(environment.stop))
    states = [environment.start(len(actions))]
    for t in range(actions.shape[1]):
        states.append(environment.step(states[-1], actions[:, t]))
    return torch.stack(states)
