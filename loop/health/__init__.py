"""Health: whether a campaign can be trusted, and whether it should go on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from loop.health import baseline, bench, feasibility, learning, stopping, trust
from loop.health.baseline import Baseline
from loop.health.bench import Hindcast
from loop.health.check import Check, State
from loop.health.feasibility import Foresight
from loop.health.learning import LEFT_OUT
from loop.health.span import latest, until
from loop.health.stopping import Prospect
from loop.health.trust import Trust
from loop.standing import Standing

__all__ = ["Check", "Health", "State", "figures", "measure", "until"]


@dataclass(frozen=True)
class Health:
    """All figures about the health of a campaign, and what they say."""

    trusts: tuple[Trust, ...]
    recent: tuple[Trust, ...]
    """The same of the last rounds alone."""
    left_out: Mapping[str, float]
    """By quantity: leave-one-out error over that of predicting the mean."""
    foresight: Foresight | None
    baseline: Baseline | None
    prospect: Prospect | None
    hindcast: Hindcast | None = None
    """Of the laboratory's cells; None where it has no label of its own."""

    @property
    def rows(self) -> tuple[Trust, ...]:
        """Every tier's, the laboratory's last."""
        return self.trusts + (self.hindcast.trusts if self.hindcast else ())

    @property
    def checks(self) -> tuple[Check, ...]:
        """One verdict a question, the most pressing question first."""
        is_overconfident = any(row.is_overconfident for row in self.recent)
        return (
            stopping.check(self.prospect, is_overconfident),
            trust.check(self.trusts, self.recent),
            *((bench.check(self.hindcast),) if self.hindcast else ()),
            learning.check(self.left_out),
            feasibility.check(self.foresight),
            baseline.check(self.baseline),
        )


def measure(standing: Standing) -> Health:
    """Measure the health of a campaign as it stands."""
    recent = latest(standing, stopping.WINDOW)
    return Health(
        trusts=tuple(trust.trust(trust.predictions(standing))),
        recent=tuple(trust.trust(trust.predictions(recent))),
        left_out=learning.left_out(standing),
        foresight=feasibility.foreseen(standing),
        baseline=baseline.baseline(standing),
        prospect=stopping.prospect(standing),
        hindcast=bench.hindcast(standing.batches) if standing.batches else None,
    )


def figures(health: Health) -> dict[str, float]:
    """The figures of a round that MLflow draws, named `health/...`, all of them finite.

    MLflow makes a section of all that stands before the last slash: there are few.
    What the round itself has noted under that name is among its metrics already.
    """
    found: dict[str, float] = {}
    for row in health.rows:
        end = f"{row.tier} {row.origin}"
        found[f"health/calibration/coverage_50 {end}"] = row.coverage_50
        found[f"health/calibration/coverage_90 {end}"] = row.coverage_90
        found[f"health/calibration/z_spread {end}"] = row.z_spread
    if health.hindcast is not None:
        found |= {LEFT_OUT + name: error for name, error in health.hindcast.left_out.items()}
    if health.baseline is not None:
        found["health/gain_over_start mean"] = health.baseline.gain
        best = health.baseline.chosen_best - health.baseline.start_best
        found["health/gain_over_start best"] = best
    if health.prospect is not None:
        found["health/recent_hypervolume_gain"] = health.prospect.hypervolume_gain
        found["health/recent_score_gain"] = health.prospect.score_gain
        for tier, seconds in health.prospect.seconds.items():
            found[f"health/seconds_a_round {tier}"] = seconds
    return {name: value for name, value in found.items() if math.isfinite(value)}
