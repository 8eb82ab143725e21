"""Entry: one molecule that was asked about, and how it ranks among the others."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from botorch.utils.multi_objective.pareto import is_non_dominated
from torch import Tensor

from loop.knowledge import Knowledge
from loop.laboratory.finding import Finding
from loop.objective import Objective
from molecules import Candidate, Failure, Label, Molecule
from molecules.store import Store


@dataclass(frozen=True)
class Entry:
    """One molecule that was asked about, and how it ranks."""

    rank: int
    molecule: Molecule
    name: str
    """The library's name, or empty."""
    source: str
    round: int | None
    score: float | None
    """In [0, 1]; None where a goal's quantity failed or is missing."""
    is_pareto: bool
    labels: Mapping[str, Label]
    """By quantity name, what the score was computed from. Where several tiers answer: of a goal's
    quantity what they say together on the scale of the goals, under the name of the highest; of any
    other quantity the highest one's own label."""
    failures: Mapping[str, Failure]
    """By quantity name; one of all quantities stands under the oracle's name."""
    desirabilities: Mapping[str, float | None]
    """By goal name; None where it does not apply or is not known."""
    candidates: tuple[Candidate, ...] = ()
    """What was believed of the molecule each time before it was asked, the first first."""
    chosen_in: tuple[int, ...] = ()
    """Round of each of `candidates`."""
    answers: tuple[Label, ...] = ()
    """Every label as its oracle gave it, on that oracle's scale, in the order of commits."""
    computed: float | None = None
    """The score without what the laboratory says."""
    tested: Finding | None = None
    """What the laboratory says of it; None where it has not said anything of any molecule."""

    @property
    def candidate(self) -> Candidate | None:
        """What was believed of the molecule when it was first chosen, for whatever oracle."""
        return self.candidates[0] if self.candidates else None

    def chosen_for(self, oracle: str) -> Candidate | None:
        """What was believed of the molecule before `oracle` was asked, on that oracle's scale."""
        return next((c for c in self.candidates if c.oracle == oracle), None)


def ranked(
    objective: Objective,
    store: Store,
    known: Sequence[Knowledge],
    evaluated: tuple[Tensor, Tensor, Tensor],
    computed: Tensor,
    tested: Mapping[Molecule, Finding],
    names: Mapping[str, str],
) -> list[Entry]:
    """What was asked about, best first; `evaluated` as `evaluate` gives it."""
    d, vectors, scores = evaluated
    beliefs: dict[Molecule, list[tuple[int, Candidate]]] = {}
    for number, candidate in store.candidates():
        beliefs.setdefault(candidate.molecule, []).append((number, candidate))
    is_front = torch.zeros(len(known), dtype=torch.bool)
    scored = (~scores.isnan()).nonzero().flatten()
    if len(scored):
        is_front[scored] = is_non_dominated(vectors[scored])
    order = sorted(
        range(len(known)),
        key=lambda i: (
            -math.inf if scores[i].isnan() else float(scores[i]),
            known[i].molecule.smiles,
        ),
        reverse=True,
    )
    entries = []
    for rank, i in enumerate(order, 1):
        k = known[i]
        entries.append(
            Entry(
                rank=rank,
                molecule=k.molecule,
                name=names.get(k.molecule.smiles, ""),
                source=k.source,
                round=k.round,
                score=None if scores[i].isnan() else float(scores[i]),
                is_pareto=bool(is_front[i]),
                labels=k.labels,
                failures=k.failures,
                desirabilities={
                    g.name: None if d[i, j].isnan() else float(d[i, j])
                    for j, g in enumerate(objective.goals)
                },
                candidates=tuple(candidate for _, candidate in beliefs.get(k.molecule, ())),
                chosen_in=tuple(number for number, _ in beliefs.get(k.molecule, ())),
                answers=k.answers,
                computed=None if computed[i].isnan() else float(computed[i]),
                tested=tested.get(k.molecule),
            )
        )
    return entries
