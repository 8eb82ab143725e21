"""report.html: one self-contained page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from loop.health import measure
from loop.health.trust import predictions
from loop.report import bench, figures, wording
from loop.report.advice import next_steps
from loop.report.calibration import agreements
from loop.report.cards import card, failures, finalists
from loop.report.funnel import funnel_svg, read_funnel
from loop.report.method import TERMS, latest, meaning, methods
from loop.report.readings import quantities, reading, tiered
from loop.report.setting import Setting
from loop.standing import Standing
from molecules import Quantity

N_OPEN = 6
"""Dossiers that are unfolded at once; a phone would scroll for minutes through all of them."""
N_ROWS = 200
"""Longest table of molecules or failures; the csv files hold all."""


@dataclass(frozen=True)
class Tile:
    """A key figure of the head of the page."""

    value: str
    label: str


def html(standing: Standing, setting: Setting | None = None) -> str:
    """Render the page; every text is escaped, and nothing is loaded from outside."""
    environment = Environment(
        loader=FunctionLoader(_source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "spoken": wording.spoken,
        "heading": wording.heading,
        "unit": wording.unit,
        "number": wording.number,
        "seconds": wording.seconds,
        "safe_svg": Markup,
    }
    return environment.get_template("report.html.jinja").render(
        _context(standing, setting or Setting())
    )


def tiles(standing: Standing) -> list[Tile]:
    """The key figures of a campaign."""
    labels = sum(counts.get("ok", 0) for counts in standing.statuses.values())
    found = [
        Tile(str(len(standing.entries)), "molecules asked about"),
        Tile(str(labels), "answers"),
        Tile(str(len(standing.progress)), "finished rounds"),
    ]
    if standing.best is not None and standing.best.score is not None:
        found.append(Tile(f"{standing.best.score:.2f}", "best score"))
        found.append(Tile(str(sum(e.is_pareto for e in standing.entries)), "on the Pareto front"))
    if standing.progress:
        found.append(Tile(f"{standing.progress[-1].hypervolume:.3f}", "hypervolume"))
        spent = sum(row.oracle_seconds for row in standing.progress)
        found.append(Tile(wording.seconds(spent), "spent asking oracles"))
    return found


def _context(standing: Standing, setting: Setting) -> Mapping[str, Any]:
    asked = quantities(standing)
    cards = [card(entry, standing, setting.ph) for entry in finalists(standing)]
    health = measure(standing)
    stages = read_funnel(setting.screening)
    found = predictions(standing)
    several = {name for name, _ in tiered(standing)}
    failed = failures(standing.entries)
    return {
        "standing": standing,
        "headline": wording.headline(standing),
        "outcome": bench.outcome(standing),
        "tiles": tiles(standing),
        "cards": cards,
        "steps": next_steps(cards, health, standing.requests.values()),
        "checks": health.checks,
        "trusts": health.rows,
        "is_tested": health.hindcast is not None,
        "stages": stages,
        "funnel": Markup(funnel_svg(stages)),
        "ph": setting.ph,
        "n_open": N_OPEN,
        "style": Markup(_source("report.css")),
        "pareto": Markup(figures.pareto_svg(standing)),
        "scores": Markup(figures.scores_svg(standing)),
        "climbs": _drawn(
            figures.best_score_svg(standing), figures.hypervolume_svg(standing.progress)
        ),
        "calibrations": _drawn(
            figures.learning_svg(standing.progress),
            *(
                figures.calibration_svg(found, q, oracle, q.name in several)
                for q in asked
                for oracle in sorted({p.oracle for p in found})
            ),
        ),
        "agreements": agreements(found),
        "several": several,
        "quantities": asked,
        "units": {quantity.name: quantity.unit for quantity in asked},
        "meanings": {quantity.name: meaning(quantity) for quantity in asked},
        "ranking": _ranking(standing, asked),
        "n_hidden": max(0, len(standing.entries) - N_ROWS),
        "failures": failed[:N_ROWS],
        "n_failures_hidden": max(0, len(failed) - N_ROWS),
        "wishes": {g.name: wording.wish(g, _unit(asked, g.quantity)) for g in standing.goals},
        "oracles": sorted({o for row in standing.progress for o in row.n_labels}),
        "methods": methods(standing),
        "latest": wording.moment(latest(standing)),
        "terms": TERMS,
    }


def _ranking(standing: Standing, asked: Sequence[Quantity]) -> list[tuple[Any, list[str]]]:
    return [
        (entry, [wording.amount(reading(entry, quantity)) for quantity in asked])
        for entry in standing.entries[:N_ROWS]
    ]


def _drawn(*svgs: str) -> list[Markup]:
    return [Markup(svg) for svg in svgs if svg]


def _unit(asked: Sequence[Quantity], name: str) -> str:
    return next(quantity.unit for quantity in asked if quantity.name == name)


def _source(name: str) -> str:
    return files("loop.report").joinpath(name).read_text(encoding="utf-8")
