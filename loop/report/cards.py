"""Cards: the dossier of one candidate, as the page and the tables show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from loop.objective import Goal
from loop.report.pictures import molecule_svg
from loop.report.readings import Reading, answer, quantities, reading, tiered
from loop.report.wording import measured, number, spoken, wish
from loop.standing import Entry, Standing
from molecules import Candidate, Failure, Label, Molecule, Quantity
from molecules.filters.alerts import Alerts

N_BEST = 12
N_CARDS = 24
"""The best, and the Pareto front behind them up to this many in all."""


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


@dataclass(frozen=True)
class Parent:
    """A molecule that a candidate was bred or grown from."""

    smiles: str
    svg: str


@dataclass(frozen=True)
class Card:
    """All that a reader needs to judge one candidate."""

    entry: Entry
    title: str
    svg: str
    tags: tuple[str, ...]
    rows: tuple[Row, ...]
    alerts: str
    """Structural alerts of medicinal chemistry, or empty: a flag, no ground for rejection."""
    lineage: str
    parents: tuple[Parent, ...]


def finalists(standing: Standing) -> list[Entry]:
    """The best scored molecules and the rest of the Pareto front, best first."""
    scored = [entry for entry in standing.entries if entry.score is not None]
    return [entry for i, entry in enumerate(scored) if i < N_BEST or entry.is_pareto][:N_CARDS]


def card(entry: Entry, standing: Standing) -> Card:
    """Assemble the dossier of one entry."""
    parents = entry.candidate.parents if entry.candidate else ()
    return Card(
        entry=entry,
        title=entry.name or entry.molecule.smiles,
        svg=molecule_svg(entry.molecule),
        tags=_tags(entry),
        rows=tuple(rows(entry, standing)),
        alerts=_alerts(entry.molecule),
        lineage=lineage(entry),
        parents=tuple(Parent(m.smiles, molecule_svg(m, 130, 90)) for m in parents),
    )


def rows(entry: Entry, standing: Standing) -> list[Row]:
    """One row a goal that applies, one a further quantity that is known, one a tier's number."""
    known = {quantity.name: quantity for quantity in quantities(standing)}
    goals = [g for g in standing.goals if entry.molecule.charge_class in g.applies_to]
    wanted = {goal.quantity for goal in goals}
    others = [quantity for name, quantity in known.items() if name not in wanted]
    return (
        [_row(entry, known[goal.quantity], goal, standing.scales) for goal in goals]
        + [_row(entry, q, None, standing.scales) for q in others if reading(entry, q)]
        + [_tier(entry, n) for pair in tiered(standing) if (n := answer(entry, *pair))]
    )


def lineage(entry: Entry) -> str:
    """Where a molecule came from, when, and why it was chosen."""
    source = entry.source or "an unknown source"
    when = f"in round {entry.round}" if entry.round is not None else "outside the rounds"
    text = f"Proposed by {source}, asked {when}."
    candidate = entry.candidate
    if candidate is None:
        return text
    text += f" Expected score before it was asked: {candidate.score:.2f}."
    return f"{text} Chosen because: {candidate.why}." if candidate.why else text


def failures(entries: Sequence[Entry]) -> list[tuple[Entry, str, Failure]]:
    """(entry, quantity or oracle, failure) of every question without a number."""
    return [(e, spoken(what), f) for e in entries for what, f in sorted(e.failures.items())]


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


def _tags(entry: Entry) -> tuple[str, ...]:
    tags = [entry.molecule.charge_class, entry.source]
    if entry.is_pareto:
        tags.insert(0, "Pareto front")
    return tuple(tag for tag in tags if tag)


def _alerts(molecule: Molecule) -> str:
    return (_catalogues().reason(molecule) or "").removeprefix("alerts: ")


@cache
def _catalogues() -> Alerts:
    # Compiling the catalogues takes about half a second.
    return Alerts()
