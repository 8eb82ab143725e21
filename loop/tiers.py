"""Tiers: which oracles every new molecule meets, which are for a few, and how they are ranked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from loop.objective import Goal, Objective
from molecules import Failure, Label, Outcome, Pending
from molecules.descriptors import CHEAP
from molecules.quantity import BENCH
from molecules.rows import Record
from oracles.base import Oracle
from surrogates.consensus import Consensus, agree
from surrogates.ladder import Ladder, Ladders

CHEAP_NAMES = tuple(quantity.name for quantity in CHEAP)


class TierError(ValueError):
    """Oracles and goals that do not fit together."""


@dataclass(frozen=True)
class Tiers:
    """Who answers what; build with `Tiers.of`. Empty: whoever answered counts."""

    base: tuple[str, ...] = ()
    """Oracles that every chosen molecule is asked, by name."""
    upper: tuple[str, ...] = ()
    """Oracles for molecules that a lower tier has answered, lowest tier first."""
    order: tuple[str, ...] = ()
    """All oracles, lowest tier first; those of one tier, who share no goal's quantity, by name."""
    rungs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Goal quantity to the oracles that answer it, lowest tier first."""
    ladders: Ladders = field(default_factory=Ladders)
    """Of the goals' quantities that more than one oracle answers."""
    below: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Of each upper oracle: goal quantity to the oracle one rung below."""

    @classmethod
    def of(cls, objective: Objective, oracles: Mapping[str, Oracle]) -> Tiers:
        """Sort the oracles of every quantity by `tier`, whatever their order in the configuration.

        A goal's `tier` is the oracle on whose scale its bounds stand; without one it is the lowest,
        whose numbers everybody has seen when the bounds are chosen. An oracle is an upper one if
        all that the goals want of it is answered by a lower tier too.

        Raises:
            TierError: a quantity that no oracle answers, two oracles of one quantity with the same
                tier number, or a goal whose tier does not answer it or is not that of the others.
        """
        ladders: dict[str, Ladder] = {}
        for goal in objective.goals:
            if goal.quantity in objective.cheap:
                continue
            rungs = _rungs(goal, oracles)
            scale = goal.tier or rungs[0]
            known = ladders.setdefault(goal.quantity, Ladder(rungs, scale))
            if known.scale != scale:
                raise TierError(
                    f"goal {goal.name}: got tier {scale!r}, but another goal of {goal.quantity} "
                    f"has tier {known.scale!r}; give the bounds of all of them on one scale"
                )
        below: dict[str, dict[str, str]] = {name: {} for name in oracles}
        for quantity, ladder in ladders.items():
            for lower, upper in zip(ladder.rungs, ladder.rungs[1:], strict=False):
                below[upper][quantity] = lower
        lowest = {ladder.rungs[0] for ladder in ladders.values()}
        upper_names = [name for name in oracles if below[name] and name not in lowest]
        upper_names.sort(key=lambda name: (oracles[name].tier, name))
        return cls(
            base=tuple(sorted(set(oracles) - set(upper_names))),
            upper=tuple(upper_names),
            order=tuple(sorted(oracles, key=lambda name: (oracles[name].tier, name))),
            rungs={quantity: ladder.rungs for quantity, ladder in ladders.items()},
            ladders=Ladders({q: n for q, n in ladders.items() if len(n.rungs) > 1}),
            below={name: below[name] for name in upper_names},
        )

    @property
    def scales(self) -> dict[str, str]:
        """Goal quantity to the oracle on whose scale its bounds stand."""
        alone = {quantity: rungs[0] for quantity, rungs in self.rungs.items()}
        return alone | {q: ladder.scale for q, ladder in self.ladders.by_quantity.items()}

    def counted(self, records: Sequence[Record]) -> list[Record]:
        """The records less those of the laboratory, and less labels of tiers no longer asked.

        A tier that was switched off has left numbers on a scale that nothing maps any more. The
        laboratory has goals of its own, and what waits for it may still be computed.
        """
        return [record for record in records if self._counts(record.outcome)]

    def agree(self, counted: Sequence[Record]) -> Consensus:
        """What the tiers say together in records that count."""
        return agree(self.ladders, [r.outcome for r in counted if isinstance(r.outcome, Label)])

    def _counts(self, outcome: Outcome) -> bool:
        if isinstance(outcome, Pending):
            return not self.order or outcome.oracle in self.order
        if isinstance(outcome, Failure):
            return True
        if outcome.quantity.name in BENCH:
            return False
        rungs = self.rungs.get(outcome.quantity.name)
        return rungs is None or outcome.oracle in rungs


def _rungs(goal: Goal, oracles: Mapping[str, Oracle]) -> tuple[str, ...]:
    """Names of the oracles that answer a goal's quantity, lowest tier first."""
    tiers: dict[int, str] = {}
    for name, oracle in oracles.items():
        if goal.quantity not in {quantity.name for quantity in oracle.quantities}:
            continue
        if oracle.tier in tiers:
            raise TierError(
                f"quantity {goal.quantity!r} is answered by {tiers[oracle.tier]} and {name}, both "
                f"of tier {oracle.tier}; give them different tiers, such as "
                f"oracles.{name}.tier={oracle.tier + 1}, or remove it from one of them"
            )
        tiers[oracle.tier] = name
    rungs = tuple(tiers[tier] for tier in sorted(tiers))
    if not rungs:
        answered = sorted({q.name for oracle in oracles.values() for q in oracle.quantities})
        raise TierError(
            f"goal {goal.name}: got quantity {goal.quantity!r}, which no oracle answers; "
            f"expected one of {answered}, or a cheap one of {sorted(CHEAP_NAMES)}; "
            "add an oracle for it or change the goal"
        )
    if goal.tier is not None and goal.tier not in rungs:
        raise TierError(
            f"goal {goal.name}: got tier {goal.tier!r}, expected the oracle on whose scale its "
            f"bounds stand, one of {', '.join(rungs)}, which answer {goal.quantity}"
        )
    return rungs
