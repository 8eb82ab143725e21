"""Stopping: what another round would bring, and what it would cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loop.health.check import Check, State
from loop.standing import Standing
from molecules import Failure, Label

NAME = "Another round?"
EXPECTED_GAIN = "health/expected_gain"
"""What a round notes before it asks: by how much it expects the best score to rise."""
WINDOW = 3
"""Rounds that are looked back on: a single one without a gain is no sign of the end."""
FLAT = 0.02
"""Share of the hypervolume won in the window that counts as none."""
SMALL = 0.01
"""Rise of the best score that is not worth a round: the errors of the labels shift scores more."""


@dataclass(frozen=True)
class Prospect:
    """Recent gains, the expected one, and the price of a round."""

    n_rounds: int
    hypervolume_gain: float
    """Share of today's hypervolume that the last `WINDOW` rounds have won."""
    score_gain: float
    """Of the best score, over the same."""
    expected_gain: float | None
    """Of the best score, by the model, of the latest round before it was asked; None: not noted."""
    seconds: Mapping[str, float]
    """Oracle seconds of a round by tier, the mean of all rounds."""

    @property
    def is_settled(self) -> bool:
        """Whether the best score has stopped rising and is not expected to."""
        return self.score_gain < SMALL and (self.expected_gain or 0.0) < SMALL

    @property
    def is_flat(self) -> bool:
        """Whether the front has stopped growing as well."""
        return self.is_settled and self.hypervolume_gain < FLAT


def prospect(standing: Standing) -> Prospect | None:
    """What the rounds so far say of the next; None before the first."""
    rows = standing.progress
    if not rows:
        return None
    now, before = rows[-1], rows[max(0, len(rows) - 1 - WINDOW)]
    grown = now.hypervolume - before.hypervolume
    return Prospect(
        n_rounds=len(rows),
        hypervolume_gain=grown / now.hypervolume if grown > 0 else 0.0,
        score_gain=max(0.0, now.best_score - before.best_score),
        expected_gain=now.metrics.get(EXPECTED_GAIN),
        seconds={tier: total / len(rows) for tier, total in spent(standing).items()},
    )


def spent(standing: Standing) -> dict[str, float]:
    """Oracle seconds by tier, of answers and failures about molecules that rounds have asked."""
    seconds: dict[str, float] = {}
    for entry in standing.entries:
        outcomes: list[Label | Failure] = [*entry.answers, *entry.failures.values()]
        for outcome in outcomes if entry.round else []:
            so_far = seconds.get(outcome.oracle, 0.0)
            seconds[outcome.oracle] = so_far + outcome.provenance.seconds
    return dict(sorted(seconds.items()))


def check(found: Prospect | None, is_overconfident: bool) -> Check:
    """Go on, stop, or pause; `is_overconfident`: the expected gain cannot be believed."""
    if found is None:
        return Check(NAME, State.UNKNOWN, "No round has been finished yet.", "Run the first round.")
    told = _told(found)
    if is_overconfident:
        advice = (
            "Pause: the model is overconfident, so its expected gain cannot be believed; do what "
            "“Error bars” advises before spending more."
        )
        return Check(NAME, State.ACT, told, advice)
    if found.n_rounds <= WINDOW:
        advice = f"Go on: {WINDOW + 1} rounds are needed to see whether the search has settled."
        return Check(NAME, State.UNKNOWN, told, advice)
    if found.is_flat:
        advice = (
            "Stop, and take the best to the bench or to a higher tier: there the cost of a round "
            "is better spent."
        )
        return Check(NAME, State.WATCH, told, advice)
    if found.is_settled:
        advice = (
            "Go on if you want more alternatives, for the Pareto front still grows; the best score "
            "itself has settled."
        )
        return Check(NAME, State.GOOD, told, advice)
    return Check(NAME, State.GOOD, told, "Go on: the same command with a larger rounds= resumes.")


def _told(found: Prospect) -> str:
    n = min(WINDOW, found.n_rounds - 1)
    past = ""
    if n > 0:
        rounds = "round" if n == 1 else f"{n} rounds"
        past = (
            f"The last {rounds} won {100 * found.hypervolume_gain:.0f} % of today's hypervolume "
            f"and {found.score_gain:.3f} in the best score. "
        )
    ahead = ""
    if found.expected_gain is not None:
        gain = f"{found.expected_gain:+.3f}"
        ahead = f"Of the latest round the model had expected {gain} in the best score. "
    costs = [f"{_duration(seconds)} of {tier}" for tier, seconds in found.seconds.items()]
    return f"{past}{ahead}A round has cost {' and '.join(costs) or 'nothing'}."


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.1f} min" if seconds >= 120 else f"{seconds:.0f} s"
