"""BatchAcquisition: which molecules to ask about next, jointly, from a finite pool."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from generators.base import Proposal
from loop.budget import Allowance
from loop.improvement import Improvement
from loop.objective import Objective
from loop.outlook import Outlook, look
from loop.rules import Rules
from molecules import Candidate, Label, Molecule
from oracles.base import Cost
from surrogates.base import Surrogate
from surrogates.features import featurise, tanimoto

LIKELIEST = 256
"""Labelled molecules that a newcomer has to beat: those with the best optimistic scores."""


class BatchAcquisition:
    """Expected improvement, one molecule at a time, over a shortlist of the pool.

    Each pick counts the earlier ones and the pending questions as if they were being measured, so
    a batch spreads. With several objectives, picks alternate between the campaign's own score and
    random preferences (qLogNParEGO), which widen the Pareto front. With no label to learn from,
    the batch is as diverse as the pool's better half allows.
    """

    def __init__(
        self,
        objective: Objective,
        costs: Mapping[str, Cost],
        rules: Rules | None = None,
        shortlist: int = 512,
        explore: int = 64,
        kappa: float = 1.0,
        score_share: float = 0.5,
        samples: int = 128,
    ) -> None:
        """Store the choices.

        Args:
            objective: what the campaign wants.
            costs: expected seconds of every oracle that each chosen molecule is asked, by name.
            rules: shares of the batch and the distance in it.
            shortlist: molecules with the best optimistic score that are examined jointly.
            explore: further ones, with the least certain score.
            kappa: standard deviations of optimism in that score.
            score_share: share of picks for the campaign's own score, where objectives are several.
            samples: of the joint posterior, in antithetic pairs.
        """
        if shortlist < 1 or explore < 0 or samples < 2 or not 0.0 <= score_share <= 1.0:
            raise ValueError(
                f"got shortlist={shortlist} explore={explore} samples={samples} "
                f"score_share={score_share}; expected >= 1, >= 0, >= 2, and a share in [0, 1]"
            )
        self._objective = objective
        self._oracles = tuple(sorted(costs))
        self._rules = rules or Rules()
        self._shortlist = shortlist
        self._explore = explore
        self._kappa = kappa
        self._score_share = score_share
        self._samples = samples

    def select(
        self,
        surrogate: Surrogate,
        pool: Sequence[Proposal],
        labels: Sequence[Label],
        pending: Sequence[Molecule],
        budget: Allowance,
        generator: torch.Generator,
        declined: Collection[tuple[Molecule, str]] = (),
    ) -> list[Candidate]:
        """Choose up to `budget.batch` molecules, none labelled or pending, best pick first.

        One candidate a molecule and oracle that the budget still allows. `declined`: (molecule,
        quantity) that an oracle said do not apply, so that no goal counts a guess for them.
        """
        learned = [label for label in labels if label.quantity.name in self._objective.quantities]
        offered = _offered(pool, {label.molecule for label in labels} | set(pending))
        size = min(self._affordable(budget), len(offered))
        if not size:
            return []
        outlook = look(self._objective, surrogate, offered, self._samples)
        if self._objective.quantities and not learned:
            picks = self._first_batch(outlook, size, generator)
        elif not self._objective.quantities:
            picks = self._best_known(outlook, size)
        else:
            labelled = sorted({label.molecule for label in learned})
            picks = self._batch(surrogate, outlook, labelled, pending, size, generator, declined)
        chosen = outlook.rows(torch.tensor([row for row, _ in picks]))
        molecules = [proposal.molecule for proposal in chosen.proposals]
        expected = {oracle: surrogate.predict(molecules, oracle) for oracle in self._oracles}
        return [
            self._candidate(chosen, place, oracle, expected[oracle], why)
            for place, (_, why) in enumerate(picks)
            for oracle in self._oracles
            if budget.allows(oracle, place + 1)
        ]

    def _affordable(self, budget: Allowance) -> int:
        """Molecules that at least one oracle can still be asked about."""
        sizes = range(budget.batch, 0, -1)
        return next((n for n in sizes if any(budget.allows(o, n) for o in self._oracles)), 0)

    def _batch(
        self,
        surrogate: Surrogate,
        outlook: Outlook,
        labelled: Sequence[Molecule],
        pending: Sequence[Molecule],
        size: int,
        generator: torch.Generator,
        declined: Collection[tuple[Molecule, str]],
    ) -> list[tuple[int, str]]:
        """Greedy batch by expected improvement, ended by the audits."""
        kept = self._shortlisted(outlook, self._shortlist, self._explore, size)
        short = outlook.rows(kept)
        molecules = [proposal.molecule for proposal in short.proposals]
        improvement = Improvement.over(
            self._objective,
            surrogate,
            molecules,
            self._likeliest(surrogate, labelled, declined),
            sorted(set(pending) - set(labelled)),
            self._samples,
            declined,
        )
        n_improving = size - self._rules.n_audits(size)
        reasons: list[str] = []

        def value(chosen: Sequence[int]) -> Tensor:
            if len(chosen) >= n_improving:
                reasons.append("audit: the least certain score of the shortlist")
                return short.score_std * short.feasible
            preference = self._preference(len(chosen), generator)
            reasons.append(self._why_improvement(preference))
            return improvement.values(chosen, preference, _seed(generator)) + short.feasible.log()

        chosen = self._rules.fill(size, short.is_generated, _similarity(molecules), value)
        return [(int(kept[i]), why) for i, why in zip(chosen, reasons, strict=True)]

    def _first_batch(
        self, outlook: Outlook, size: int, generator: torch.Generator
    ) -> list[tuple[int, str]]:
        """Start anywhere, then always the molecule least like all picked ones (MaxMin).

        Only among the better half by what is known without asking: the far corners of chemical
        space are diverse too, and of no use.
        """
        kept = self._shortlisted(outlook, len(outlook.proposals) // 2, 0, size)
        short = outlook.rows(kept)
        similarity = _similarity([proposal.molecule for proposal in short.proposals])
        anywhere = torch.rand(len(kept), generator=generator, dtype=torch.float64)

        def value(chosen: Sequence[int]) -> Tensor:
            return 1.0 - similarity[:, list(chosen)].amax(-1) if chosen else anywhere

        rules = self._rules.for_first_batch()
        chosen = rules.fill(size, short.is_generated, similarity, value)
        return [(int(kept[i]), "initial design: unlike the others of the batch") for i in chosen]

    def _best_known(self, outlook: Outlook, size: int) -> list[tuple[int, str]]:
        """The best scores, where nothing has to be learned."""
        kept = self._shortlisted(outlook, self._shortlist, 0, size)
        short = outlook.rows(kept)
        similarity = _similarity([proposal.molecule for proposal in short.proposals])
        worth = short.score * short.feasible
        chosen = self._rules.fill(size, short.is_generated, similarity, lambda _: worth)
        return [(int(kept[i]), "best score, known without asking") for i in chosen]

    def _shortlisted(self, outlook: Outlook, n: int, explore: int, size: int) -> Tensor:
        """Rows worth a joint look: `n` promising, `explore` uncertain, some of either source."""
        promise = outlook.optimistic(self._kappa)
        keep = {*_top(promise, n), *_top(outlook.score_std, explore)}
        for source in (outlook.is_generated, ~outlook.is_generated):
            rows = source.nonzero().flatten()
            keep.update(rows[_top(promise[rows], 4 * size)].tolist())
        return torch.tensor(sorted(keep))

    def _likeliest(
        self,
        surrogate: Surrogate,
        labelled: Sequence[Molecule],
        declined: Collection[tuple[Molecule, str]],
    ) -> list[Molecule]:
        """The labelled molecules that may be the best so far."""
        proposals = [Proposal(molecule, "labelled") for molecule in labelled]
        outlook = look(self._objective, surrogate, proposals, self._samples, declined)
        promise = outlook.score + self._kappa * outlook.score_std
        return [labelled[i] for i in sorted(_top(promise, LIKELIEST))]

    def _preference(self, place: int, generator: torch.Generator) -> Tensor | None:
        """Random weights around the campaign's, or None where this pick is for its own score."""
        m = self._objective.n_objectives
        share = self._score_share
        if m == 1 or math.ceil((place + 1) * share) > math.ceil(place * share):
            return None
        concentration = m * self._objective.weights.numpy()
        weights = np.random.default_rng(_seed(generator)).dirichlet(concentration)
        return torch.from_numpy(weights)

    def _why_improvement(self, preference: Tensor | None) -> str:
        if preference is None:
            return "high expected improvement of the score"
        named = zip(self._objective.names, preference.tolist(), strict=True)
        shares = ", ".join(f"{name} {100 * share:.0f} %" for name, share in named)
        return f"high expected improvement under the preference {shares}"

    def _candidate(
        self, outlook: Outlook, row: int, oracle: str, answers: tuple[Tensor, Tensor], why: str
    ) -> Candidate:
        """One question; `answers`: mean and std of what the oracle is expected to say, `n x k`."""
        proposal = outlook.proposals[row]
        names = self._objective.quantities
        mean, std = (dict(zip(names, x[row].tolist(), strict=True)) for x in answers)
        predicted = "".join(f", {name} {mean[name]:.3g} +- {std[name]:.2g}" for name in names)
        score, score_std = float(outlook.score[row]), float(outlook.score_std[row])
        return Candidate(
            molecule=proposal.molecule,
            oracle=oracle,
            score=score,
            mean=mean,
            std=std,
            source=proposal.source,
            parents=proposal.parents,
            why=f"{why}: predicted score {score:.2f} +- {score_std:.2f}{predicted}",
        )


def _offered(pool: Sequence[Proposal], taken: set[Molecule]) -> list[Proposal]:
    """Proposals of the pool that may be asked: each molecule once, the first proposal of it."""
    first: dict[Molecule, Proposal] = {}
    for proposal in pool:
        if proposal.molecule not in taken:
            first.setdefault(proposal.molecule, proposal)
    return list(first.values())


def _similarity(molecules: Sequence[Molecule]) -> Tensor:
    features = featurise(molecules)
    return torch.from_numpy(tanimoto(features, features))


def _top(values: Tensor, n: int) -> list[int]:
    """Positions of the `n` largest values, ties in order."""
    order: list[int] = torch.argsort(values, descending=True, stable=True)[:n].tolist()
    return order


def _seed(generator: torch.Generator) -> int:
    return int(torch.randint(2**31 - 1, (1,), generator=generator))
