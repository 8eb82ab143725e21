"""Rows: the numbers of a dossier, one a goal, a quantity or a tier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loop.entry import Entry
from loop.objective import Goal
from loop.report.readings import Reading, answer, quantities, reading, tiered
from loop.report.wording import measured, number, spoken, wish
from loop.standing import Standing
from molecules import Candidate, Label, Quantity


@dataclass(frozen=True)
class Row:
    """One quantity of a candidate beside what the campaign wants of it."""

    name: str
    answer: str
    """Value with error and unit, or why there is none."""
    oracle: str
    predicted: str
    """What was predicted, on the scale of the answer, before the oracle was asked, or empty."""
    wanted: str
    desirability: float | None
    is_goal: bool


def rows(entry: Entry, standing: Standing) -> list[Row]:
    """One row a goal that applies, a further quantity, and a tier where there are several."""
    known = {quantity.name: quantity for quantity in quantities(standing)}
    goals = [g for g in standing.goals if entry.molecule.charge_class in g.applies_to]
    told = {goal.quantity for goal in goals} | {name for name, _ in tiered(standing)}
    others = [quantity for name, quantity in known.items() if name not in told]
    return (
        [_row(entry, known[goal.quantity], goal, standing.scales) for goal in goals]
        + [_row(entry, q, None, standing.scales) for q in others if reading(entry, q)]
        + [_tier(entry, n) for pair in tiered(standing) if (n := answer(entry, *pair))]
    )


def _row(entry: Entry, quantity: Quantity, goal: Goal | None, scales: Mapping[str, str]) -> Row:
    known = reading(entry, quantity)
    # What the tiers say together bears the name of the highest, but lies on the goals' scale.
    scale = scales.get(quantity.name, known.oracle if known else "")
    goal_name = goal.name if goal else quantity.name
    return Row(
        name=spoken(goal_name),
        answer=measured(known) if known else _absence(entry, quantity),
        oracle=known.oracle if known else "",
        predicted=_predicted(entry.chosen_for(scale), quantity),
        wanted=wish(goal, quantity.unit) if goal else "",
        desirability=entry.desirabilities.get(goal.name) if goal else None,
        is_goal=goal is not None,
    )


def _tier(entry: Entry, label: Label) -> Row:
    """One tier's own number of a quantity that several have answered."""
    quantity = label.quantity
    known = Reading(quantity, label.value, label.std, label.oracle, label.censored)
    name = f"{spoken(quantity.name)}, as {label.oracle} gave it"
    predicted = _predicted(entry.chosen_for(label.oracle), quantity)
    return Row(name, measured(known), label.oracle, predicted, "", None, is_goal=False)


def _absence(entry: Entry, quantity: Quantity) -> str:
    failure = entry.failures.get(quantity.name)
    if failure is not None:
        return f"{spoken(failure.status)}: {failure.reason}" if failure.reason else failure.status
    whole = [f for name, f in sorted(entry.failures.items()) if f.quantity is None]
    return f"{spoken(whole[0].status)}: {whole[0].reason}" if whole else "not asked yet"


def _predicted(candidate: Candidate | None, quantity: Quantity) -> str:
    if candidate is None or quantity.name not in candidate.mean:
        return ""
    std = candidate.std.get(quantity.name, 0.0)
    text = number(candidate.mean[quantity.name], std)
    return f"{text} ± {number(std, std)}" if std > 0 else text
