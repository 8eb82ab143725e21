"""Worth: which cell tests are expected to raise the best score most."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from scipy.stats import norm, spearmanr
from torch import Tensor

from molecules import Molecule
from surrogates.laboratory import LaboratoryModel
from surrogates.opinion import Wish, combine, desire, expect, trust, trusts

N_WORLDS = 512
EXPECTED_CORRELATION, EXPECTED_FROM = 0.4, 4
"""Rank correlation that computed scores are trusted to have with results, and how many results that
is worth: without any, one trial in five is an audit."""
CLOSEST = 0.95
"""Largest rank correlation that a handful of results is believed to show."""
TIE = 1e-6
"""Weight of a test's mean score in its worth: among tests that gain nothing the best one leads."""
LEAST_VARIANCE = 1e-12
"""Of an effect, so that trials known for certain (dose 0) can be drawn."""


@dataclass(frozen=True)
class Trial:
    """A cell test that could be made, waits for its result, or was made."""

    molecule: Molecule
    dose: float
    """mol/L."""
    computed: float
    """Score of what is computed of the molecule, in [0, 1]."""
    cost: float = 1.0
    n_cells: int = 1
    """Replicates at this dose."""


@dataclass(frozen=True)
class Chosen:
    """A trial that was chosen, and the gain that it was expected to add to those before it."""

    trial: Trial
    gain: float
    """Expected rise of the best score."""
    is_audit: bool
    """Whether it was judged by the laboratory alone."""


def choose(
    model: LaboratoryModel,
    trials: Sequence[Trial],
    n: int,
    wishes: Sequence[Wish],
    generator: torch.Generator,
    made: Sequence[Trial] = (),
    pending: Sequence[Trial] = (),
    audit: float | None = None,
) -> list[Chosen]:
    """Choose `n` of `trials`, one after the other, by expected improvement per cost.

    A trial is judged by the score that its molecule will have when the result is in: trust rises to
    what the noise of its cells leaves of the variance, and the expectation moves as far. An audit
    is judged by the laboratory's desirability alone. Results are drawn jointly, so that trials that
    tell the same gain little together, and trials that wait count as made.

    Args:
        model: the belief.
        trials: candidates, hundreds.
        n: how many to choose.
        wishes: goals about quantities of the laboratory.
        generator: source of the drawn results.
        made: trials whose results the model has learned; what is new must beat the best of them.
        pending: trials whose results are awaited.
        audit: share of trials, those made and pending counted, that are audits; None: the
            probability that the computed score does not rank results (`doubt`).
    """
    if n > len(trials):
        raise ValueError(f"got n = {n} for {len(trials)} trials, expected no more than there are")
    drawn = _drawn(model, [*trials, *pending], wishes, generator)
    known = _known(model, made, wishes)
    start = torch.zeros(N_WORLDS, 1, dtype=torch.float64)
    best = [
        torch.cat([start + (float(k.max()) if made else 0.0), x[:, len(trials) :]], dim=-1).amax(-1)
        for k, x in zip(known, drawn, strict=True)
    ]
    if audit is None:
        audit = doubt(_columns(made)[1], known[1])
    scores = [x[:, : len(trials)] for x in drawn]
    cost = torch.tensor([trial.cost for trial in trials], dtype=torch.float64)
    is_open = torch.ones(len(trials), dtype=torch.bool)
    chosen: list[Chosen] = []
    for number in range(len(made) + len(pending), len(made) + len(pending) + n):
        is_audit = math.floor((number + 1) * audit) > math.floor(number * audit)
        gain = (scores[is_audit] - best[is_audit][:, None]).clamp(min=0.0).mean(0)
        worth = (gain + TIE * scores[is_audit].mean(0)) / cost
        pick = int(worth.masked_fill(~is_open, -1.0).argmax())
        chosen.append(Chosen(trials[pick], float(gain[pick]), is_audit))
        is_open[pick] = False
        best = [torch.maximum(b, x[:, pick]) for b, x in zip(best, scores, strict=True)]
    return chosen


def doubt(computed: Tensor, laboratory: Tensor) -> float:
    """Probability that computed scores do not rank what cells say of `n` molecules, each `n`.

    Fisher's transform of the rank correlation has the variance 1 / (n - 3) (10.2307/2331838);
    `EXPECTED_CORRELATION` counts as `EXPECTED_FROM` more results.
    """
    n, found = 0, 0.0
    if len(computed) > 3 and all(x.amin() < x.amax() for x in (computed, laboratory)):
        n = len(computed) - 3
        correlation = float(spearmanr(computed, laboratory).statistic)
        found = math.atanh(min(max(correlation, -CLOSEST), CLOSEST))
    mean = (n * found + EXPECTED_FROM * EXPECTED_CORRELATION) / (n + EXPECTED_FROM)
    return float(norm.cdf(-mean * math.sqrt(n + EXPECTED_FROM)))


def _drawn(
    model: LaboratoryModel,
    trials: Sequence[Trial],
    wishes: Sequence[Wish],
    generator: torch.Generator,
) -> tuple[Tensor, Tensor]:
    """Combined scores and desirabilities after the results of `n` trials, `N_WORLDS x n` each."""
    dose, computed = _columns(trials)
    n_cells = torch.tensor([trial.n_cells for trial in trials], dtype=torch.float64)
    values, left = {}, {}
    for quantity in dict.fromkeys(wish.quantity for wish in wishes):
        mean, covariance = model.joint(quantity, [trial.molecule for trial in trials], dose)
        variance = covariance.diagonal().clamp(min=LEAST_VARIANCE)
        told = variance / (variance + model.noise_variance(quantity, n_cells))
        L = torch.linalg.cholesky(covariance + torch.diag(1e-6 * variance + LEAST_VARIANCE))
        half = torch.randn(N_WORLDS // 2, len(trials), dtype=torch.float64, generator=generator)
        values[quantity] = mean + told.sqrt() * (torch.cat([half, -half]) @ L.T)
        left[quantity] = (1.0 - told) * variance
    each = trusts(model, left, dose)
    laboratory = desire(values, wishes, each)
    return combine(computed, laboratory, trust(each, wishes)), laboratory


def _known(
    model: LaboratoryModel, trials: Sequence[Trial], wishes: Sequence[Wish]
) -> tuple[Tensor, Tensor]:
    """Combined scores and desirabilities of `n` trials as the model sees them, `n` each."""
    dose, computed = _columns(trials)
    if not trials:
        return computed, computed
    molecules = [trial.molecule for trial in trials]
    quantities = dict.fromkeys(wish.quantity for wish in wishes)
    beliefs = {q: model.predict(q, molecules, dose[:, None]) for q in quantities}
    each: dict[str, Tensor] = {}
    for q in quantities:  # where the labels tell most, as an opinion has it
        doses = torch.unique(torch.cat([dose, model.doses(q)])).expand(len(trials), -1)
        variance = model.predict(q, molecules, doses)[1].square()
        each |= {q: trusts(model, {q: variance}, doses)[q].amax(-1, keepdim=True)}
    laboratory = expect(beliefs, wishes, each)[:, 0]
    return combine(computed, laboratory, trust(each, wishes)[:, 0]), laboratory


def _columns(trials: Sequence[Trial]) -> tuple[Tensor, Tensor]:
    """Doses and computed scores, `n` each."""
    pairs = [(trial.dose, trial.computed) for trial in trials]
    dose, computed = torch.tensor(pairs, dtype=torch.float64).reshape(-1, 2).unbind(-1)
    return dose, computed
