"""GaussianProcess: exact Gaussian processes, one a quantity, over substructures and descriptors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from botorch.models import ModelListGP
from torch import Tensor

from molecules import Failure, Label, Molecule
from surrogates.belief import Belief, believe
from surrogates.climbing import cokrige
from surrogates.cokriging import Cokriging
from surrogates.cross_check import relative_error
from surrogates.feasibility import Feasibility, columns, tally
from surrogates.features import Features, featurise, tanimoto
from surrogates.ladder import Ladders
from surrogates.observation import observe, observe_each
from surrogates.registry import Comparison, Registry

CHUNK = 512
"""Molecules predicted at a time: bounds memory."""


@dataclass(frozen=True)
class Knowledge:
    """Everything that one fit has learned."""

    registry: Registry
    """Molecules labelled with a modelled quantity first, in order of SMILES; then any encoded."""
    beliefs: tuple[Belief | Cokriging, ...]
    rows: Mapping[Molecule, int]
    """Registry numbers of those `N` labelled molecules."""
    features: Features
    """Of the same."""
    labelled: Features
    """Of all molecules with any label."""
    asked: Features
    """Of all `M` molecules that were evaluated, in vain or not."""
    successes: Tensor
    failures: Tensor
    """Evidence of feasibility, `M` each."""


class GaussianProcess:
    """What labels say of every molecule, by likeness of substructures and descriptors.

    Implements `surrogates.base.Surrogate`. A quantity with a ladder is what its highest rung would
    say on the scale of the goals, learned from all rungs. Of any other, labels of several oracles
    about one molecule are averaged by their precision. Blind to stereochemistry: isomers that
    differ only in it share a prediction until they are labelled.
    """

    def __init__(
        self,
        quantities: Sequence[str],
        ladders: Ladders | None = None,
        feasible_prior: float = 0.9,
        feasible_strength: float = 1.0,
        feasible_sharpness: float = 3.0,
    ) -> None:
        """Store the choices; see `Feasibility` for the last three, `Cokriging` for `ladders`."""
        if len(set(quantities)) != len(quantities):
            raise ValueError(f"got quantities {list(quantities)}, expected each name once")
        self.quantities = tuple(quantities)
        self._ladders = (ladders or Ladders()).by_quantity
        self._feasibility = Feasibility(feasible_prior, feasible_strength, feasible_sharpness)
        self._knowledge: Knowledge | None = None
        self._model: ModelListGP | None = None

    def fit(self, labels: Sequence[Label], failures: Sequence[Failure]) -> None:
        """Learn from all outcomes so far; deterministic and independent of their order.

        Row numbers handed out by `encode` before are void. Censored labels are bounds, not
        values: they count as successes and say nothing else.
        """
        observations = observe(labels)
        known = sorted({molecule for name in self.quantities for molecule in observations[name]})
        registry = Registry()
        registry.encode(known)
        tallies = tally(labels, failures)
        successes, failed = columns(tuple(tallies.values()))
        self._knowledge = Knowledge(
            registry,
            tuple(
                cokrige(name, self._ladders[name], observe_each(labels, name), registry)
                if name in self._ladders
                else believe(name, observations[name], registry)
                for name in self.quantities
            ),
            {molecule: row for row, molecule in enumerate(known)},
            featurise(known),
            featurise(sorted({label.molecule for label in labels})),
            featurise(tuple(tallies)),
            successes,
            failed,
        )
        self._model = None

    @property
    def model(self) -> ModelListGP:
        """BoTorch model over registry numbers `... x n x 1`, one output a quantity; float64."""
        known = self._known()
        if not self.quantities:
            raise ValueError(
                "a surrogate of no quantities has no model; every goal is known exactly"
            )
        if self._model is None:
            registry = known.registry
            anchor = registry.encode([*known.rows][:1] or [Molecule.from_smiles("O")])
            self._model = ModelListGP(*(b.model(registry, anchor) for b in known.beliefs))
        return self._model

    def encode(self, molecules: Sequence[Molecule]) -> Tensor:
        """Registry numbers, `n x 1`, valid until the next fit."""
        return self._known().registry.encode(molecules)

    def predict(
        self, molecules: Sequence[Molecule], oracle: str | None = None
    ) -> tuple[Tensor, Tensor]:
        """Posterior mean and standard deviation of each quantity, each `n x k`, in their units.

        Without an `oracle` it equals the marginals of `model.posterior(encode(molecules))`, without
        registering them; with one, it is the answer expected of it, on its own scale.
        """
        means, stds = [], []
        for start in range(0, max(len(molecules), 1), CHUNK):
            mean, std = self._predict(molecules[start : start + CHUNK], oracle)
            means.append(mean)
            stds.append(std)
        return torch.cat(means), torch.cat(stds)

    def feasibility(self, molecules: Sequence[Molecule]) -> Tensor:
        """Probability that an oracle gives a number, `n`, in (0, 1)."""
        known = self._known()
        likeness = _likeness(featurise(molecules), known.asked)
        return self._feasibility.probability(likeness, known.successes, known.failures)

    def familiarity(self, molecules: Sequence[Molecule]) -> Tensor:
        """Largest Tanimoto similarity to a labelled molecule, `n`, 0 where there is none."""
        likeness = _likeness(featurise(molecules), self._known().labelled)
        if not likeness.shape[1]:
            return torch.zeros(len(molecules), dtype=torch.float64)
        return likeness.amax(-1)

    def left_out_errors(self) -> dict[str, float]:
        """See `surrogates.base.CrossChecked`; of a ladder, on the scale of its lowest rung."""
        errors = {
            name: relative_error(b.whitening, b.precision, b.values, b.rows)
            for name, b in zip(self.quantities, self._known().beliefs, strict=True)
        }
        return {name: error for name, error in errors.items() if error is not None}

    def _predict(self, molecules: Sequence[Molecule], oracle: str | None) -> tuple[Tensor, Tensor]:
        known, features = self._known(), featurise(molecules)
        is_same = torch.zeros(len(molecules), len(known.rows), dtype=torch.float64)
        for i, molecule in enumerate(molecules):
            if (row := known.rows.get(molecule)) is not None:
                is_same[i, row] = 1.0
        pairs = Comparison.of(features, known.features, is_same)
        answers = [
            belief.predict(pairs, oracle)
            if isinstance(belief, Cokriging)
            else belief.predict(pairs)
            for belief in known.beliefs
        ]
        empty = torch.zeros(len(molecules), 0, dtype=torch.float64)
        mean, std = ([a[i].unsqueeze(-1) for a in answers] for i in (0, 1))
        return torch.cat([empty, *mean], dim=-1), torch.cat([empty, *std], dim=-1)

    def _known(self) -> Knowledge:
        if self._knowledge is None:
            raise RuntimeError("got a question before fit(labels, failures); fit first, even to []")
        return self._knowledge


def _likeness(a: Features, b: Features) -> Tensor:
    return torch.from_numpy(tanimoto(a, b))
