"""Bench: what the laboratory has measured of a molecule, as its dossier tells it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

import torch

from loop.entry import Entry
from loop.objective import Goal
from loop.report.wording import called
from loop.standing import Standing
from molecules import Label

LEAST_TRUST = 0.01
"""Share of a score from which the laboratory's part of it is told."""


def outcome(standing: Standing) -> str:
    """What the laboratory has found so far, in a sentence; empty where it has tested nothing.

    Of its first goal: the molecule with the best median at one of its doses.
    """
    if standing.bench is None or not standing.bench.goals:
        return ""
    goal, name = standing.bench.goals[0], standing.bench.name
    tested = [
        (_wished(goal, labels), entry, dose, labels)
        for entry in standing.entries
        for dose, labels in _by_dose(entry, goal.quantity, name)
    ]
    if not tested:
        return ""
    n = len({entry.molecule for _, entry, _, _ in tested})
    _, best, dose, labels = max(tested, key=lambda one: one[0])
    bounds = sum(label.censored for label in labels)
    bound = f", {bounds} of them bounds" if bounds else ""
    rank = f" By its score it has rank {best.rank}." if best.score is not None else ""
    return (
        f"The laboratory has tested {n} molecule{'s' if n > 1 else ''}. Best of them is "
        f"{called(best)}: its {goal.quantity.replace('_', ' ')} is "
        f"{10 ** median(label.value for label in labels):.2g}{dose} (median of {len(labels)} "
        f"cell{'s' if len(labels) > 1 else ''}{bound}; 1 is that of cells without additive).{rank}"
    )


def _wished(goal: Goal, labels: Sequence[Label]) -> tuple[float, float]:
    """How well the median does by the goal, and beyond its bounds which is the better."""
    middle = median(label.value for label in labels)
    desirability = float(goal.desirability(torch.tensor(middle, dtype=torch.float64)))
    return desirability, -middle if goal.kind == "minimize" else middle


def _by_dose(entry: Entry, quantity: str, oracle: str) -> Iterator[tuple[str, list[Label]]]:
    groups: dict[str, list[Label]] = {}
    for label in entry.tested.labels if entry.tested else ():
        if label.quantity.name == quantity and label.oracle == oracle:
            dose = dict(label.conditions).get("additive_molar")
            at = f" at {dose:g} M" if isinstance(dose, float) else ""
            groups.setdefault(at, []).append(label)
    yield from groups.items()


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
