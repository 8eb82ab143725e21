"""Figures of a campaign as inline SVG; an empty string where there is nothing to show."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from matplotlib.ticker import MaxNLocator
from scipy.stats import norm, spearmanr

from loop.objective import Goal
from loop.report import calibration
from loop.report.calibration import Prediction
from loop.report.canvas import FRONT, GENERATED, INK, LIBRARY, LINE, canvas, inline_svg
from loop.report.wording import called, number, spoken, unit
from loop.standing import Entry, Progress, Standing
from molecules import Quantity

COLOUR = {calibration.LIBRARY: LIBRARY, calibration.GENERATED: GENERATED}
MARKER = {calibration.LIBRARY: "o", calibration.GENERATED: "^"}
N_LABELLED = 3
"""Points of the Pareto plot that bear their rank, so that print can be read too."""


def best_score_svg(progress: Sequence[Progress]) -> str:
    """Best score so far against the round, on the full scale from 0 to 1."""
    values = [row.best_score for row in progress]
    return _climb(progress, values, "best score so far", "best-score", top=1.0)


def hypervolume_svg(progress: Sequence[Progress]) -> str:
    """Hypervolume of the Pareto front against the round, from 0."""
    values = [row.hypervolume for row in progress]
    return _climb(progress, values, "hypervolume of the front", "hypervolume", top=None)


def scores_svg(standing: Standing) -> str:
    """Histogram of the scores of all scored molecules."""
    scores = [entry.score for entry in standing.entries if entry.score is not None]
    if not scores:
        return ""
    with canvas() as (figure, axes):
        axes.hist(scores, bins=np.linspace(0.0, 1.0, 21), color=LIBRARY, edgecolor=LINE, lw=0.5)
        axes.axvline(max(scores), color=FRONT, lw=1.5, ls="--", label=f"best, {max(scores):.2f}")
        axes.set(xlabel="score", ylabel="molecules", xlim=(0, 1))
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(loc="best")
        return inline_svg(figure, "scores", f"histogram of the scores of {len(scores)} molecules")


def conflict(standing: Standing) -> tuple[Goal, Goal] | None:
    """The two objectives whose desirabilities oppose each other most, or None for fewer than two."""
    goals = [goal for goal in standing.goals if goal.role == "objective"]
    pairs = [(a, b) for a, b in combinations(goals, 2) if len(_known(standing, a, b)) > 0]
    if not pairs:
        return None
    return min(pairs, key=lambda pair: _correlation(standing, *pair))


def pareto_svg(standing: Standing) -> str:
    """The two most conflicting objectives against each other, the Pareto front marked."""
    pair = conflict(standing)
    if pair is None:
        return ""
    known = _known(standing, *pair)
    front = [entry for entry in known if entry.is_pareto]
    others = [entry for entry in known if not entry.is_pareto]
    with canvas(height=300) as (figure, axes):
        titles = {}
        for gid, entries, style in (
            ("others", others, {"color": LIBRARY, "s": 22, "alpha": 0.55, "label": "other"}),
            ("front", front, {"color": FRONT, "s": 48, "marker": "D", "label": "Pareto front"}),
        ):
            xy = np.array([[e.desirabilities[goal.name] for goal in pair] for e in entries])
            if len(xy):
                axes.scatter(*xy.T, gid=gid, lw=0, **style)
                titles[gid] = [_hover(entry, pair) for entry in entries]
        for entry in known[:N_LABELLED]:
            x, y = (entry.desirabilities[goal.name] for goal in pair)
            axes.annotate(f"#{entry.rank}", (x, y), (5, 4), textcoords="offset points", fontsize=9)
        axes.set(xlim=(-0.04, 1.06), ylim=(-0.04, 1.06))
        axes.set(**{f"{a}label": f"{spoken(g.name)} (1 = ideal)" for a, g in zip("xy", pair)})
        figure.legend(loc="outside upper center", ncols=2)
        label = f"{spoken(pair[0].name)} against {spoken(pair[1].name)} for {len(known)} molecules"
        return inline_svg(figure, "pareto", label, titles)


def calibration_svg(found: Sequence[Prediction], quantity: Quantity) -> str:
    """Answers against what was predicted of them, with the predicted 90 % intervals."""
    mine = [p for p in found if p.quantity == quantity.name]
    if not mine:
        return ""
    with canvas(height=280) as (figure, axes):
        ends = [f(getattr(p, a) for p in mine) for f in (min, max) for a in ("predicted", "measured")]
        axes.plot([min(ends), max(ends)], [min(ends), max(ends)], color=INK, lw=0.8, ls=":")
        titles = {}
        for origin in sorted({p.origin for p in mine}):
            group = [p for p in mine if p.origin == origin]
            x, y = [p.predicted for p in group], [p.measured for p in group]
            error = [norm.ppf(0.95) * p.std for p in group]
            axes.errorbar(x, y, xerr=error, fmt="none", ecolor=COLOUR[origin], lw=0.8, alpha=0.5)
            style = {"color": COLOUR[origin], "marker": MARKER[origin], "s": 26, "lw": 0}
            axes.scatter(x, y, gid=origin, label=origin, zorder=3, **style)
            titles[origin] = [_prediction_hover(p, quantity) for p in group]
        name = f"{spoken(quantity.name)} {f'({unit(quantity.unit)})' if unit(quantity.unit) else ''}"
        axes.set(xlabel=f"predicted {name}".strip(), ylabel="answered")
        figure.legend(loc="outside upper center", ncols=2)
        label = f"answered against predicted {spoken(quantity.name)}"
        return inline_svg(figure, f"calibration-{quantity.name}", label, titles)


def _climb(
    progress: Sequence[Progress], values: Sequence[float], what: str, name: str, top: float | None
) -> str:
    if not progress:
        return ""
    rounds = [row.round for row in progress]
    with canvas() as (figure, axes):
        axes.plot(rounds, values, color=FRONT, lw=2)
        axes.scatter(rounds, values, color=FRONT, s=26, gid="rounds", zorder=3)
        axes.set(xlabel="round", ylabel=what)
        axes.set_ylim(0.0, top or 1.08 * max(values) or 1.0)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        hovers = [
            f"round {row.round}: {value:.3f} after {row.n_molecules} molecules"
            for row, value in zip(progress, values, strict=True)
        ]
        return inline_svg(figure, name, f"{what} by round", {"rounds": hovers})


def _known(standing: Standing, a: Goal, b: Goal) -> list[Entry]:
    return [
        entry
        for entry in standing.entries
        if entry.score is not None
        and entry.desirabilities.get(a.name) is not None
        and entry.desirabilities.get(b.name) is not None
    ]


def _correlation(standing: Standing, a: Goal, b: Goal) -> float:
    known = _known(standing, a, b)
    x, y = (np.array([e.desirabilities[g.name] for e in known], dtype=float) for g in (a, b))
    if len(known) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return 1.0
    return float(spearmanr(x, y).statistic)


def _hover(entry: Entry, pair: tuple[Goal, Goal]) -> str:
    parts = []
    for goal in pair:
        label = entry.labels.get(goal.quantity)
        value = "" if label is None else f" ({number(label.value)} {unit(label.quantity.unit)})"
        parts.append(f"{spoken(goal.name)} {entry.desirabilities[goal.name]:.2f}{value}")
    return f"#{entry.rank} {called(entry)}: {', '.join(parts)}"


def _prediction_hover(p: Prediction, quantity: Quantity) -> str:
    name = f"{p.name} ({p.molecule})" if p.name else str(p.molecule)
    return (
        f"{name}: predicted {number(p.predicted, p.predicted_std)} ± "
        f"{number(p.predicted_std, p.predicted_std)}, answered {number(p.measured, p.measured_std)} "
        f"{unit(quantity.unit)}".rstrip()
    )
