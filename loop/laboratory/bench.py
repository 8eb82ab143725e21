"""Bench: what the laboratory's labels say of any molecule, by the campaign's goals for it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import torch
from torch import Tensor

from loop.laboratory.batches import Batches
from loop.laboratory.finding import Finding
from loop.objective import Goal, ObjectiveError
from loop.verdict import Verdict
from molecules import Label, Molecule
from molecules.rows import Record
from oracles.lab.laboratory import Laboratory
from surrogates.laboratory import Computed, LaboratoryModel, levels_of
from surrogates.opinion import Opinion, Wish, opine
from surrogates.worth import Chosen, Trial, choose

Means = Callable[[Sequence[Molecule]], Tensor]
"""Computed quantities that are expected of molecules, `n x k`."""


class Bench:
    """The laboratory and its goals; an `Adviser` once it has learned from labels."""

    def __init__(self, goals: Mapping[str, Goal], laboratory: Laboratory) -> None:
        """Take the goals whose quantities the laboratory measures.

        Raises:
            ObjectiveError: a goal is a constraint or of a single mode, which its score has not.
        """
        for goal in goals.values():
            if goal.role != "objective" or goal.mode is not None:
                raise ObjectiveError(
                    f"goal {goal.name}: got role {goal.role} and mode {goal.mode}; expected an "
                    "objective without a mode, for what the laboratory measures is its own score"
                )
        self.goals = tuple(goals.values())
        self.laboratory = laboratory
        self._wishes = [Wish(g.quantity, g.desirability, g.weight) for g in self.goals]
        self._model: LaboratoryModel | None = None
        self._computed: Computed | None = None

    @property
    def name(self) -> str:
        """Of the laboratory, in the record."""
        return self.laboratory.name

    def labels(self, records: Sequence[Record]) -> list[tuple[Record, Label]]:
        """Labels of what the laboratory measures, whoever measured it, with their records.

        Without those whose dose could not be told in mol/L: nobody can compare them.
        """
        names = {quantity.name for quantity in self.laboratory.quantities}
        pairs = ((record, record.outcome) for record in records)
        return [
            (record, outcome)
            for record, outcome in pairs
            if isinstance(outcome, Label)
            and outcome.quantity.name in names
            and "additive_dose" not in dict(outcome.conditions)
        ]

    def learn(self, records: Sequence[Record], means: Means, seen: Sequence[Molecule]) -> int:
        """Learn from all labels; return their number, 0 where there is nothing to say.

        Args:
            records: of the campaign.
            means: what is computed of molecules, which the effects may depend on.
            seen: molecules whose computed quantities set the scales of these.
        """
        labels = [label for _, label in self.labels(records)]
        self._model = None
        if labels and self._wishes:
            levels = levels_of(means(seen)) if seen else ()
            self._computed = Computed(means, levels) if seen else None
            self._model = self._blank(self._computed)
            self._model.fit(labels)
        return len(labels) if self._model is not None else 0

    def __call__(self, molecules: Sequence[Molecule]) -> Verdict | None:
        """What is known of each, at its best dose; None before there are labels."""
        if self._model is None:
            return None
        opinion = self.opinion(molecules)
        return Verdict(opinion.trust, opinion.desirability)

    def tested(
        self, records: Sequence[Record], molecules: Sequence[Molecule]
    ) -> dict[Molecule, Finding]:
        """What it says of each molecule; `learn` must have said yes."""
        labels: dict[Molecule, list[Label]] = {}
        for _, label in self.labels(records):
            labels.setdefault(label.molecule, []).append(label)
        opinion = self.opinion(molecules)
        return {
            molecule: Finding(
                trust=float(opinion.trust[i]),
                desirability=float(opinion.desirability[i]),
                dose=float(opinion.best_dose[i]),
                effects={
                    q: (float(mean[i]), float(opinion.std[q][i]))
                    for q, mean in opinion.mean.items()
                },
                labels=tuple(labels.get(molecule, ())),
            )
            for i, molecule in enumerate(molecules)
        }

    def batches(self, records: Sequence[Record], order: Sequence[str]) -> Batches | None:
        """Its own labels that its goals are about, by batch in this order; None without any."""
        wished = {goal.quantity for goal in self.goals}
        labels = [
            label
            for _, label in self.labels(records)
            if label.oracle == self.name and label.quantity.name in wished
        ]
        if self._model is None or not labels:
            return None
        return Batches.of(labels, order, partial(self._blank, self._computed))

    def opinion(self, molecules: Sequence[Molecule]) -> Opinion:
        """The same with the best dose and the expected effects; `learn` must have said yes."""
        assert self._model is not None
        doses = self.laboratory.doses
        with torch.no_grad():
            return opine(self._model, molecules, self._wishes, doses.low, doses.high)

    def choose(
        self,
        trials: Sequence[Trial],
        n: int,
        generator: torch.Generator,
        made: Sequence[Trial],
        pending: Sequence[Trial],
    ) -> list[Chosen]:
        """Trials worth making, by `surrogates.worth.choose`; also before there is any label."""
        model = self._model or self._blank(None)
        with torch.no_grad():
            return choose(model, trials, n, self._wishes, generator, made, pending)

    def _blank(self, computed: Computed | None) -> LaboratoryModel:
        """A model of what the goals are about that has not learned anything."""
        laboratory = self.laboratory
        names = tuple(dict.fromkeys(wish.quantity for wish in self._wishes))
        return LaboratoryModel(names, computed, laboratory.reference, laboratory.largest_trust)

    def doses_for(self, tested: Finding | None) -> tuple[float, ...]:
        """Doses to test, mol/L: the configured ones, until this molecule has cells of its own.

        What cells of others say of it is too little for a dose that may not even dissolve. Later
        its best dose leads, beside those of the configured ones that are farthest from it.
        """
        first = self.laboratory.doses.first
        if tested is None or not any(label.oracle == self.name for label in tested.labels):
            return first
        best = float(f"{tested.dose:.2g}")
        others = sorted(first, key=lambda dose: abs(math.log(dose / best)), reverse=True)
        return (best, *others[: len(first) - 1])
