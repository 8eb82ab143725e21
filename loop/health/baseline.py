"""Baseline: what the loop's choices were worth beside those made before it had learned anything."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loop.health.check import Check, State
from loop.standing import Standing

NAME = "Against the start"
FEWEST = 4
"""Molecules on either side below which nothing is judged."""
DOUBT = 2.0
"""Standard errors that the means must differ by."""


@dataclass(frozen=True)
class Baseline:
    """Scores of the first round, chosen without a label, and of all later ones.

    A molecule whose question brought no score counts as 0: its call was spent all the same.
    """

    n_start: int
    n_chosen: int
    start_mean: float
    chosen_mean: float
    error: float
    """Standard error of the difference of the means."""
    start_best: float
    chosen_best: float
    """Expected best of as many of the later molecules as the first round had, drawn at random."""

    @property
    def gain(self) -> float:
        """Difference of the means."""
        return self.chosen_mean - self.start_mean


def expected_best(scores: Sequence[float], n: int) -> float:
    """Mean of the best of `n` of these scores, over all ways to draw n without replacement.

    E = sum_i s_(i) C(i - 1, n - 1) / C(N, n) with s_(1) <= .. <= s_(N): to be the best, s_(i) needs
    the other n - 1 below it.
    """
    if not 1 <= n <= len(scores):
        raise ValueError(f"got n = {n}, expected 1 to {len(scores)}, the number of scores")
    ways = math.comb(len(scores), n)
    ranked = enumerate(sorted(scores), 1)
    return sum(score * (math.comb(i - 1, n - 1) / ways) for i, score in ranked)


def compare(start: Sequence[float], chosen: Sequence[float]) -> Baseline | None:
    """Measure later choices against the first; None where either has fewer than two molecules."""
    if min(len(start), len(chosen)) < 2:
        return None
    n = min(len(start), len(chosen))
    variances = [float(np.var(s, ddof=1)) / len(s) for s in (start, chosen)]
    return Baseline(
        n_start=len(start),
        n_chosen=len(chosen),
        start_mean=float(np.mean(start)),
        chosen_mean=float(np.mean(chosen)),
        error=math.sqrt(sum(variances)),
        start_best=expected_best(start, n),
        chosen_best=expected_best(chosen, n),
    )


def baseline(standing: Standing) -> Baseline | None:
    """The molecules of the first round against those of all later ones."""
    return compare(scores_of(standing, 1, 1), scores_of(standing, 2))


def scores_of(standing: Standing, first: int, last: int | None = None) -> list[float]:
    """Scores of the molecules that rounds `first` to `last` were the first to ask about."""
    return [
        entry.score or 0.0
        for entry in standing.entries
        if entry.round is not None and first <= entry.round and (not last or entry.round <= last)
    ]


def check(found: Baseline | None) -> Check:
    """Judge by the means; the bests are told beside them."""
    if found is None or min(found.n_start, found.n_chosen) < FEWEST:
        told = "Too few molecules beside the first round to compare."
        return Check(NAME, State.UNKNOWN, told, "Two rounds of four molecules are enough.")
    told = (
        f"The {found.n_chosen} molecules chosen with the model score {found.chosen_mean:.2f} "
        f"in the mean, the {found.n_start} of the first round {found.start_mean:.2f} (difference "
        f"{found.gain:+.2f} ± {found.error:.2f}); best of {min(found.n_start, found.n_chosen)}: "
        f"{found.chosen_best:.2f} against {found.start_best:.2f}."
    )
    if found.gain > DOUBT * found.error:
        advice = "Nothing to do: choosing with the model pays, beyond what chance would give."
        return Check(NAME, State.GOOD, told, advice)
    if found.gain > 0:
        advice = "It may still be chance: more molecules, or another seed, would tell."
        return Check(NAME, State.WATCH, told, advice)
    advice = (
        "The model does not help yet: look whether the goals oppose each other or are met by the "
        "first round already, and compare with acquisition=random."
    )
    return Check(NAME, State.ACT, told, advice)
