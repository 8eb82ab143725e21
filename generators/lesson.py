"""A lesson: the agent is trained on one reward, with replay and genetic exploration."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import torch
from torch import Tensor
from tqdm import tqdm

from generators.agent import Agent
from generators.base import LOG_REWARD_FLOOR
from generators.condition import Condition, draw_conditions, joined
from generators.genetic import breed
from generators.losses import relative_target, trajectory_balance
from generators.prior import Prior
from generators.replay import Replay
from generators.screening import Screen, parse
from generators.trainer import Trainer
from generators.trajectory import Trajectories, concatenate
from molecules import Molecule

TOP = 64
"""Best replayed molecules, under a fresh preference, that may have children."""


@dataclass(frozen=True)
class Course:
    """How a lesson is given."""

    steps: int = 150
    batch: int = 64
    """Strings written by the agent a step."""
    replayed: int = 64
    """Strings drawn from replay a step."""
    children: int = 12
    """Genetic children bred a step; only those new and allowed enter replay."""
    capacity: int = 6400
    """Distinct molecules in replay."""
    first: int = 512
    """Strings of the prior from which log Z is estimated when the agent starts anew."""
    prior_power: float = 1.0
    learning_rate: float = 5e-4


@dataclass(frozen=True)
class Draft:
    """What the agent wrote in one step."""

    walks: Trajectories
    condition: Condition
    parsed: list[Molecule | None]
    allowed: list[Molecule | None]
    log_prior: Tensor


class Lesson:
    """Trains `agent` in place towards `prior^a R` of one reward."""

    def __init__(
        self, agent: Agent, prior: Prior, screen: Screen, course: Course, seed: int
    ) -> None:
        self.agent = agent
        self.prior = prior
        self.screen = screen
        self.course = course
        self.generator = torch.Generator().manual_seed(seed)
        self.random = Random(seed)
        self.replay = Replay(screen.reward, course.capacity, self.generator)
        self.trainer = Trainer(
            agent.policy, agent.log_partition, trajectory_balance, course.learning_rate
        )

    def seed(self, molecules: Sequence[Molecule]) -> None:
        """Put molecules that are worth imitating into replay."""
        self._remember(self.screen.allowed(molecules))

    def start_log_Z(self) -> None:
        """Estimate log Z of every condition from draws of the prior: log E_prior[prior^(a-1) R]."""
        course, agent = self.course, self.agent
        draft = self._draft(self._conditions(course.first))
        allowed = [m for m in draft.allowed if m is not None]
        objectives = self.screen.objectives(allowed)
        extra = (course.prior_power - 1) * draft.log_prior
        rows = torch.tensor([k for k, m in enumerate(draft.allowed) if m is not None]).long()
        condition = self._conditions(course.first)
        estimates = []
        for preference, beta in zip(condition.preference, condition.beta, strict=True):
            log_R = torch.full((course.first,), LOG_REWARD_FLOOR)
            log_R[rows] = self.screen.scalarise(objectives, preference, beta)
            estimates.append((log_R + extra).logsumexp(0) - math.log(course.first))
        agent.log_partition.fit(condition.encode(agent.betas), torch.stack(estimates))

    def run(self) -> dict[str, float]:
        """Take all steps; return the means over the last quarter of them."""
        rows: list[dict[str, float]] = []
        steps = range(self.course.steps)
        for _ in tqdm(steps, desc="gflownet: training", leave=False, disable=None):
            rows.append(self._step())
        tail = rows[-max(1, len(rows) // 4) :]
        metrics = {name: sum(row[name] for row in tail) / len(tail) for name in tail[0]}
        return metrics | {"replay": float(len(self.replay))}

    def _step(self) -> dict[str, float]:
        course, agent, replay = self.course, self.agent, self.replay
        draft = self._draft(self._conditions(course.batch))
        self._remember([*draft.allowed, *self._children()])
        log_R = self.screen.log_reward(draft.allowed, draft.condition)
        walks, condition, log_prior, target = draft.walks, draft.condition, draft.log_prior, log_R
        if len(replay) and course.replayed:
            past = replay.draw(course.replayed, agent.betas)
            past_log_R = self.screen.scalarise(
                past.objectives, past.condition.preference, past.condition.beta
            )
            walks = concatenate([walks, past.walks])
            condition = joined((condition, past.condition))
            log_prior = torch.cat([log_prior, past.log_prior])
            target = torch.cat([target, past_log_R])
        encoded = condition.encode(agent.betas)
        loss = self.trainer.step(
            walks, encoded, relative_target(target, log_prior, course.prior_power)
        )
        with torch.no_grad():
            log_Z = agent.log_partition(encoded).mean()
        valid = [m for m in draft.parsed if m is not None]
        return {
            "loss": loss,
            "valid": len(valid) / course.batch,
            "allowed": sum(m is not None for m in draft.allowed) / course.batch,
            "unique": len(set(valid)) / max(1, len(valid)),
            "reward_mean": float((log_R.clamp(min=0) / draft.condition.beta).mean()),
            "log_Z": float(log_Z),
        }

    def _conditions(self, n: int) -> Condition:
        return draw_conditions(n, self.agent.n_objectives, self.agent.betas, self.generator)

    def _draft(self, condition: Condition) -> Draft:
        walks = self.agent.write(condition, self.generator)
        parsed = [parse(text) for text in self.prior.vocabulary.read(walks)]
        allowed = self.screen.allowed(parsed)
        return Draft(walks, condition, parsed, allowed, self.prior.log_probability(walks))

    def _children(self) -> list[Molecule | None]:
        """Children of the best of replay under a fresh preference, those that are allowed."""
        if not (len(self.replay) and self.course.children):
            return []
        preference = self._conditions(1).preference[0]
        rows = self.replay.ranked(preference, 2 * self.course.children, TOP).tolist()
        parents = [self.replay.molecules[row] for row in rows]
        pairs = zip(parents[::2], parents[1::2], strict=True)
        children = [breed(mother, father, self.random) for mother, father in pairs]
        return self.screen.allowed([child.molecule if child else None for child in children])

    def _remember(self, molecules: Sequence[Molecule | None]) -> None:
        vocabulary = self.prior.vocabulary
        fresh = {m.smiles: m for m in molecules if m is not None and m not in self.replay}
        new = [m for smiles, m in fresh.items() if vocabulary.can_write(smiles)]
        if not new:
            return
        walks = vocabulary.write([m.smiles for m in new])
        objectives = self.screen.objectives(new)
        self.replay.add(new, walks, objectives, self.prior.log_probability(walks))
