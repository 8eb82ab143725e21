"""Learning: whether the model predicts an answer better than the mean of all others does."""

from __future__ import annotations

from collections.abc import Mapping

from loop.health.check import Check, State
from loop.standing import Standing

NAME = "Learning"
LEFT_OUT = "health/left_out/"
"""Prefix of what a round notes for each quantity before it chooses (see `forecast`)."""
USELESS = 0.95
"""Relative error from which on a model says hardly more than the mean."""


def left_out(standing: Standing) -> dict[str, float]:
    """Leave-one-out error relative to predicting the mean, by quantity, as last noted."""
    noted = [noted_errors(row.metrics) for row in standing.progress]
    return next((found for found in reversed(noted) if found), {})


def check(errors: Mapping[str, float]) -> Check:
    """Judge the worst quantity."""
    if not errors:
        advice = "Nothing to do: the next round notes it before it chooses."
        return Check(NAME, State.UNKNOWN, "No round has noted its leave-one-out error.", advice)
    told = ", ".join(f"{_spoken(name)} {error:.2f}" for name, error in errors.items())
    found = f"Error of leave-one-out predictions, where the mean of the labels has 1: {told}."
    poor = [_spoken(name) for name, error in errors.items() if error >= USELESS]
    if poor:
        advice = (
            f"For {', '.join(poor)} the choice is hardly better than chance: look at the answers "
            "for outliers, and add labels of molecules like those that you care for (do=ask)."
        )
        return Check(NAME, State.ACT if len(poor) == len(errors) else State.WATCH, found, advice)
    advice = "Nothing to do: every quantity is learned, and each further label sharpens it."
    return Check(NAME, State.GOOD, found, advice)


def noted_errors(metrics: Mapping[str, float]) -> dict[str, float]:
    """What one round has noted, by quantity."""
    return {k.removeprefix(LEFT_OUT): v for k, v in metrics.items() if k.startswith(LEFT_OUT)}


def _spoken(name: str) -> str:
    return name.replace("_", " ")
