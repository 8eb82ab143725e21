"""Scores: what the labels of molecules are worth by the goals, and how far a front reaches."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from botorch.utils.multi_objective.box_decompositions.dominated import DominatedPartitioning
from botorch.utils.multi_objective.pareto import is_non_dominated
from torch import Tensor

from loop.knowledge import Knowledge
from loop.objective import Objective


def evaluate(objective: Objective, known: Sequence[Knowledge]) -> tuple[Tensor, Tensor, Tensor]:
    """Score what is known.

    Returns:
        desirabilities `n x g` (NaN where not applicable or unknown), objective vectors times the
        constraints `n x m`, and scores `n`; a molecule that misses a learned quantity has NaN.
    """
    declined = {pair for k in known for pair in k.declined}
    traits = objective.traits([k.molecule for k in known], declined)
    values = torch.tensor(
        [
            [k.labels[q].value if q in k.labels else math.nan for q in objective.quantities]
            for k in known
        ],
        dtype=torch.float64,
    ).reshape(len(known), len(objective.quantities))
    d = objective.desirabilities(values, traits)
    d = torch.where(traits.applies, d, torch.full_like(d, math.nan))
    is_missing = (d.isnan() & traits.applies).any(-1)
    filled = torch.nan_to_num(values)
    vector = objective.objectives(filled, traits)
    vector = vector * objective.constraints(filled, traits).prod(-1, keepdim=True)
    score = objective.score(filled, traits)
    nan = torch.full_like(score, math.nan)
    return (
        d,
        torch.where(is_missing[:, None], nan[:, None], vector),
        torch.where(is_missing, nan, score),
    )


def hypervolume(vectors: Tensor) -> float:
    """Volume dominated by objective vectors `n x m` in the unit cube, reference point 0."""
    scored = vectors[~vectors.isnan().any(-1)]
    if not len(scored):
        return 0.0
    if scored.shape[-1] == 1:
        return float(scored.max())
    front = scored[is_non_dominated(scored)]
    reference = torch.zeros(scored.shape[-1], dtype=scored.dtype)
    return float(DominatedPartitioning(ref_point=reference, Y=front).compute_hypervolume())
