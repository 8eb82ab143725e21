"""Forecast: what a round expects, noted before its oracles are asked, so that it can be checked."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from loop.health.feasibility import EXPECTED
from loop.health.learning import LEFT_OUT
from loop.health.stopping import EXPECTED_GAIN
from loop.objective import Objective
from molecules import Candidate, Molecule
from surrogates.base import CrossChecked, Surrogate
from surrogates.finite import AntitheticSampler, tabulate

N_SAMPLES = 512


def forecast(
    objective: Objective, surrogate: Surrogate, chosen: Sequence[Candidate], scores: Tensor
) -> dict[str, object]:
    """What a round notes of the molecules that it has chosen.

    Args:
        objective: what the campaign wants.
        surrogate: fitted to all labels.
        chosen: questions about new molecules.
        scores: of all molecules so far, NaN where there is none, `n`.
    """
    molecules = sorted({candidate.molecule for candidate in chosen})
    if not molecules:
        return {}
    probabilities = surrogate.feasibility(molecules).tolist()
    noted: dict[str, object] = {
        EXPECTED: {m.smiles: p for m, p in zip(molecules, probabilities, strict=True)}
    }
    if objective.quantities and (~scores.isnan()).any():
        best = float(scores[~scores.isnan()].max())
        noted[EXPECTED_GAIN] = expected_gain(objective, surrogate, molecules, best)
    if isinstance(surrogate, CrossChecked):
        noted |= {LEFT_OUT + name: error for name, error in surrogate.left_out_errors().items()}
    return noted


def expected_gain(
    objective: Objective, surrogate: Surrogate, molecules: Sequence[Molecule], best: float
) -> float:
    """Expected rise of the best score by a batch, E[max(best, S_1, .., S_q)] - best.

    Over joint samples of the posterior, each passed through the desirabilities. `best` is taken as
    known; questions may fail, so that the truth lies a little lower.
    """
    table = tabulate(surrogate.model, surrogate.encode(molecules))
    positions = torch.arange(len(molecules), dtype=torch.float64).unsqueeze(-1)
    sampler = AntitheticSampler(torch.Size([N_SAMPLES]), seed=0)
    with torch.no_grad():
        samples = sampler(table.posterior(positions))
        scores = objective.score(samples, objective.traits(molecules))
    return float((scores.amax(-1) - best).clamp(min=0.0).mean())
