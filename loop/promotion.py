"""Promotion: which molecules of a lower tier are worth a question to a higher one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from loop.knowledge import Knowledge
from loop.objective import Objective, Traits
from loop.outlook import normal
from loop.tiers import Tiers
from molecules import Candidate, Molecule
from oracles.base import Cost
from surrogates.base import Surrogate

AUDIT = 7
"""One promotion in so many is an audit: a molecule at random. A ladder that only ever saw
favourites would be wrong about everything else."""
TELLING = 1e-6
"""Standard deviation of a score, in [0, 1], below which no answer moves it."""
MAY_CHANGE = "may change which molecule is best, for its cost"
NEAREST = "not expected to change which molecule is best, but nearest to it for its cost"


@dataclass(frozen=True)
class Promotion:
    """Asks upper tiers about the molecules whose answer may change what is best, per second.

    The worth of a question is the expected gain in the best score, once the oracle has said all
    that it knows of that molecule (knowledge gradient, 10.1137/070693424): great for those that may
    overtake the leader, and for the leader if it may fall behind. Where no sample says so, those
    follow that are nearest to it; a molecule whose score no answer moves is left to the audits.
    """

    objective: Objective
    tiers: Tiers
    costs: Mapping[str, Cost]
    """Expected seconds, by oracle."""
    can_answer: Mapping[str, Callable[[Molecule], bool]] = field(default_factory=dict)
    """By oracle, whether it can answer about a molecule, as a table cannot; not named: any."""
    n_samples: int = 256

    def select(
        self,
        oracle: str,
        surrogate: Surrogate,
        known: Sequence[Knowledge],
        n: int,
        generator: torch.Generator,
    ) -> list[Candidate]:
        """Choose up to `n` molecules for `oracle`, most worth asking about first.

        Args:
            oracle: an upper one.
            surrogate: fitted to all labels.
            known: all that was ever asked, in an order that does not depend on the workers.
            n: questions that the budget allows.
            generator: of the audits.
        """
        declined = {pair for k in known for pair in k.declined}
        traits = self.objective.traits([k.molecule for k in known], declined)
        is_ranked = self._is_ranked(known, traits)
        ready = [i for i, k in enumerate(known) if is_ranked[i] and self._is_ready(k, oracle)]
        if not ready or n < 1:
            return []
        samples = self._samples(oracle, surrogate, known, traits)
        scores = torch.where(is_ranked, samples.mean(0), torch.zeros(len(known)).double())
        worth, nearness = gain(samples, scores), log_gain(samples, scores)
        seconds = [max(self.costs[oracle](k.molecule), 1e-9) for k in known]
        cost = torch.tensor(seconds, dtype=torch.float64)
        first = torch.stack([worth / cost, nearness - cost.log()], dim=-1).tolist()
        waiting = sorted(ready, key=lambda i: first[i], reverse=True)
        n_before = sum(oracle in k.asked for k in known)
        picks: list[tuple[int, str]] = []
        for place in range(n_before + 1, n_before + 1 + min(n, len(waiting))):
            if place % AUDIT == 0:
                row = int(torch.randint(len(waiting), (1,), generator=generator))
                picks.append((waiting.pop(row), "audit of the ladder: at random"))
            elif nearness[waiting[0]].isfinite():
                chosen = waiting.pop(0)
                picks.append((chosen, MAY_CHANGE if worth[chosen] > 0 else NEAREST))
        return self._candidates(oracle, surrogate, known, picks, scores) if picks else []

    def _is_ready(self, k: Knowledge, oracle: str) -> bool:
        """Whether the tier below has answered all that applies, and this one can yet be asked."""
        can_answer = self.can_answer.get(oracle)
        if oracle in k.asked or (can_answer and not can_answer(k.molecule)):
            return False
        below = self.tiers.below[oracle]
        wanted = {q: lower for q, lower in below.items() if (k.molecule, q) not in k.declined}
        answered = {(label.quantity.name, label.oracle) for label in k.answers}
        return bool(wanted) and set(wanted.items()) <= answered

    def _is_ranked(self, known: Sequence[Knowledge], traits: Traits) -> Tensor:
        """Whether all that the goals want of each molecule was answered, `n`, boolean."""
        names, goals = self.objective.quantities, self.objective.goals
        answers = [{label.quantity.name for label in k.answers} for k in known]
        missing = torch.tensor(
            [[g.quantity in names and g.quantity not in a for g in goals] for a in answers],
            dtype=torch.bool,
        ).reshape(len(known), len(goals))
        return ~(missing & traits.applies).any(-1)

    def _samples(
        self, oracle: str, surrogate: Surrogate, known: Sequence[Knowledge], traits: Traits
    ) -> Tensor:
        """Scores that each molecule may turn out to have once it is asked about, `s x n`."""
        mean, std = surrogate.predict([k.molecule for k in known])
        names = self.objective.quantities
        told = torch.tensor([float(q in self.tiers.below[oracle]) for q in names]).double()
        z = normal(self.n_samples, len(names)).unsqueeze(1)
        return self.objective.score(mean + std * told * z, traits)

    def _candidates(
        self,
        oracle: str,
        surrogate: Surrogate,
        known: Sequence[Knowledge],
        picks: Sequence[tuple[int, str]],
        scores: Tensor,
    ) -> list[Candidate]:
        mean, std = surrogate.predict([known[i].molecule for i, _ in picks], oracle)
        names = self.objective.quantities
        return [
            Candidate(
                known[i].molecule,
                oracle,
                float(scores[i]),
                dict(zip(names, mean[row].tolist(), strict=True)),
                dict(zip(names, std[row].tolist(), strict=True)),
                known[i].source,
                why=f"promoted: {why}",
            )
            for row, (i, why) in enumerate(picks)
        ]


def gain(samples: Tensor, scores: Tensor) -> Tensor:
    """Expected rise of the best score once one molecule's own score is known, `n`, >= 0.

    E[max(S_i, best of the others)] - best, over samples `s x n` of every S_i and its mean `n`;
    exactly 0 where no sample changes which molecule is best.
    """
    others = best_other(scores)
    beyond = torch.where(scores > others, others - samples, samples - others).clamp(min=0.0)
    return torch.where(_is_open(samples), beyond.mean(0), torch.zeros_like(scores))


def log_gain(samples: Tensor, scores: Tensor) -> Tensor:
    """About the log of the gain if scores were normal, up to a constant, `n`: tells the far apart.

    The gain is at most std phi(u) / (1 + u^2) with u = |mean - best of the others| / std, which is
    exact at u = 0 and far away (10.1214/aoms/1177731721). -inf where no answer moves the score.
    """
    std = samples.std(0, correction=0).clamp(min=TELLING)
    u = (scores - best_other(scores)) / std
    log = std.log() - 0.5 * u.square() - u.square().log1p()
    return torch.where(_is_open(samples), log, torch.full_like(log, -torch.inf))


def best_other(scores: Tensor) -> Tensor:
    """Best score among all other molecules, `n`; 0 where there is no other."""
    best, leader = scores.max(0)
    others = best.expand_as(scores).clone()
    rest = torch.cat([scores[:leader], scores[leader + 1 :]])
    others[leader] = rest.max() if len(rest) else 0.0
    return others


def _is_open(samples: Tensor) -> Tensor:
    return samples.std(0, correction=0) > TELLING
