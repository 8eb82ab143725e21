"""Bench: what the laboratory has measured of a molecule, as its dossier tells it."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from loop.standing import Entry, Standing
from molecules import Label

LEAST_TRUST = 0.01
"""Share of a score from which the laboratory's part of it is told."""


def bench(entry: Entry, standing: Standing) -> tuple[str, ...]:
    """One sentence a laboratory result of this entry; empty where there is nothing to tell."""
    told = []
    if request := standing.requests.get(entry.molecule):
        told.append(f"Asked for in {request.partition(':')[0]}; no result is imported yet.")
    tested = entry.tested
    if tested is None:
        return tuple(told)
    by_quantity: dict[str, list[Label]] = {}
    for label in tested.labels:
        by_quantity.setdefault(label.quantity.name, []).append(label)
    told += [_measured(quantity, labels) for quantity, labels in by_quantity.items()]
    if ending := standing.endings.get(entry.molecule.smiles):
        ends = [f"{n} {why.replace('_', ' ')}" for why, n in ending.failures.items()]
        why = f" ({', '.join(ends)})" if ends else ""
        told.append(f"{ending.failed} of {ending.cells} cells failed{why}.")
    if tested.trust >= LEAST_TRUST and entry.computed is not None and entry.score is not None:
        expected = "; ".join(
            f"{quantity.replace('_', ' ')} {mean:+.2f} +- {std:.2f}"
            for quantity, (mean, std) in tested.effects.items()
        )
        told.append(
            f"Expected at {tested.dose:.2g} M, its best dose: {expected} (log10 to the controls). "
            f"That is {tested.desirability:.2f} by the laboratory's goals and {tested.trust:.0%} "
            f"of the score: {entry.computed:.2f} computed, {entry.score:.2f} with it."
        )
    return tuple(told)


def _measured(quantity: str, labels: Sequence[Label]) -> str:
    bounds = sum(label.censored for label in labels)
    values = [label.value for label in labels]
    stated = (dict(label.conditions).get("additive_molar") for label in labels)
    doses = sorted({dose for dose in stated if isinstance(dose, float)})
    at = f" at {', '.join(f'{dose:g}' for dose in doses)} M" if doses else ""
    bound = f", {bounds} of them bounds" if bounds else ""
    return (
        f"{quantity.replace('_', ' ')}: median {median(values):+.2f} log10 to the controls in "
        f"{len(labels)} cells{at}{bound}."
    )
