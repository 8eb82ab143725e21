"""Bench: whether the laboratory's cells fell where its batches before theirs predict them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from loop.health import cells, learning, trust
from loop.health.check import Check, State
from loop.health.trust import Trust
from loop.laboratory.batches import Batches

NAME = "Laboratory"
LAST = 10
"""Batches that are looked back on: each costs a fit of all before it."""


@dataclass(frozen=True)
class Hindcast:
    """What the laboratory's model would have said of its cells before they were tested."""

    trusts: tuple[Trust, ...]
    """One row; none before the second batch."""
    n_bounds: int
    """Bounds among the cells of that row."""
    left_out: Mapping[str, float]
    """By quantity: error of leaving molecules out over that of predicting the mean."""


@lru_cache(maxsize=1)
def hindcast(batches: Batches) -> Hindcast:
    """Predict each of the last batches from all before it; kept, for every page shows the same."""
    last = range(max(1, len(batches.labels) - LAST), len(batches.labels))
    found = [prediction for i in last for prediction in cells.foretold(batches, i)]
    n_bounds = sum(label.censored for i in last for label in cells.judged(batches, i))
    return Hindcast(tuple(trust.trust(found)), n_bounds, cells.left_out(batches))


def check(found: Hindcast) -> Check:
    """Judge the intervals first: without them no error says how far to trust the laboratory."""
    told = _told(found)
    poor = [name for name, error in found.left_out.items() if error >= learning.USELESS]
    if not found.trusts or found.trusts[0].n_molecules < trust.FEWEST:
        advice = (
            f"Go on (do=suggest); it is judged from {trust.FEWEST} molecules on, batch by batch."
        )
        return Check(NAME, State.UNKNOWN, told, advice)
    (row,) = found.trusts
    if row.is_overconfident:
        advice = (
            f"Give the laboratory a smaller share (oracles.{row.tier}.largest_trust=0.4) until "
            "this is mended: look for batches, controls or cells that are off (do=withdraw), and "
            "test the best molecules again in a new batch."
        )
        return Check(NAME, State.ACT, f"{told} The model is too sure: 90 % is due.", advice)
    if poor:
        advice = (
            "Believe the cells, but not yet what they say of untested molecules "
            f"({_listed(poor)}): test more like those that you care for (do=suggest with "
            "do.add=SMILES)."
        )
        return Check(NAME, State.WATCH, told, advice)
    if row.is_timid:
        told += " The error bars are longer than due."
        advice = "Nothing to fear: the cells scatter less than the model allows for."
        return Check(NAME, State.WATCH, told, advice)
    advice = "Nothing to do: what the laboratory expects of a cell can be taken at its word."
    return Check(NAME, State.GOOD, told, advice)


def _told(found: Hindcast) -> str:
    """Both figures in words."""
    told = "No batch has come after the first, from which it could be predicted."
    for row in found.trusts:
        bounds = f", {found.n_bounds} of them bounds" if found.n_bounds else ""
        told = (
            "Inside the 90 % intervals that the batches before theirs predict fell "
            f"{100 * row.coverage_90:.0f} % of {row.n} results of {row.n_molecules} molecules"
            f"{bounds}."
        )
    errors = ", ".join(f"{_listed([name])} {error:.2f}" for name, error in found.left_out.items())
    if errors:
        told += (
            f" Error of predicting a molecule from the others, where their mean has 1: {errors}."
        )
    return told


def _listed(names: Sequence[str]) -> str:
    return ", ".join(name.replace("_", " ") for name in names)
