"""Objective: from quantities to desirabilities, constraints and one score (design: goals)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from loop.verdict import Adviser, Verdict
from molecules import Molecule
from molecules.descriptors import CHEAP, describe

FLOOR = 1e-3
"""Smallest desirability inside a geometric mean: one goal missed must not hide the others."""
NEUTRAL = 0.5
"""Desirability in the objective vector of a goal that does not apply to a molecule."""
KINDS = ("window", "at_least", "at_most", "maximize", "minimize")
MODES = ("inert", "sacrificial", "either")
SPECIES = ("neutral", "anion", "cation", "zwitterion", "chelate")


class ObjectiveError(ValueError):
    """A goal that cannot be scored."""


@dataclass(frozen=True)
class Goal:
    """One wish about one quantity, as a desirability in [0, 1]."""

    name: str
    kind: str
    low: float | None = None
    high: float | None = None
    softness: float = 0.0
    """Distance outside the bounds at which desirability is 0.61 (one sigma); 0 = a hard edge."""
    weight: float = 1.0
    role: str = "objective"
    tier: str | None = None
    mode: str | None = None
    applies_to: tuple[str, ...] = SPECIES
    quantity: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "quantity", self.quantity or self.name)
        if self.kind not in KINDS:
            raise ObjectiveError(
                f"goal {self.name}: got kind {self.kind!r}, expected one of {KINDS}"
            )
        if self.role not in ("objective", "constraint"):
            raise ObjectiveError(
                f"goal {self.name}: got role {self.role!r}, expected objective or constraint"
            )
        if self.mode not in (None, "inert", "sacrificial"):
            raise ObjectiveError(
                f"goal {self.name}: got mode {self.mode!r}, expected inert or sacrificial"
            )
        unknown = set(self.applies_to) - set(SPECIES)
        if unknown:
            raise ObjectiveError(
                f"goal {self.name}: got applies_to {sorted(unknown)}, expected some of {SPECIES}"
            )
        needs_low = self.kind in ("window", "at_least", "maximize", "minimize")
        needs_high = self.kind in ("window", "at_most", "maximize", "minimize")
        if (needs_low and self.low is None) or (needs_high and self.high is None):
            needed = [n for n, need in (("low", needs_low), ("high", needs_high)) if need]
            raise ObjectiveError(
                f"goal {self.name}: a {self.kind} goal needs {' and '.join(needed)}"
            )
        if self.low is not None and self.high is not None and not self.low <= self.high:
            raise ObjectiveError(f"goal {self.name}: got low {self.low} > high {self.high}")
        if self.kind in ("maximize", "minimize") and self.low == self.high:
            raise ObjectiveError(f"goal {self.name}: low and high must differ for {self.kind}")
        if self.weight <= 0 or self.softness < 0:
            raise ObjectiveError(f"goal {self.name}: weight must be > 0 and softness >= 0")

    def desirability(self, value: Tensor) -> Tensor:
        """Map values in the quantity's unit to [0, 1], elementwise.

        maximize and minimize are straight lines between the bounds; the others are 1 inside
        their bounds and fall off outside as half a Gaussian of width `softness`.
        """
        if self.kind in ("maximize", "minimize"):
            assert self.low is not None and self.high is not None
            rising = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
            return rising if self.kind == "maximize" else 1.0 - rising
        low = self.low if self.low is not None and self.kind != "at_most" else -math.inf
        high = self.high if self.high is not None and self.kind != "at_least" else math.inf
        outside = (low - value).clamp(min=0.0) + (value - high).clamp(min=0.0)
        if self.softness == 0.0:
            return (outside == 0.0).to(value.dtype)
        return torch.exp(-0.5 * (outside / self.softness) ** 2)


@dataclass(frozen=True)
class Traits:
    """All that the goals need to know of `n` molecules without asking an oracle."""

    cheap: Tensor
    """Values of the cheap quantities, `n x c`."""
    applies: Tensor
    """Whether each goal applies to each molecule, `n x g`, boolean."""
    verdict: Verdict | None = None
    """What the laboratory says of them; None: nothing of any."""

    def rows(self, index: Tensor) -> Traits:
        """Gather molecules by their row numbers, any shape of `index`."""
        verdict = self.verdict.rows(index) if self.verdict else None
        return Traits(self.cheap[index], self.applies[index], verdict)


class Objective:
    """What a campaign wants: a vector of desirabilities, constraints, and one score.

    In `mode: either` the goals tagged inert and those tagged sacrificial are scored apart, and
    the larger of the two scores is one objective: opposite wishes are never averaged.

    A laboratory has goals of its own. What it says of a molecule takes the share `a` of its score:
    every desirability D becomes D^(1-a) L^a and every constraint C^(1-a), so that the score is
    (computed score)^(1-a) L^a.
    """

    adviser: Adviser | None = None
    """Who speaks for the laboratory; set anew whenever its labels change."""

    def __init__(self, goals: Mapping[str, Goal], mode: str = "inert") -> None:
        if mode not in MODES:
            raise ObjectiveError(f"objective.mode: got {mode!r}, expected one of {MODES}")
        self.mode = mode
        self.goals = tuple(
            goal for goal in goals.values() if mode == "either" or goal.mode in (None, mode)
        )
        cheap = {quantity.name for quantity in CHEAP}
        self.cheap = tuple(sorted({g.quantity for g in self.goals} & cheap))
        self.quantities = tuple(sorted({g.quantity for g in self.goals} - cheap))
        tagged = self.goals if mode == "either" else ()
        self._modes = {
            m: [i for i, g in enumerate(tagged) if g.mode == m] for m in ("inert", "sacrificial")
        }
        moded = {i for rows in self._modes.values() for i in rows}
        self._objectives = self._with_role("objective", moded)
        self._constraints = self._with_role("constraint", moded)
        self._has_mode = bool(moded)
        weights = [self.goals[i].weight for i in self._objectives]
        if self._has_mode:
            wished = [{self.goals[i].role for i in rows} for rows in self._modes.values()]
            if not all("objective" in roles for roles in wished):
                raise ObjectiveError(
                    "mode either: expected an objective of mode inert and one of mode sacrificial"
                )
            weights.append(max(self.goals[i].weight for i in moded))
        if not weights:
            raise ObjectiveError(
                "got no goal with role objective; add one under objective.goals, such as "
                "gap: {kind: maximize, low: 3, high: 12}"
            )
        self.n_objectives = len(weights)
        self.weights = torch.tensor(weights, dtype=torch.float64) / sum(weights)
        self.names = tuple(self.goals[i].name for i in self._objectives) + (
            ("mode",) if self._has_mode else ()
        )

    def _with_role(self, role: str, excluded: set[int]) -> list[int]:
        return [i for i, g in enumerate(self.goals) if g.role == role and i not in excluded]

    def traits(
        self,
        molecules: Sequence[Molecule],
        not_applicable: Iterable[tuple[Molecule, str]] = (),
    ) -> Traits:
        """Describe `molecules`; `not_applicable`: (molecule, quantity) that an oracle declined."""
        declined = set(not_applicable)
        cheap = [[describe(m)[name] for name in self.cheap] for m in molecules]
        applies = [
            [m.charge_class in g.applies_to and (m, g.quantity) not in declined for g in self.goals]
            for m in molecules
        ]
        return Traits(
            torch.tensor(cheap, dtype=torch.float64).reshape(len(molecules), len(self.cheap)),
            torch.tensor(applies, dtype=torch.bool).reshape(len(molecules), len(self.goals)),
            self.adviser(molecules) if self.adviser and molecules else None,
        )

    def desirabilities(self, values: Tensor, traits: Traits) -> Tensor:
        """Desirability of every goal, `... x n x g`, from learned values `... x n x k`."""
        columns = []
        for goal in self.goals:
            if goal.quantity in self.cheap:
                column = traits.cheap[..., self.cheap.index(goal.quantity)]
                column = column.expand(values.shape[:-1])
            else:
                column = values[..., self.quantities.index(goal.quantity)]
            columns.append(goal.desirability(column))
        return torch.stack(columns, dim=-1)

    def objectives(self, values: Tensor, traits: Traits) -> Tensor:
        """Objective vector, `... x n x m`; 0.5 where a goal does not apply."""
        d = self.desirabilities(values, traits)
        applies = traits.applies.expand(d.shape)
        vector = torch.where(applies, d, torch.full_like(d, NEUTRAL))[..., self._objectives]
        if self._has_mode:
            vector = torch.cat([vector, self._mode_score(d, applies).unsqueeze(-1)], dim=-1)
        return traits.verdict.weigh(vector) if traits.verdict else vector

    def constraints(self, values: Tensor, traits: Traits) -> Tensor:
        """Desirability of the constraint goals, `... x n x c`; 1 where one does not apply."""
        d = self.desirabilities(values, traits)
        met = torch.where(traits.applies.expand(d.shape), d, torch.ones_like(d))
        met = met[..., self._constraints]
        return traits.verdict.relax(met) if traits.verdict else met

    def score(self, values: Tensor, traits: Traits) -> Tensor:
        """Weighted geometric mean of the applicable objectives times the constraints, `... x n`."""
        vector = self.objectives(values, traits)
        weights = self.weights * self._applicable(traits)
        total = weights.sum(-1)
        mean = (weights * vector.clamp(min=FLOOR).log()).sum(-1) / total.clamp(min=1e-12)
        score = torch.where(total > 0, mean.exp(), torch.full_like(mean, NEUTRAL))
        return score * self.constraints(values, traits).prod(-1)

    def scalarise(self, vector: Tensor, preference: Tensor) -> Tensor:
        """Geometric mean of an objective vector `... x m`, weighted by goal and by preference.

        `preference` on the simplex, `... x m` or `m`; uniform preferences give the goals' weights.
        """
        weights = preference * self.weights.to(preference.dtype)
        weights = weights / weights.sum(-1, keepdim=True)
        return (weights * vector.clamp(min=FLOOR).log()).sum(-1).exp()

    def imputed(self, values: Tensor, traits: Traits) -> Tensor:
        """Objective vector in which a goal that does not apply has the score of those that do.

        A generator that trades the goals off by preference then neither gains nor loses by a goal
        that a molecule does not have.
        """
        vector = self.objectives(values, traits)
        weights = self.weights * self._applicable(traits)
        logs = vector.clamp(min=FLOOR).log()
        total = weights.sum(-1)
        mean = ((weights * logs).sum(-1) / total.clamp(min=1e-12)).exp()
        mean = torch.where(total > 0, mean, torch.full_like(mean, NEUTRAL))
        return torch.where(self._applicable(traits), vector, mean.unsqueeze(-1))

    def _applicable(self, traits: Traits) -> Tensor:
        """Whether each entry of the objective vector applies, `... x n x m`, boolean."""
        applies = traits.applies[..., self._objectives]
        if self._has_mode:
            has_mode = torch.ones(*applies.shape[:-1], 1, dtype=torch.bool)
            applies = torch.cat([applies, has_mode], dim=-1)
        return applies

    def _mode_score(self, d: Tensor, applies: Tensor) -> Tensor:
        """The better of the modes' scores; a mode with no applicable wish is no choice."""
        scores = []
        for rows in self._modes.values():
            wishes = [i for i in rows if self.goals[i].role == "objective"]
            conditions = [i for i in rows if self.goals[i].role == "constraint"]
            weights = torch.tensor([self.goals[i].weight for i in wishes], dtype=d.dtype)
            weights = weights * applies[..., wishes]
            total = weights.sum(-1)
            logs = d[..., wishes].clamp(min=FLOOR).log()
            score = ((weights * logs).sum(-1) / total.clamp(min=1e-12)).exp()
            met = torch.where(applies, d, torch.ones_like(d))[..., conditions].prod(-1)
            scores.append(torch.where(total > 0, score * met, torch.full_like(score, -1.0)))
        best = torch.stack(scores).amax(0)
        return torch.where(best < 0, torch.full_like(best, NEUTRAL), best)
