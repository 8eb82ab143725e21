"""Policies: how to walk through an environment, and how probable each walk was."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from generators.environment import Environment, TokenSequences, visited
from generators.trajectory import Flows, Trajectories

NEVER = float("-inf")


def draw(
    logits: Tensor, allowed: Tensor, generator: torch.Generator, explore: float = 0.0
) -> Tensor:
    """Draw one allowed action a row, `n`, from `n x n_actions` logits mixed with the uniform."""
    probabilities = logits.masked_fill(~allowed, NEVER).softmax(-1)
    uniform = allowed / allowed.sum(-1, keepdim=True)
    mixed = (1 - explore) * probabilities + explore * uniform
    return torch.multinomial(mixed, 1, generator=generator)[:, 0]


class StatePolicy(nn.Module):
    """A perceptron on the features of a state: for small environments of any shape.

    Its heads give the forward and backward logits and the log-flow of the state.
    """

    def __init__(self, environment: Environment, n_hidden: int = 64, n_condition: int = 0) -> None:
        super().__init__()
        self.environment = environment
        self.trunk = nn.Sequential(
            nn.Linear(environment.n_features + n_condition, n_hidden),
            nn.LeakyReLU(),
            nn.Linear(n_hidden, n_hidden),
            nn.LeakyReLU(),
            nn.Linear(n_hidden, 2 * environment.n_actions + 1),
        )

    def heads(self, states: Tensor, condition: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Forward logits, backward logits (`n x n_actions`) and log-flows (`n`) of states."""
        output = self.trunk(torch.cat([self.environment.features(states), condition], dim=1))
        n = self.environment.n_actions
        return output[:, :n], output[:, n : 2 * n], output[:, -1]

    @torch.no_grad()
    def sample(
        self, condition: Tensor, generator: torch.Generator, explore: float = 0.0
    ) -> Trajectories:
        """Walk once for each condition, `n x c`."""
        environment = self.environment
        states = environment.start(len(condition))
        alive = torch.ones(len(condition), dtype=torch.bool)
        actions, mask = [], []
        while alive.any():
            logits = self.heads(states, condition)[0]
            chosen = draw(logits, environment.allowed(states), generator, explore)
            chosen = torch.where(alive, chosen, environment.stop)
            actions.append(chosen * alive)
            mask.append(alive)
            states = environment.step(states, chosen)
            alive = alive & (chosen != environment.stop)
        return Trajectories(torch.stack(actions, 1), torch.stack(mask, 1))

    def flows(self, trajectories: Trajectories, condition: Tensor) -> Flows:
        """Weigh every step of the walks; one pass over all their states."""
        environment, mask = self.environment, trajectories.mask
        actions = trajectories.actions.where(mask, torch.tensor(environment.stop))
        n, horizon = actions.shape
        states = visited(environment, trajectories)
        before, after = states[:-1].flatten(0, 1), states[1:].flatten(0, 1)
        taken = actions.T.reshape(-1)
        forward, _, log_F = self.heads(before, condition.repeat(horizon, 1))
        _, backward, _ = self.heads(after, condition.repeat(horizon, 1))
        log_P_F = _log_probability(forward, environment.allowed(before), taken)
        parents = environment.parents(after)
        parents[taken == environment.stop] = True  # any value: undoing a stop is certain
        log_P_B = _log_probability(backward, parents, taken)
        log_P_B = log_P_B.masked_fill(taken == environment.stop, 0.0)
        log_P_F, log_P_B, log_F = (
            x.reshape(horizon, n).T * mask for x in (log_P_F, log_P_B, log_F)
        )
        return Flows(log_P_F, log_P_B, log_F, mask)


def _log_probability(logits: Tensor, allowed: Tensor, actions: Tensor) -> Tensor:
    log_P = logits.masked_fill(~allowed, NEVER).log_softmax(-1)
    return log_P.gather(-1, actions[..., None])[..., 0]


class SequencePolicy(nn.Module):
    """A recurrent policy on token sequences: embedding, one GRU layer, logits of the next token.

    The condition is added to the embedded tokens and to the logits through weights that start
    at zero: a conditioned policy made from a prior's weights *is* the prior at first.
    """

    def __init__(
        self,
        environment: TokenSequences,
        n_condition: int = 0,
        n_hidden: int = 256,
        n_embedding: int = 64,
    ) -> None:
        super().__init__()
        self.environment = environment
        self.n_condition = n_condition
        self.embedding = nn.Embedding(environment.n_tokens, n_embedding)
        self.gru = nn.GRU(n_embedding, n_hidden, batch_first=True)
        self.logits = nn.Linear(n_hidden, environment.n_tokens)
        self.log_flow = _zero(nn.Linear(n_hidden, 1))
        if n_condition:
            self.condition_embedding = _zero(nn.Linear(n_condition, n_embedding, bias=False))
            self.condition_logits = _zero(nn.Linear(n_condition, environment.n_tokens, bias=False))

    def _shifts(self, condition: Tensor) -> tuple[Tensor, Tensor]:
        """What the condition adds to embeddings and to logits, each `n x 1 x width`."""
        if not self.n_condition:
            zero = torch.zeros(1, 1, 1)
            return zero, zero
        return self.condition_embedding(condition)[:, None], self.condition_logits(condition)[
            :, None
        ]

    @torch.no_grad()
    def sample(
        self, condition: Tensor, generator: torch.Generator, explore: float = 0.0
    ) -> Trajectories:
        """Write one sequence for each condition, `n x c`."""
        n, environment = len(condition), self.environment
        shift, tilt = (x.expand(n, -1, -1) for x in self._shifts(condition))
        hidden = torch.zeros(1, n, self.gru.hidden_size)
        token = torch.zeros(n, dtype=torch.long)
        actions = torch.zeros(n, environment.horizon, dtype=torch.long)
        rows = torch.arange(n)  # of the sequences that have not ended
        for t in range(environment.horizon):
            output, hidden = self.gru(self.embedding(token)[:, None] + shift, hidden)
            logits = (self.logits(output) + tilt)[:, 0]
            allowed = environment.allowed_after[t].expand(len(rows), -1)
            token = draw(logits, allowed, generator, explore)
            actions[rows, t] = token
            alive = token != environment.stop
            rows, token, hidden = rows[alive], token[alive], hidden[:, alive]
            shift, tilt = shift[alive], tilt[alive]
            if not len(rows):
                break
        return Trajectories(actions[:, : t + 1], actions[:, : t + 1] > 0)

    def flows(self, trajectories: Trajectories, condition: Tensor) -> Flows:
        """Weigh every token of the sequences; a sequence is undone in one way, so log P_B = 0."""
        actions, mask = trajectories.actions, trajectories.mask
        shift, tilt = self._shifts(condition)
        # Token 0 stands for "nothing written yet" as the first input.
        before = torch.nn.functional.pad(actions, (1, 0))[:, :-1]
        output, _ = self.gru(self.embedding(before) + shift)
        allowed = self.environment.allowed_after[: actions.shape[1]].expand(len(actions), -1, -1)
        # Beyond the end of a walk action 0 is not allowed: any allowed one keeps the zero finite.
        taken = torch.where(mask, actions, self.environment.stop)
        log_P = (self.logits(output) + tilt).masked_fill(~allowed, NEVER).log_softmax(-1)
        log_P_F = log_P.gather(-1, taken[..., None])[..., 0].where(mask, torch.tensor(0.0))
        log_F = self.log_flow(output)[..., 0] * mask
        return Flows(log_P_F, torch.zeros_like(log_P_F), log_F, mask)


def _zero(layer: nn.Linear) -> nn.Linear:
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


Policy = StatePolicy | SequencePolicy
"""What can walk; a condition is `n x c`, c = 0 where there is none."""
