"""Cokriging: one quantity as several oracles see it, in one Gaussian belief (AR(1) co-kriging).

Every rung of a ladder is a straight line of the one below it plus a deviation that depends on the
molecule (Kennedy and O'Hagan, 10.1093/biomet/87.1.1). On the scale of the lowest rung that is

    z_r(x) = centre + f(x) + sum over 1 <= t <= r of (level_t + e_t(x)),
    y_r(x) = offset_r + slope_r z_r(x)

with independent Gaussian processes f, e_1, e_2, .. over the same kernel, and wide levels, because a
line through few molecules may lie too high. Labels of all rungs then share one Gram matrix. What
the goals judge is the highest rung on the scale of rung g: all of f and e, and the levels up to g.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import gpytorch
import torch
from botorch.models import SingleTaskGP
from torch import Tensor

from surrogates.belief import NO_LABEL, Belief, process
from surrogates.kernels import Hyperparameters, RegistryKernel, covariance
from surrogates.ladder import Link
from surrogates.registry import Comparison, Registry


@dataclass(frozen=True)
class Rung:
    """An oracle and its scale: y = offset + slope * z."""

    oracle: str
    slope: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True)
class Question:
    """How often each of `T` parts stands in the sum that is asked for."""

    smooth: Tensor
    """Of f, e_1, e_2, .., `T`."""
    level: Tensor
    """Of the level of f, level_1, .., `T`."""
    rung: Rung
    """The scale of the answer."""


@dataclass(frozen=True)
class Cokriging:
    """Posterior of one quantity from the labels of all its rungs; built by `surrogates.climbing`.

    A rung whose link is switched off has left the ladder: it is predicted from its own labels.
    """

    quantity: str
    scale: str
    width: float
    """How far the quantity ranges on the lowest rung; `centre`: where it lies."""
    centre: float
    rungs: tuple[Rung, ...]
    parts: tuple[Hyperparameters, ...]
    """Of f, e_1, e_2, ..; the offset variance of each is that of its level."""
    rows: Tensor
    """Registry number of each of `n` labels, integer; one molecule may have one a rung."""
    height: Tensor
    """Position of each label's rung, `n`, integer."""
    values: Tensor
    """Labels on the scale of the lowest rung, `n`."""
    noise: Tensor
    """Their variances, `n`."""
    precision: Tensor
    whitening: Tensor
    """As of a `Belief`."""
    links: tuple[Link, ...] = ()
    detached: Mapping[str, Belief] = field(default_factory=dict)

    def predict(self, pairs: Comparison, oracle: str | None = None) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation, each `b`.

        Args:
            pairs: the molecules compared with every labelled one, in the order of the registry,
                `b x N`.
            oracle: whose answer, on its own scale; None, or one that is no rung: the highest
                rung, on the scale of the goals.
        """
        if oracle is not None and oracle in self.detached:
            return self.detached[oracle].predict(pairs)
        heights = [i for i, rung in enumerate(self.rungs) if rung.oracle == oracle]
        question = self.answer(heights[0]) if heights else self._top()
        mean, std = self.posterior(pairs.columns(self.rows), question)
        rung = question.rung
        return rung.offset + rung.slope * (self.centre + mean), rung.slope * std

    def settle(
        self, pairs: Comparison, oracle: str, values: Tensor, stds: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Labels of a rung as the highest rung would put them on the scale of the goals, each `b`.

        A label itself, mapped by the lines, plus what is known of the deviations above it; so a
        label of the highest rung is only mapped. Mean and standard deviation.

        Args:
            pairs: the molecules compared with those of the labels, `b x n`.
            oracle: a rung.
            values: its labels, `b`.
            stds: their standard errors, `b`.
        """
        height = [rung.oracle for rung in self.rungs].index(oracle)
        rung, top, answer = self.rungs[height], self._top(), self.answer(height)
        above = Question(top.smooth - answer.smooth, top.level - answer.level, top.rung)
        mean, spread = self.posterior(pairs, above)
        z = (values - rung.offset) / rung.slope + mean
        std = (spread.square() + (stds / rung.slope).square()).sqrt()
        return top.rung.offset + top.rung.slope * z, top.rung.slope * std

    def model(self, registry: Registry, anchor: Tensor) -> SingleTaskGP:
        """The belief about the highest rung on the scale of the goals as a BoTorch model.

        The process is conditioned already, so its one observation, at `anchor`, `1 x 1`, has so
        much noise that it says nothing.
        """
        question = self._top()
        Y = torch.full((1,), self.centre, dtype=torch.float64)
        kernel = RegistryKernel(lambda a, b: self._covariance(registry, a, b, question))
        return process(
            anchor,
            Y,
            NO_LABEL * self._prior_variance(question).reshape(1),
            PosteriorMean(lambda numbers: self._mean(registry, numbers, question)),
            kernel,
        )

    def answer(self, height: int) -> Question:
        """What the oracle of a rung says, on its own scale."""
        below = (torch.arange(len(self.parts)) <= height).double()
        return Question(below, below, self.rungs[height])

    def _top(self) -> Question:
        """What the goals judge."""
        g = [rung.oracle for rung in self.rungs].index(self.scale)
        everything = torch.ones(len(self.parts), dtype=torch.float64)
        return Question(everything, self.answer(g).level, self.rungs[g])

    def posterior(self, pairs: Comparison, question: Question) -> tuple[Tensor, Tensor]:
        """Mean, less the centre, and standard deviation of a sum of parts, each `b`."""
        K = self._cross(pairs, question)
        variance = self._prior_variance(question) - (K @ self.whitening.T).square().sum(-1)
        return K @ self.precision, variance.clamp(min=0.0).sqrt()

    def _cross(self, pairs: Comparison, question: Question) -> Tensor:
        """Covariance of a sum of parts, at `b` molecules, with the labels, `b x n`."""
        K = torch.zeros_like(pairs.tanimoto)
        for t, part in enumerate(self.parts):
            shared = question.smooth[t] * smooth(pairs, part) + question.level[t] * part.offset
            K = K + (self.height >= t) * shared
        return K

    def _prior_variance(self, question: Question) -> Tensor:
        variances = [
            question.smooth[t] ** 2 * (part.prior_variance - part.offset)
            + question.level[t] ** 2 * part.offset
            for t, part in enumerate(self.parts)
        ]
        return torch.stack(variances).sum()

    def _mean(self, registry: Registry, numbers: Tensor, question: Question) -> Tensor:
        """Posterior mean of the goals' sum of molecules by number, `a`."""
        mean = self._cross(registry.compare(numbers, self.rows), question) @ self.precision
        return question.rung.offset + question.rung.slope * (self.centre + mean)

    def _covariance(self, registry: Registry, a: Tensor, b: Tensor, question: Question) -> Tensor:
        """Posterior covariance of the goals' sum between molecules by number, `a x b`."""
        pairs = registry.compare(a, b)
        prior = torch.zeros_like(pairs.tanimoto)
        for t, part in enumerate(self.parts):
            prior = prior + question.smooth[t] ** 2 * smooth(pairs, part)
            prior = prior + question.level[t] ** 2 * part.offset
        left, right = (
            self._cross(registry.compare(rows, self.rows), question) @ self.whitening.T
            for rows in (a, b)
        )
        return question.rung.slope**2 * (prior - left @ right.T)


class PosteriorMean(gpytorch.means.Mean):  # type: ignore[misc]  # gpytorch has no types
    """A mean over registry numbers, `... x n x 1`."""

    def __init__(self, table: Callable[[Tensor], Tensor]) -> None:
        """Take the mean of a vector of numbers, integer `n`, as `n`."""
        super().__init__()
        self._table = table

    def forward(self, x: Tensor) -> Tensor:
        """Mean of each, `... x n`."""
        distinct, places = torch.unique(x[..., 0].long(), return_inverse=True)
        return self._table(distinct)[places]


def smooth(pairs: Comparison, part: Hyperparameters) -> Tensor:
    """Covariance of a part less its level."""
    return covariance(pairs, part) - part.offset
