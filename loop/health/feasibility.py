"""Feasibility: whether a number came where one was expected before the oracle was asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from loop.health.check import Check, State
from loop.standing import Standing
from molecules import Failure, Label
from molecules.rows import Record
from surrogates.feasibility import tally

NAME = "Feasibility"
NOTED = "health/feasibility/"
"""Prefix of what a round notes once its answers have come."""
EXPECTED = "feasible"
"""What a round notes before it asks: SMILES to the probability of a number."""
ALMOST_ALL = 0.98
"""Share of numbers from which on there is next to nothing to foresee."""


@dataclass(frozen=True)
class Foresight:
    """Probabilities of a number against what came, over `n` molecules.

    A molecule of which a share s of the questions got a number counts as s successes and 1 - s
    failures.
    """

    n: float
    accuracy: float
    """Share foreseen, where a probability from 0.5 on foresees a number."""
    brier: float
    """Mean squared distance of the probability from 1 (a number) or 0 (none): 0 is perfect."""
    rate: float
    """Share of numbers that came."""

    @property
    def base_brier(self) -> float:
        """Brier score of who knew only the share that came, in hindsight: hard to beat."""
        return self.rate * (1.0 - self.rate)


def foresight(pairs: Sequence[tuple[float, float]]) -> Foresight | None:
    """Measure (probability, share of numbers that came); None where there is none."""
    if not pairs:
        return None
    n = len(pairs)
    return Foresight(
        n=float(n),
        accuracy=sum(s if p >= 0.5 else 1.0 - s for p, s in pairs) / n,
        brier=sum(s * (1.0 - p) ** 2 + (1.0 - s) * p**2 for p, s in pairs) / n,
        rate=sum(s for _, s in pairs) / n,
    )


def together(found: Sequence[Foresight]) -> Foresight | None:
    """Several rounds as one."""
    n = sum(f.n for f in found)
    if not n:
        return None
    means = (sum(f.n * getattr(f, k) for f in found) / n for k in ("accuracy", "brier", "rate"))
    return Foresight(n, *means)


def outcome(
    expected: Mapping[str, float],
    records: Sequence[Record],
    quantities: Collection[str],
    upper: Collection[str] = (),
) -> dict[str, float]:
    """What a round notes: its foresight, by name of the figure; empty where nothing was expected.

    Args:
        expected: by SMILES, as the round has noted it before it asked.
        records: all outcomes so far.
        quantities: those that the goals want, as the surrogate counts them.
        upper: oracles whose failures it does not count.
    """
    outcomes = [r.outcome for r in records if r.outcome.molecule.smiles in expected]
    tallies = tally(
        [o for o in outcomes if isinstance(o, Label) and o.quantity.name in quantities],
        [o for o in outcomes if isinstance(o, Failure) and o.oracle not in upper],
    )
    found = foresight(
        [
            (expected[molecule.smiles], t.successes / (t.successes + t.failures))
            for molecule, t in tallies.items()
        ]
    )
    return {} if found is None else {NOTED + name: value for name, value in vars(found).items()}


def foreseen(standing: Standing) -> Foresight | None:
    """The foresight of all rounds together."""
    names = Foresight.__dataclass_fields__
    noted = [{name: row.metrics.get(NOTED + name) for name in names} for row in standing.progress]
    complete = [{name: value for name, value in row.items() if value is not None} for row in noted]
    return together([Foresight(**row) for row in complete if len(row) == len(names)])


def check(found: Foresight | None) -> Check:
    """Judge against who knows only how often numbers come."""
    if found is None:
        told = "No round has noted how likely it thought a number."
        return Check(NAME, State.UNKNOWN, told, "Nothing to do: the next round notes it.")
    told = (
        f"A number came for {100 * found.rate:.0f} % of the questions about {found.n:.0f} "
        f"molecules; {100 * found.accuracy:.0f} % was foreseen (Brier score {found.brier:.3f}, "
        f"the rate alone {found.base_brier:.3f})."
    )
    if found.rate >= ALMOST_ALL:
        return Check(NAME, State.GOOD, told, "Nothing to do: the oracles answer nearly always.")
    if found.brier <= found.base_brier:
        advice = "Nothing to do: the loop knows which molecules the oracles cannot compute."
        return Check(NAME, State.GOOD, told, advice)
    advice = (
        "Read the reasons under “Answers and failures”: a motif that always fails belongs into the "
        "filters (filters.rules), where it costs nothing."
    )
    return Check(NAME, State.WATCH, told, advice)
