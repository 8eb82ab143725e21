"""Improvement: how much better than the best so far each molecule of a shortlist may turn out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import torch
from botorch.acquisition.logei import qLogNoisyExpectedImprovement
from botorch.acquisition.objective import GenericMCObjective
from botorch.acquisition.utils import prune_inferior_points
from torch import Tensor

from loop.objective import Objective, Traits
from molecules import Molecule
from surrogates.base import Surrogate
from surrogates.finite import AntitheticSampler, FiniteModel, tabulate

ALPHA = 0.05
"""Share of the plain sum in the augmented Chebyshev scalarisation (10.1109/TEVC.2005.851274)."""


def chebyshev(vector: Tensor, preference: Tensor) -> Tensor:
    """Worst weighted shortfall from the ideal point 1, as a value in [0, 1]; `... x m` to `...`.

    1 - (max_j w_j (1 - d_j) + alpha sum_j w_j (1 - d_j)) / (max_j w_j + alpha), in which every
    Pareto point is best for some weights `w`, `m`, also where the front is hollow.
    """
    shortfall = preference * (1.0 - vector)
    worst = shortfall.amax(-1) + ALPHA * shortfall.sum(-1)
    return 1.0 - worst / (preference.max() + ALPHA)


@dataclass(frozen=True)
class Improvement:
    """Log expected improvement over labelled and pending molecules, by position in a shortlist.

    qLogNEI of the campaign's score, or qLogNParEGO (arXiv 2310.20708, 2006.05078): qLogNEI of a
    Chebyshev scalarisation under random weights. Every sample of the joint posterior passes
    through the desirabilities, and constraint goals multiply it sample by sample, because goals
    know which molecule they judge. Nothing is compiled.
    """

    objective: Objective
    table: FiniteModel
    traits: Traits
    """Of all molecules of the table: the shortlist first, then labelled, then pending."""
    n_shortlist: int
    n_labelled: int
    n_samples: int

    @classmethod
    def over(
        cls,
        objective: Objective,
        surrogate: Surrogate,
        shortlist: Sequence[Molecule],
        labelled: Sequence[Molecule],
        pending: Sequence[Molecule],
        n_samples: int,
        declined: Collection[tuple[Molecule, str]] = (),
    ) -> Improvement:
        """Tabulate the joint posterior of three lists without a common molecule.

        `declined`: (molecule, quantity) that an oracle said do not apply.
        """
        everyone = [*shortlist, *labelled, *pending]
        table = tabulate(surrogate.model, surrogate.encode(everyone))
        traits = objective.traits(everyone, declined)
        return cls(objective, table, traits, len(shortlist), len(labelled), n_samples)

    def values(self, chosen: Sequence[int], preference: Tensor | None, seed: int) -> Tensor:
        """Log expected improvement of the shortlist, `n_shortlist`; -inf for those chosen.

        Args:
            chosen: positions already in the batch; they count as pending.
            preference: weights of the objectives, `m`; None: the campaign's own score.
            seed: of the base samples.
        """

        def utility(samples: Tensor, X: Tensor | None = None) -> Tensor:
            assert X is not None
            traits = self.traits.rows(X[..., 0].long())
            if preference is None:
                return self.objective.score(samples, traits)
            met = self.objective.constraints(samples, traits).prod(-1)
            return chebyshev(self.objective.objectives(samples, traits), preference) * met

        utility_of_sample = GenericMCObjective(utility)
        n_known = self.n_shortlist + self.n_labelled
        waiting = [*chosen, *range(n_known, len(self.traits.applies))]
        with torch.no_grad():
            baseline = prune_inferior_points(
                self.table,
                _positions(range(self.n_shortlist, n_known)),
                objective=utility_of_sample,
                sampler=AntitheticSampler(torch.Size([2 * self.n_samples]), seed=seed),
            )
            acquisition = qLogNoisyExpectedImprovement(
                self.table,
                baseline,
                sampler=AntitheticSampler(torch.Size([self.n_samples]), seed=seed),
                objective=utility_of_sample,
                X_pending=_positions(waiting) if waiting else None,
                prune_baseline=False,
            )
            free = sorted(set(range(self.n_shortlist)) - set(chosen))
            values = torch.full((self.n_shortlist,), -torch.inf, dtype=torch.float64)
            values[free] = acquisition(_positions(free).unsqueeze(1))
        return values


def _positions(index: Sequence[int]) -> Tensor:
    return torch.tensor(list(index), dtype=torch.float64).unsqueeze(-1)
