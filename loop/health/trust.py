"""Trust: prospective calibration, the interval predicted before an answer against the answer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from loop.health.check import Check, State
from loop.hindsight import Prediction, checked
from loop.standing import Standing
from surrogates.calibration import calibrate

NAME = "Error bars"
ALL = "all"
FEWEST = 8
"""Molecules below which no share is judged."""
DOUBT = 2.0
"""Standard errors by which a share must miss its due before anybody acts on it."""


@dataclass(frozen=True)
class Trust:
    """How the answers of one tier fell into the intervals that were predicted for them.

    All quantities together: z = (answer - mean) / error has no unit, and the error is that of the
    prediction and of the answer.
    """

    tier: str
    origin: str
    """`library`, `generated`, or `all`."""
    n: int
    n_molecules: int
    coverage_50: float
    """Share of answers inside the central 50 % interval; likewise 90."""
    coverage_90: float
    z_mean: float
    """0 is right; above it, answers are higher than predicted."""
    z_spread: float
    """Root mean square of z: 1 is right, 2 means that the error bars are half as long as due."""

    @property
    def is_overconfident(self) -> bool:
        """Whether clearly fewer than 90 % of the answers fell into the 90 % intervals."""
        return self.n_molecules >= FEWEST and self.coverage_90 < 0.9 - self._doubt(0.9)

    @property
    def is_timid(self) -> bool:
        """Whether clearly more than 50 % of the answers fell into the 50 % intervals."""
        return self.n_molecules >= FEWEST and self.coverage_50 > 0.5 + self._doubt(0.5)

    def _doubt(self, due: float) -> float:
        """What a share may miss by chance, if the answers of one molecule count as one."""
        return DOUBT * math.sqrt(due * (1.0 - due) / self.n_molecules)


def predictions(standing: Standing) -> list[Prediction]:
    """Every answer by the oracle that a candidate was chosen for, with what was predicted of it."""
    return [
        replace(found, name=entry.name)
        for entry in standing.entries
        for found in checked(entry.candidates, entry.answers)
    ]


def trust(found: Sequence[Prediction]) -> list[Trust]:
    """One row a tier for all its answers, then one for each origin, in alphabetical order."""
    uncertain = [p for p in found if p.forecast.width > 0]
    rows = []
    for tier in sorted({p.oracle for p in uncertain}):
        mine = [p for p in uncertain if p.oracle == tier]
        rows.append(_row(tier, ALL, mine))
        origins = sorted({p.origin for p in mine} - {ALL})
        rows += [_row(tier, o, [p for p in mine if p.origin == o]) for o in origins]
    return rows


def _row(tier: str, origin: str, found: Sequence[Prediction]) -> Trust:
    told = [p.forecast for p in found]
    z = np.array([(f.value - f.mean) / f.width for f in told])
    measured = calibrate(told)
    return Trust(
        tier=tier,
        origin=origin,
        n=len(told),
        n_molecules=len({p.molecule for p in found}),
        coverage_50=measured.coverage_50,
        coverage_90=measured.coverage_90,
        z_mean=float(z.mean()),
        z_spread=float(np.sqrt((z**2).mean())),
    )


def check(rows: Sequence[Trust], recent: Sequence[Trust]) -> Check:
    """Judge all answers and, apart, those of the last rounds, in which the choice is made."""
    if not rows:
        advice = "Nothing to do: run a round, and its predictions are checked as answers come."
        return Check(NAME, State.UNKNOWN, "No prediction has met its answer yet.", advice)
    told = [f"{_share(row.coverage_90)} of {row.n} by {row.tier}" for row in _whole(rows)]
    found = f"Inside their 90 % intervals fell {', '.join(told)}."
    bold = [row for row in (*recent, *rows) if row.is_overconfident]
    if bold:
        row = bold[0]
        whose = "" if row.origin == ALL else f" of {row.origin} molecules"
        when = "lately " if row in recent else ""
        return Check(
            NAME,
            State.ACT,
            f"{found} The model is {when}too sure about {row.tier}{whose}: "
            f"{_share(row.coverage_90)} where 90 % is due.",
            "Do not trust the ranking of molecules that nobody has asked about: run one more round "
            "with acquisition.rules.audit=0.4, which asks where the model knows least, then look "
            "again.",
        )
    if any(row.n_molecules < FEWEST for row in _whole(rows)):
        advice = f"Go on; a tier is judged from {FEWEST} molecules on."
        return Check(NAME, State.UNKNOWN, found, advice)
    if any(row.is_timid for row in _whole(rows)):
        found += " The error bars are longer than due."
        advice = "Nothing to fear: the loop explores more than it must, and every label helps."
        return Check(NAME, State.WATCH, found, advice)
    return Check(
        NAME, State.GOOD, found, "Nothing to do: predicted error bars can be taken at their word."
    )


def _whole(rows: Sequence[Trust]) -> Iterator[Trust]:
    return (row for row in rows if row.origin == ALL)


def _share(value: float) -> str:
    return f"{100 * value:.0f} %"
