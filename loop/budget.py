"""Budget: how many questions and oracle seconds a campaign may still spend."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from molecules.rows import Record

LARGEST = 10**6
"""Stands for no limit where a whole number is needed."""


@dataclass(frozen=True)
class Limit:
    """At most this many questions in all and in one round."""

    calls: float = math.inf
    seconds: float = math.inf
    """Oracle seconds after which no further round asks; the round that passes them is finished."""
    per_round: float = math.inf

    def __post_init__(self) -> None:
        if min(self.calls, self.seconds, self.per_round) < 0:
            raise ValueError(
                f"got calls={self.calls:g}, seconds={self.seconds:g}, "
                f"per_round={self.per_round:g}; expected none below 0"
            )


@dataclass(frozen=True)
class Spend:
    """What was spent, per oracle."""

    calls: Mapping[str, int]
    """(molecule, oracle) pairs that were answered."""
    seconds: Mapping[str, float]

    @classmethod
    def of(cls, records: Sequence[Record]) -> Spend:
        """Sum what was asked: a molecule counts once, however many quantities it answered."""
        pairs = {(r.outcome.molecule, r.outcome.oracle) for r in records}
        seconds: dict[str, float] = {}
        for record in records:
            oracle = record.outcome.oracle
            seconds[oracle] = seconds.get(oracle, 0.0) + record.seconds
        return cls(Counter(oracle for _, oracle in pairs), seconds)


@dataclass(frozen=True)
class Allowance:
    """What one round may ask."""

    batch: int
    calls: Mapping[str, float] = field(default_factory=dict)
    """Calls left per oracle; an oracle that is not named has no limit of its own."""

    def allows(self, oracle: str, n: int = 1) -> bool:
        """Whether `n` more calls of `oracle` are within the budget."""
        return self.batch > 0 and self.calls.get(oracle, math.inf) >= n


@dataclass(frozen=True)
class Budget:
    """Limits in all and per tier."""

    total: Limit = field(default_factory=Limit)
    tiers: Mapping[str, Limit] = field(default_factory=dict)

    def allowance(self, batch: int, oracles: Sequence[str], spend: Spend) -> Allowance:
        """What a round of `batch` molecules may still ask of each of `oracles`.

        An oracle whose own limit is used up is left out, and the others go on without it.
        """
        left = {oracle: self._left(oracle, spend) for oracle in oracles}
        going = [calls for calls in left.values() if calls > 0]
        total = min(self.total.per_round, self._total(spend))
        molecules = min(batch, total // max(1, len(going)), max(going, default=0))
        return Allowance(max(0, int(molecules)), left)

    def calls(self, oracle: str, spend: Spend, n_chosen: int) -> int:
        """Questions for `oracle` alone, in a round that has chosen `n_chosen` others already."""
        total = min(self.total.per_round, self._total(spend)) - n_chosen
        return int(max(0, min(self._left(oracle, spend), total, LARGEST)))

    def forecast(
        self, rounds: range, batch: int, base: Sequence[str], upper: Sequence[str], spend: Spend
    ) -> tuple[int, Mapping[str, int]]:
        """Molecules, and questions by oracle, that these rounds ask if nothing stops them.

        Args:
            rounds: their numbers; in round 1 there is nothing to promote yet.
            batch: molecules a round.
            base: oracles that are asked about every molecule.
            upper: oracles that are asked about promoted ones.
            spend: what was spent before; seconds to come are not counted.
        """
        molecules, asked = 0, Counter[str]()
        for number in rounds:
            now = Spend(Counter(spend.calls) + asked, spend.seconds)
            allowance = self.allowance(batch, base, now)
            molecules += allowance.batch
            new = Counter({o: int(min(allowance.batch, allowance.calls[o])) for o in base})
            for oracle in upper if number > 1 else ():
                new[oracle] = self.calls(oracle, now, new.total())
            if not new.total():
                break
            asked += new
        return molecules, asked

    def _left(self, oracle: str, spend: Spend) -> float:
        """Calls of one oracle that its own limit leaves to a round."""
        limit = self.tiers.get(oracle, Limit())
        if spend.seconds.get(oracle, 0.0) >= limit.seconds:
            return 0
        return max(0.0, min(limit.per_round, limit.calls - spend.calls.get(oracle, 0)))

    def _total(self, spend: Spend) -> float:
        """Calls that the limit in all leaves."""
        if sum(spend.seconds.values()) >= self.total.seconds:
            return 0
        return self.total.calls - sum(spend.calls.values())
