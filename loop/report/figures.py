"""Figures of a campaign as inline SVG; an empty string where there is nothing to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from matplotlib.ticker import MaxNLocator
from scipy.stats import norm, spearmanr

from generators import base
from loop import hindsight
from loop.entry import Entry
from loop.health.learning import noted_errors
from loop.hindsight import Prediction
from loop.objective import Goal
from loop.progress import Progress
from loop.report.canvas import FRONT, GENERATED, INK, LIBRARY, LINE, canvas, inline_svg
from loop.report.wording import called, heading, number, spoken, unit
from loop.standing import Standing
from molecules import Quantity

COLOUR = {base.LIBRARY: LIBRARY, hindsight.GENERATED: GENERATED}
MARKER = {base.LIBRARY: "o", hindsight.GENERATED: "^"}
DASHES, MARKS = ("-", "--", "-.", ":"), ("o", "s", "^", "D", "v")
N_LABELLED = 3
"""Points of the Pareto plot that bear their rank, so that print can be read too."""


@dataclass(frozen=True)
class Placed:
    """A scored molecule by its desirabilities for two goals."""

    entry: Entry
    x: float
    y: float


def best_score_svg(standing: Standing) -> str:
    """Score of every molecule by the round that asked about it first, and the best so far."""
    if not standing.progress:
        return ""
    rounds = [row.round for row in standing.progress]
    with canvas() as (figure, axes):
        best = [row.best_score for row in standing.progress]
        axes.plot(rounds, best, color=FRONT, lw=2, label="best so far")
        titles = {}
        for origin in (base.LIBRARY, hindsight.GENERATED):
            asked = [
                (entry.round, entry.score, called(entry))
                for entry in standing.entries
                if entry.round
                and entry.score is not None
                and (entry.source == base.LIBRARY) == (origin == base.LIBRARY)
            ]
            if asked:
                x, y, names = zip(*asked, strict=True)
                colour, marker = COLOUR[origin], MARKER[origin]
                axes.scatter(
                    x,
                    y,
                    s=20,
                    lw=0,
                    alpha=0.7,
                    gid=origin,
                    label=origin,
                    color=colour,
                    marker=marker,
                )
                titles[origin] = [f"round {n}: {name}, {score:.3f}" for n, score, name in asked]
        axes.set(xlabel="round", ylabel="score", ylim=(-0.02, 1.02))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        figure.legend(loc="outside upper center", ncols=3)
        return inline_svg(figure, "best-score", "score of each molecule by round", titles)


def hypervolume_svg(progress: Sequence[Progress]) -> str:
    """Hypervolume of the Pareto front against the round, from 0."""
    if not progress:
        return ""
    rounds, values = [row.round for row in progress], [row.hypervolume for row in progress]
    with canvas() as (figure, axes):
        axes.plot(rounds, values, color=FRONT, lw=2)
        axes.scatter(rounds, values, color=FRONT, s=26, gid="rounds", zorder=3)
        axes.set(xlabel="round", ylabel="hypervolume of the front")
        axes.set_ylim(0.0, 1.08 * max(values) or 1.0)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        hovers = [f"round {row.round}: {row.hypervolume:.3f}" for row in progress]
        return inline_svg(figure, "hypervolume", "hypervolume by round", {"rounds": hovers})


def learning_svg(progress: Sequence[Progress]) -> str:
    """Leave-one-out error of each quantity by round, where the mean of the labels has 1."""
    noted = [(row.round, noted_errors(row.metrics)) for row in progress]
    names = sorted({name for _, errors in noted for name in errors})
    if not names:
        return ""
    with canvas() as (figure, axes):
        axes.axhline(1.0, color=INK, lw=0.8, ls=":")
        for i, name in enumerate(names):
            points = [(number, errors[name]) for number, errors in noted if name in errors]
            x, y = zip(*points, strict=True)
            dash, mark = DASHES[i % len(DASHES)], MARKS[i % len(MARKS)]
            axes.plot(x, y, label=spoken(name), lw=1.2, ms=4, color=INK, ls=dash, marker=mark)
        axes.set(xlabel="round", ylabel="leave-one-out error / that of the mean")
        axes.set_ylim(0.0)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        figure.legend(loc="outside upper center", ncols=2)
        return inline_svg(figure, "learning", "leave-one-out error by round")


def scores_svg(standing: Standing) -> str:
    """Histogram of the scores of all scored molecules."""
    scores = [entry.score for entry in standing.entries if entry.score is not None]
    if not scores:
        return ""
    with canvas() as (figure, axes):
        axes.hist(scores, bins=20, range=(0.0, 1.0), color=LIBRARY, edgecolor=LINE, lw=0.5)
        axes.axvline(max(scores), color=FRONT, lw=1.5, ls="--", label=f"best, {max(scores):.2f}")
        axes.set(xlabel="score", ylabel="molecules", xlim=(0, 1))
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(loc="best")
        return inline_svg(figure, "scores", f"histogram of the scores of {len(scores)} molecules")


def conflict(standing: Standing) -> tuple[Goal, Goal] | None:
    """The two objectives whose desirabilities oppose each other most, or None for fewer than two.

    Pairs that few molecules share (goals of rare charge classes) are left out: their correlation
    says little.
    """
    goals = [goal for goal in standing.goals if goal.role == "objective"]
    shared = {(a, b): len(_known(standing, a, b)) for a, b in combinations(goals, 2)}
    enough = max(shared.values(), default=0) / 2
    pairs = [pair for pair, n in shared.items() if n > 0 and n >= enough]
    return min(pairs, key=lambda pair: _correlation(standing, *pair)) if pairs else None


def pareto_svg(standing: Standing) -> str:
    """The two most conflicting objectives against each other, the Pareto front marked."""
    pair = conflict(standing)
    if pair is None:
        return ""
    known = _known(standing, *pair)
    with canvas(height=300) as (figure, axes):
        front = [p for p in known if p.entry.is_pareto]
        others = [p for p in known if not p.entry.is_pareto]
        titles = {}
        for label, placed, colour, marker, size in (
            ("other", others, LIBRARY, "o", 22),
            ("Pareto front", front, FRONT, "D", 48),
        ):
            if placed:
                x, y, gid = [p.x for p in placed], [p.y for p in placed], label.split()[0]
                axes.scatter(
                    x, y, gid=gid, label=label, color=colour, marker=marker, s=size, lw=0, alpha=0.7
                )
                titles[gid] = [_hover(p, pair) for p in placed]
        for p in known[:N_LABELLED]:
            rank = f"#{p.entry.rank}"
            axes.annotate(rank, (p.x, p.y), (5, 4), textcoords="offset points", fontsize=9)
        axes.set(xlim=(-0.04, 1.06), ylim=(-0.04, 1.06))
        axes.set_xlabel(f"{spoken(pair[0].name)} (1 = ideal)")
        axes.set_ylabel(f"{spoken(pair[1].name)} (1 = ideal)")
        figure.legend(loc="outside upper center", ncols=2)
        label = f"{spoken(pair[0].name)} against {spoken(pair[1].name)} for {len(known)} molecules"
        return inline_svg(figure, "pareto", label, titles)


def calibration_svg(
    found: Sequence[Prediction], quantity: Quantity, oracle: str, is_tiered: bool = False
) -> str:
    """One oracle's answers against what was predicted of them, with the predicted 90 % intervals.

    `is_tiered`: other oracles answer the quantity too, so that the plot has to name this one.
    """
    mine = [p for p in found if (p.quantity, p.oracle) == (quantity.name, oracle)]
    if not mine:
        return ""
    with canvas(height=280) as (figure, axes):
        numbers = [n for p in mine for n in (p.forecast.mean, p.forecast.value)]
        ends = [min(numbers), max(numbers)]
        axes.plot(ends, ends, color=INK, lw=0.8, ls=":")
        titles = {}
        for origin in sorted({p.origin for p in mine}):
            group = [p for p in mine if p.origin == origin]
            x, y = [p.forecast.mean for p in group], [p.forecast.value for p in group]
            error = [norm.ppf(0.95) * p.forecast.width for p in group]
            axes.errorbar(x, y, xerr=error, fmt="none", ecolor=COLOUR[origin], lw=0.8, alpha=0.5)
            colour, marker = COLOUR[origin], MARKER[origin]
            axes.scatter(
                x, y, gid=origin, label=origin, color=colour, marker=marker, s=26, lw=0, zorder=3
            )
            titles[origin] = [_prediction_hover(p, quantity) for p in group]
        # A first round knows nothing: its intervals would squeeze all else into a line.
        margin = 0.08 * (ends[1] - ends[0]) or 1.0
        axes.set_xlim(ends[0] - margin, ends[1] + margin)
        answered = f"answered by {oracle}" if is_tiered else "answered"
        axes.set(xlabel=f"predicted {heading(quantity)}", ylabel=answered)
        figure.legend(loc="outside upper center", ncols=2)
        label = f"{answered} against predicted {spoken(quantity.name)}"
        name = f"calibration-{quantity.name}" + (f"-{oracle}" if is_tiered else "")
        return inline_svg(figure, name, label, titles)


def _known(standing: Standing, a: Goal, b: Goal) -> list[Placed]:
    found = []
    for entry in standing.entries:
        x, y = entry.desirabilities.get(a.name), entry.desirabilities.get(b.name)
        if entry.score is not None and x is not None and y is not None:
            found.append(Placed(entry, x, y))
    return found


def _correlation(standing: Standing, a: Goal, b: Goal) -> float:
    known = _known(standing, a, b)
    x, y = np.array([p.x for p in known]), np.array([p.y for p in known])
    if len(known) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return 1.0
    return float(spearmanr(x, y).statistic)


def _hover(placed: Placed, pair: tuple[Goal, Goal]) -> str:
    parts = []
    for goal, desirability in zip(pair, (placed.x, placed.y), strict=True):
        label = placed.entry.labels.get(goal.quantity)
        value = "" if label is None else f" ({number(label.value)} {unit(label.quantity.unit)})"
        parts.append(f"{spoken(goal.name)} {desirability:.2f}{value}")
    return f"#{placed.entry.rank} {called(placed.entry)}: {', '.join(parts)}"


def _prediction_hover(p: Prediction, quantity: Quantity) -> str:
    name = f"{p.name} ({p.molecule})" if p.name else str(p.molecule)
    told = p.forecast
    predicted = f"{number(told.mean, told.std)} ± {number(told.std, told.std)}"
    answered = f"{number(told.value, told.value_std)} {unit(quantity.unit)}".rstrip()
    return f"{name}: predicted {predicted}, answered {answered}"
