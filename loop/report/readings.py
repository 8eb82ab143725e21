"""Readings: what is known of one quantity of one molecule, asked or counted."""

from __future__ import annotations

from dataclasses import dataclass

from loop.entry import Entry
from loop.standing import Standing
from molecules import VOCABULARY, Label, Quantity
from molecules.descriptors import CHEAP, describe

COUNTED = "rdkit"
"""Stands in the oracle's place for a cheap quantity, which needs no oracle."""
_CHEAP = frozenset(quantity.name for quantity in CHEAP)


@dataclass(frozen=True)
class Reading:
    """One number with its error and where it came from."""

    quantity: Quantity
    value: float
    std: float
    oracle: str
    censored: bool = False


def quantities(standing: Standing) -> tuple[Quantity, ...]:
    """Every quantity that a goal names or an oracle answered; the goals' first, in their order."""
    answered = {
        name: label.quantity for entry in standing.entries for name, label in entry.labels.items()
    }
    wanted = list(dict.fromkeys(goal.quantity for goal in standing.goals))
    names = [*wanted, *sorted(set(answered) - set(wanted))]
    return tuple(
        answered.get(name) or VOCABULARY.get(name) or Quantity(name, "1") for name in names
    )


def reading(entry: Entry, quantity: Quantity) -> Reading | None:
    """The entry's number for `quantity`, or None where no oracle gave one.

    Where several tiers answer, what they say together on the scale of the goals; of a quantity that
    is no goal, what the highest says.
    """
    label = entry.labels.get(quantity.name)
    if label is not None:
        return Reading(label.quantity, label.value, label.std, label.oracle, label.censored)
    if quantity.name in _CHEAP and entry.molecule.n_heavy:
        return Reading(quantity, describe(entry.molecule)[quantity.name], 0.0, COUNTED)
    return None


def tiered(standing: Standing) -> list[tuple[str, str]]:
    """(quantity, oracle) of every quantity that more than one oracle has answered, sorted."""
    pairs = {
        (label.quantity.name, label.oracle) for entry in standing.entries for label in entry.answers
    }
    names = [name for name, _ in pairs]
    return sorted(pair for pair in pairs if names.count(pair[0]) > 1)


def answer(entry: Entry, quantity: str, oracle: str) -> Label | None:
    """What one oracle said, on its own scale; the latest."""
    found = [n for n in entry.answers if (n.quantity.name, n.oracle) == (quantity, oracle)]
    return found[-1] if found else None
