"""Revision: which labels follow from the cells that count, against those that the record has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from molecules import Label
from molecules.rows import Record
from molecules.store import Store

NEWER = {"controls", "control_batch"}
"""Conditions that labels of earlier versions lack."""
RECOMPUTED = "recomputed: "
"""How the reason of a withdrawal begins that no person decided."""
Key = tuple[str, str]
"""Cell and quantity."""


@dataclass(frozen=True)
class Revision:
    """What has to change in the record so that its labels follow from the cells."""

    new: tuple[Label, ...]
    """Of cells that had no label of the quantity."""
    changed: tuple[tuple[Record, Label], ...]
    """New controls or replicates have moved them."""
    gone: tuple[Record, ...]
    """No longer follow from any cell."""

    def labels(self) -> list[Label]:
        """What is to be added."""
        return [*self.new, *(label for _, label in self.changed)]

    def withdrawn(self, why: str) -> dict[int, str]:
        """What is to be withdrawn, with the reason."""
        records = [*(record for record, _ in self.changed), *self.gone]
        return {record.id: RECOMPUTED + why for record in records}


def revise(store: Store, laboratory: str, wanted: Sequence[Label]) -> Revision:
    """Compare the labels that follow from all cells with those of the record.

    A label that a person withdrew is not brought back by its cell, but by a corrected one.
    """
    overruled = store.bench.overruled()
    have = {
        key_of(record.outcome): record
        for record in store.records()
        if isinstance(record.outcome, Label)
        and record.outcome.oracle == laboratory
        and "cell" in dict(record.outcome.conditions)
    }
    refused = {
        key_of(record.outcome)
        for record, reason in store.withdrawn()
        if isinstance(record.outcome, Label)
        and not reason.startswith(RECOMPUTED)
        and record.id not in overruled
    }
    follows = {key_of(label): label for label in wanted if key_of(label) not in refused}
    return Revision(
        new=tuple(label for key, label in follows.items() if key not in have),
        changed=tuple(
            (have[key], label)
            for key, label in follows.items()
            if key in have and not _same(have[key].outcome, label)
        ),
        gone=tuple(record for key, record in have.items() if key not in follows),
    )


def key_of(label: Label) -> Key:
    """Which cell a label is of, and what of."""
    return str(dict(label.conditions).get("cell", "")), label.quantity.name


def conditions(label: Label) -> Mapping[str, float | str]:
    """Of a label, by name."""
    return dict(label.conditions)


def _same(a: object, b: Label) -> bool:
    """Whether `a` says what `b` says, as far as the version that wrote it could."""
    older = tuple(pair for pair in b.conditions if pair[0] not in NEWER)
    return a in (b, replace(b, conditions=older))
