"""Funnel: how many molecules of the library each stage of a screening let through, and why."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.axes import Axes

from loop.report.canvas import INK, LIBRARY, canvas, inline_svg

N_REASONS = 3
LEAST = 0.5
"""Where the bar of nobody ends on a logarithmic scale."""


@dataclass(frozen=True)
class Stage:
    """One stage as funnel.csv tells it."""

    name: str
    entered: int
    passed: int
    reasons: tuple[tuple[str, int], ...]
    """The most frequent ones against the others, with their numbers."""


def read_funnel(folder: Path | None) -> list[Stage]:
    """The stages of a screening's folder, the first first; empty where nothing was screened."""
    path = folder / "funnel.csv" if folder else None
    if path is None or not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = list(dict.fromkeys(row["stage"] for row in rows))
    return [_stage(name, [row for row in rows if row["stage"] == name]) for name in names]


def funnel_svg(stages: Sequence[Stage]) -> str:
    """How many passed each stage, on a logarithmic scale; empty without a stage."""
    if not stages:
        return ""
    names = ["all", *(stage.name.replace("_", " ") for stage in stages)]
    passed = [stages[0].entered, *(stage.passed for stage in stages)]
    with canvas(width=520, height=18 * len(names) + 50) as (figure, axes):
        bars(axes, names, passed)
        label = f"{passed[0]} molecules of the library, {passed[-1]} on the shortlist"
        return inline_svg(figure, "funnel", label)


def bars(axes: Axes, names: Sequence[str], passed: Sequence[int]) -> None:
    """One bar a stage with its number, the first on top."""
    lengths = [max(n, LEAST) for n in passed]
    axes.barh(range(len(names)), lengths, color=LIBRARY)
    for row, n in enumerate(passed):
        axes.text(lengths[row] * 1.1, row, f"{n:,}", va="center", color=INK)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set(xscale="log", xlabel="molecules that passed", xlim=(LEAST, 10 * max(lengths)))
    axes.xaxis.set_major_formatter("{x:,.0f}")  # the default one writes powers as formulae
    axes.minorticks_off()


def _stage(name: str, rows: Sequence[dict[str, str]]) -> Stage:
    reasons = [(row["reason"], int(row["rejected"])) for row in rows if row["reason"]]
    return Stage(name, int(rows[0]["entered"]), int(rows[0]["passed"]), tuple(reasons[:N_REASONS]))
