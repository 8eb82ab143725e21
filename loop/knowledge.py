"""Knowledge: all that the oracles have said of one molecule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from molecules import Failure, Label, Molecule
from molecules.rows import Record
from surrogates.consensus import Consensus


@dataclass(frozen=True)
class Knowledge:
    """All that the oracles have said of one molecule."""

    molecule: Molecule
    round: int | None
    source: str
    labels: Mapping[str, Label]
    failures: Mapping[str, Failure]
    answers: tuple[Label, ...]
    """These three as of an `Entry` of `loop.standing`."""
    asked: frozenset[str]
    """Oracles that were asked about it."""

    @property
    def declined(self) -> set[tuple[Molecule, str]]:
        """(molecule, quantity) that do not apply; where a tier has a number, it applies."""
        answered = {label.quantity.name for label in self.answers}
        return {
            (self.molecule, q)
            for q, f in self.failures.items()
            if not f.is_applicable and q not in answered
        }


def gather(
    records: Sequence[Record], consensus: Consensus | None = None, order: Sequence[str] = ()
) -> list[Knowledge]:
    """Group outcomes by molecule, in the order in which the molecules were first asked.

    A quantity that is no goal has no ladder: of its labels that of the highest tier counts, the
    latest where that oracle has answered under several conditions.

    Args:
        records: outcomes that count.
        consensus: what the tiers of a goal's quantity say together; None: none has several.
        order: oracles, lowest tier first. One that is not among them is below all of them; those
            rank by name, so that the order of commits never decides between two oracles.
    """
    agreed = consensus or Consensus()
    height = {oracle: place for place, oracle in enumerate(order)}
    grouped: dict[Molecule, list[Record]] = {}
    for record in records:
        grouped.setdefault(record.outcome.molecule, []).append(record)
    found = []
    for molecule, rows in grouped.items():
        answers = tuple(r.outcome for r in rows if isinstance(r.outcome, Label))
        labels = {
            label.quantity.name: label
            for label in sorted(answers, key=lambda n: (height.get(n.oracle, -1), n.oracle))
            if label.quantity.name not in agreed.quantities
        }
        for quantity in agreed.quantities:
            if (molecule, quantity) in agreed.labels:
                labels[quantity] = agreed.labels[molecule, quantity]
        failures = {
            r.outcome.quantity or r.outcome.oracle: r.outcome
            for r in rows
            if isinstance(r.outcome, Failure)
        }
        first, asked = rows[0], frozenset(r.outcome.oracle for r in rows)
        found.append(
            Knowledge(molecule, first.round, first.source, labels, failures, answers, asked)
        )
    return found
