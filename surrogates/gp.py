"""GaussianProcess: exact Gaussian processes, one a quantity, over substructures and descriptors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from botorch.models import ModelListGP
from torch import Tensor

from molecules import Failure, Label, Molecule
from surrogates.belief import Belief, Observation, believe
from surrogates.feasibility import Feasibility, columns, tally
from surrogates.features import Features, featurise, tanimoto
from surrogates.registry import Comparison, Registry

CHUNK = 512
"""Molecules predicted at a time: bounds memory."""
EXACT = 1e-6
"""Standard error, relative to the value's size, below which a label counts as exact."""


@dataclass(frozen=True)
class Knowledge:
    """Everything that one fit has learned."""

    registry: Registry
    """Molecules labelled with a modelled quantity first, in order of SMILES; then any encoded."""
    beliefs: tuple[Belief, ...]
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

    Implements `surrogates.base.Surrogate` for one tier: labels of several oracles about one
    molecule and quantity are averaged by their precision. Blind to stereochemistry: isomers that
    differ only in it share a prediction until they are labelled.
    """

    def __init__(
        self,
        quantities: Sequence[str],
        feasible_prior: float = 0.9,
        feasible_strength: float = 1.0,
        feasible_sharpness: float = 3.0,
    ) -> None:
        """Store the choices; see `Feasibility` for the last three."""
        if len(set(quantities)) != len(quantities):
            raise ValueError(f"got quantities {list(quantities)}, expected each name once")
        self.quantities = tuple(quantities)
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
            tuple(believe(name, observations[name], registry) for name in self.quantities),
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

    def encode(self, molecules: Sequence[Molecule], oracle: str | None = None) -> Tensor:
        """Registry numbers, `n x 1`, valid until the next fit; `oracle` is ignored: one tier."""
        return self._known().registry.encode(molecules)

    def predict(self, molecules: Sequence[Molecule]) -> tuple[Tensor, Tensor]:
        """Posterior mean and standard deviation of each quantity, each `n x k`, in their units.

        Equals the marginals of `model.posterior(encode(molecules))`, without registering them.
        """
        means, stds = [], []
        for start in range(0, max(len(molecules), 1), CHUNK):
            mean, std = self._predict(molecules[start : start + CHUNK])
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

    def _predict(self, molecules: Sequence[Molecule]) -> tuple[Tensor, Tensor]:
        known, features = self._known(), featurise(molecules)
        is_same = torch.zeros(len(molecules), len(known.rows), dtype=torch.float64)
        for i, molecule in enumerate(molecules):
            if (row := known.rows.get(molecule)) is not None:
                is_same[i, row] = 1.0
        pairs = Comparison.of(features, known.features, is_same)
        answers = [belief.predict(pairs) for belief in known.beliefs]
        empty = torch.zeros(len(molecules), 0, dtype=torch.float64)
        mean, std = ([a[i].unsqueeze(-1) for a in answers] for i in (0, 1))
        return torch.cat([empty, *mean], dim=-1), torch.cat([empty, *std], dim=-1)

    def _known(self) -> Knowledge:
        if self._knowledge is None:
            raise RuntimeError("got a question before fit(labels, failures); fit first, even to []")
        return self._knowledge


def observe(labels: Sequence[Label]) -> Mapping[str, Mapping[Molecule, Observation]]:
    """Average labels by precision: quantity name to molecule to observation."""
    grouped: dict[tuple[str, Molecule], list[tuple[float, float]]] = defaultdict(list)
    for label in labels:
        if not label.censored:
            grouped[label.quantity.name, label.molecule].append((label.value, label.std))
    observations: dict[str, dict[Molecule, Observation]] = defaultdict(dict)
    for (name, molecule), pairs in grouped.items():
        observations[name][molecule] = _average(sorted(pairs))
    return observations


def _average(pairs: Sequence[tuple[float, float]]) -> Observation:
    """Precision-weighted mean of (value, std) pairs; an exact label is nearly all that counts."""
    if len(pairs) == 1:
        return Observation(*pairs[0])
    values, stds = np.array(pairs).T
    floor = EXACT * max(float(np.abs(values).max()), 1.0)
    precision = 1.0 / np.maximum(stds, floor) ** 2
    mean = float((precision * values).sum() / precision.sum())
    return Observation(mean, float(precision.sum() ** -0.5))


def _likeness(a: Features, b: Features) -> Tensor:
    return torch.from_numpy(tanimoto(a, b))
