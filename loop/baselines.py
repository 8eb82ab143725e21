"""Choices without a belief: the baselines that a campaign's acquisition is compared with."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import torch

from generators.base import Proposal
from loop.budget import Allowance
from loop.objective import Objective
from molecules import Candidate, Label, Molecule
from oracles.base import Cost
from surrogates.base import Surrogate

ORDERS = ("random", "offered")


class BlindAcquisition:
    """Takes proposals at random, or in the order in which they were offered.

    With the whole library as the pool, `random` is random search; with the genetic proposer alone,
    `offered` is a genetic algorithm that pays for every child.
    """

    def __init__(
        self, objective: Objective, costs: Mapping[str, Cost], order: str = "random"
    ) -> None:
        if order not in ORDERS:
            raise ValueError(f"got order {order!r}, expected one of {ORDERS}")
        self._oracles = sorted(costs)
        self._order = order

    def select(
        self,
        surrogate: Surrogate,
        pool: Sequence[Proposal],
        labels: Sequence[Label],
        pending: Sequence[Molecule],
        budget: Allowance,
        generator: torch.Generator,
        declined: Collection[tuple[Molecule, str]] = (),
    ) -> list[Candidate]:
        """Choose without looking at the surrogate; the scores of what is chosen are 0."""
        taken = {label.molecule for label in labels} | set(pending)
        free = [proposal for proposal in pool if proposal.molecule not in taken]
        if self._order == "random":
            free = [free[i] for i in torch.randperm(len(free), generator=generator).tolist()]
        return [
            Candidate(p.molecule, oracle, 0.0, {}, {}, p.source, p.parents, f"{self._order} choice")
            for place, p in enumerate(free[: budget.batch], 1)
            for oracle in self._oracles
            if budget.allows(oracle, place)
        ]
