"""Batches: the laboratory's own labels in the order in which they came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from molecules import Label
from surrogates.conditions import BATCH
from surrogates.laboratory import LaboratoryModel


@dataclass(frozen=True, eq=False)
class Batches:
    """Labels batch by batch, the first batch first, and what can learn from them."""

    labels: tuple[tuple[Label, ...], ...]
    """As they count today: new controls may have moved a value since it came, and its error is
    pooled over the replicates of all batches."""
    blank: Callable[[], LaboratoryModel]
    """Makes a model that has not learned anything."""

    @classmethod
    def of(
        cls, labels: Sequence[Label], order: Sequence[str], blank: Callable[[], LaboratoryModel]
    ) -> Batches:
        """Sort labels into batches by `order`; a batch that it does not name comes after those."""
        batches: dict[str, list[Label]] = {name: [] for name in order}
        for label in labels:
            batches.setdefault(str(dict(label.conditions).get(BATCH, "")), []).append(label)
        return cls(tuple(tuple(batch) for batch in batches.values() if batch), blank)
