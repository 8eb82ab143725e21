"""Advice: what to do next, from the health of the campaign and the state of its finalists."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from loop.health import Health, State
from loop.report.cards import Card

N_FIRST = 3
"""Molecules named for the bench."""
N_NAMED = 8


def next_steps(cards: Sequence[Card], health: Health, requests: Collection[str] = ()) -> list[str]:
    """One sentence or two a step, the first first; `requests` wait for the laboratory."""
    another, *others = health.checks
    steps = [f"{another.advice} {another.found}"]
    if requests:
        named = ", ".join(text.partition(":")[0] for text in list(requests)[:N_NAMED])
        steps.append(
            f"The laboratory was asked about {len(requests)} molecules ({named}) and has not "
            "answered: fill in the results sheet and import it (do=import)."
        )
    if cards:
        steps += _to_test(cards)
    worry = [check for check in others if check.state in (State.ACT, State.WATCH)]
    return steps + [f"{check.name}: {check.advice}" for check in worry]


def _to_test(cards: Sequence[Card]) -> list[str]:
    ph = cards[0].water.ph
    real = [card for card in cards if card.water.is_asked]
    others = [card for card in cards if not card.water.is_asked and card.water.twin is None]
    steps = []
    if real:
        named = ", ".join(_called(card) for card in real[:N_FIRST])
        steps.append(
            f"For the bench, look at {named} first: the best whose numbers belong to the form that "
            f"they have at pH {ph:g}. Check price, solubility and hazards before you order."
        )
    if others:
        ranks = ", ".join(f"#{card.entry.rank}" for card in others[:N_NAMED])
        more = " and others" if len(others) > N_NAMED else ""
        forms = "That form is" if len(others) == 1 else "Those forms are"
        steps.append(
            f"Water of pH {ph:g} changes {ranks}{more}: their numbers belong to a species that is "
            f"hardly there, and nobody has asked about the one that is. {forms} in the dossiers; "
            "ask about them (do=ask) before you believe the rank."
        )
    return steps


def _called(card: Card) -> str:
    return f"#{card.entry.rank} {card.title}"
