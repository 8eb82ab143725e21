"""Promotion: which molecules of a lower tier are worth a question to a higher one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from loop.knowledge import Knowledge
from loop.objective import Objective
from loop.outlook import normal
from loop.tiers import Tiers
from molecules import Candidate
from oracles.base import Cost
from surrogates.base import Surrogate

AUDIT = 7
"""One promotion in so many is an audit: a molecule at random. A ladder that only ever saw
favourites would be wrong about everything else."""


@dataclass(frozen=True)
class Promotion:
    """Asks upper tiers about the molecules whose answer may change what is best, per second.

    The worth of a question is the expected gain in the best score, once the oracle has said all
    that it knows of that molecule (knowledge gradient, 10.1137/070693424): great for those that may
    overtake the leader, and for the leader if it may fall behind.
    """

    objective: Objective
    tiers: Tiers
    costs: Mapping[str, Cost]
    """Expected seconds, by oracle."""
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
        ready = [i for i, k in enumerate(known) if self._is_ready(k, oracle)]
        if not ready or n < 1:
            return []
        worth, scores = self._worth(oracle, surrogate, known)
        cost = torch.tensor([max(self.costs[oracle](k.molecule), 1e-9) for k in known])
        order = torch.argsort(worth / cost, descending=True, stable=True).tolist()
        waiting = [i for i in order if i in set(ready)]
        n_before = sum(oracle in k.asked for k in known)
        picks: list[tuple[int, str]] = []
        for place in range(n_before + 1, n_before + 1 + min(n, len(waiting))):
            if place % AUDIT:
                chosen, why = waiting[0], "may change which molecule is best, for its cost"
            else:
                row = int(torch.randint(len(waiting), (1,), generator=generator))
                chosen, why = waiting[row], "audit of the ladder: at random"
            waiting.remove(chosen)
            picks.append((chosen, why))
        return self._candidates(oracle, surrogate, known, picks, scores)

    def _is_ready(self, k: Knowledge, oracle: str) -> bool:
        """Whether the tier below has answered all that applies, and this one was never asked."""
        below = self.tiers.below[oracle]
        wanted = {q: lower for q, lower in below.items() if (k.molecule, q) not in k.declined}
        answered = {(label.quantity.name, label.oracle) for label in k.answers}
        return bool(wanted) and oracle not in k.asked and set(wanted.items()) <= answered

    def _worth(
        self, oracle: str, surrogate: Surrogate, known: Sequence[Knowledge]
    ) -> tuple[Tensor, Tensor]:
        """Expected gain in the best score by asking about each, and expected score, each `n`."""
        molecules = [k.molecule for k in known]
        traits = self.objective.traits(molecules, {pair for k in known for pair in k.declined})
        mean, std = surrogate.predict(molecules)
        names = self.objective.quantities
        told = torch.tensor([float(q in self.tiers.below[oracle]) for q in names]).double()
        z = normal(self.n_samples, len(names)).unsqueeze(1)
        samples = self.objective.score(mean + std * told * z, traits)
        answers = [{label.quantity.name for label in k.answers} for k in known]
        missing = torch.tensor(
            [[g.quantity in names and g.quantity not in a for g in self.objective.goals]
             for a in answers]
        )  # fmt: skip
        is_ranked = ~(missing & traits.applies).any(-1)
        scores = torch.where(is_ranked, samples.mean(0), torch.zeros(len(known)).double())
        return gain(samples, scores) * is_ranked, scores

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

    E[max(S_i, best of the others)] - best, over samples `s x n` of every S_i and its mean `n`.
    """
    best, leader = scores.max(0)
    others = best.expand_as(scores).clone()
    rest = torch.cat([scores[:leader], scores[leader + 1 :]])
    others[leader] = rest.max() if len(rest) else 0.0
    return (torch.maximum(samples, others).mean(0) - best).clamp(min=0.0)
