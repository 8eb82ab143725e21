"""Progress: what a campaign had at the end of each finished round."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from loop.knowledge import Knowledge
from loop.scores import hypervolume
from molecules import Failure, Label
from molecules.rows import Record
from molecules.store import Store


@dataclass(frozen=True)
class Progress:
    """One finished round: a row of rounds.csv."""

    round: int
    n_labels: Mapping[str, int]
    """Labels so far, per oracle."""
    n_failures: int
    n_molecules: int
    hypervolume: float
    best_score: float
    oracle_seconds: float
    own_seconds: float
    metrics: Mapping[str, float]


def progress(
    store: Store,
    records: Sequence[Record],
    known: Sequence[Knowledge],
    vectors: Tensor,
    scores: Tensor,
) -> list[Progress]:
    """Cumulative figures at the end of each finished round; imports and asks count at once."""
    rows = []
    for round in (r for r in store.rounds() if r.finished):
        until = [r for r in records if r.round is None or r.round <= round.number]
        mask = torch.tensor([k.round is None or k.round <= round.number for k in known])
        seen = scores[mask] if len(known) else scores
        metrics = {k: float(v) for k, v in round.metrics.items() if isinstance(v, int | float)}
        oracle_seconds = metrics.pop("oracle_seconds", 0.0)
        own_seconds = metrics.pop("own_seconds", 0.0)
        rows.append(
            Progress(
                round=round.number,
                n_labels=dict(
                    Counter(r.outcome.oracle for r in until if isinstance(r.outcome, Label))
                ),
                n_failures=sum(
                    isinstance(r.outcome, Failure) and r.outcome.is_applicable for r in until
                ),
                n_molecules=int(mask.sum()),
                hypervolume=hypervolume(vectors[mask]) if len(known) else 0.0,
                best_score=float(torch.nan_to_num(seen).max()) if len(seen) else 0.0,
                oracle_seconds=oracle_seconds,
                own_seconds=own_seconds,
                metrics=metrics,
            )
        )
    return rows
