"""Lineage: where a molecule came from, when it was asked about, and why it was chosen."""

from __future__ import annotations

from dataclasses import dataclass

from generators.base import LIBRARY
from loop.entry import Entry
from loop.report.pictures import molecule_svg
from loop.report.wording import spoken

FORECAST = ": predicted score"
"""In a candidate's `why`, all behind it repeats the predictions that the dossier tabulates."""


@dataclass(frozen=True)
class Parent:
    """A molecule that a candidate was bred or grown from."""

    smiles: str
    svg: str


@dataclass(frozen=True)
class Lineage:
    """The story of one candidate."""

    origin: str
    """One sentence: which generator, from what."""
    choices: tuple[str, ...]
    """One sentence each time that it was chosen: round, oracle, reason, expected score."""
    parents: tuple[Parent, ...]


def lineage(entry: Entry) -> Lineage:
    """Where an entry came from and why it was chosen, each time."""
    parents = entry.candidate.parents if entry.candidate else ()
    chosen = zip(entry.chosen_in, entry.candidates, strict=True)
    choices = tuple(
        f"Round {number}, for {candidate.oracle}: {reason(candidate.why)}; expected score "
        f"{candidate.score:.2f}."
        for number, candidate in chosen
    )
    return Lineage(
        origin=_origin(entry, len(parents)),
        choices=choices or ("Asked outside the rounds.",),
        parents=tuple(Parent(m.smiles, molecule_svg(m, 130, 90)) for m in parents),
    )


def reason(why: str) -> str:
    """Why a candidate was chosen, without the predictions, in words."""
    return spoken(why.partition(FORECAST)[0]) or "no reason was noted"


def _origin(entry: Entry, n_parents: int) -> str:
    if entry.source == LIBRARY:
        return "Taken from the library of known compounds."
    if not entry.source:
        return "Of unknown source."
    made = f"Proposed by {spoken(entry.source)}"
    if n_parents:
        return f"{made} from {n_parents} parent{'s' * (n_parents > 1)}:"
    return f"{made}, without parents."
