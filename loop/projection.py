"""Projection: what MLflow is told of a standing; everything here can be told again."""

from __future__ import annotations

import io
import math
import re

from PIL import Image

from loop.entry import Entry
from loop.health import figures, measure, until
from loop.progress import Progress
from loop.report.markdown import top_table
from loop.report.pictures import molecule_grid
from loop.report.wording import headline
from loop.standing import Standing

N_PICTURED = 12
N_LISTED = 10
LONGEST_NOTE = 8000
"""Characters that MLflow shows of a note."""
MARKER = "oracle/molecules"
"""Always finite, so a round whose marker is known has been told."""


def round_metrics(standing: Standing, row: Progress) -> dict[str, float]:
    """The finite figures of a round; what stands before the slash is a section of the page."""
    shown = {
        **figures(measure(until(standing, row.round))),
        "best/score": row.best_score,
        "pareto/hypervolume": row.hypervolume,
        MARKER: float(row.n_molecules),
        "oracle/failures": float(row.n_failures),
        "budget/oracle_seconds": row.oracle_seconds,
        "budget/own_seconds": row.own_seconds,
        **{f"oracle/{name}/labels": float(n) for name, n in row.n_labels.items()},
        **row.metrics,
    }
    return {_metric_name(k): float(v) for k, v in shown.items() if math.isfinite(v)}


def best_until(standing: Standing, number: int) -> list[Entry]:
    """Scored molecules that were known at the end of round `number`, best first."""
    return [
        entry
        for entry in standing.entries
        if entry.score is not None and (entry.round is None or entry.round <= number)
    ]


def picture(standing: Standing, number: int) -> Image.Image | None:
    """The best molecules at the end of a round with their scores, or None where none has one."""
    best = best_until(standing, number)[:N_PICTURED]
    if not best:
        return None
    legends = [f"{entry.score:.2f}  {_short(entry.name or entry.source)}" for entry in best]
    return Image.open(io.BytesIO(molecule_grid([entry.molecule for entry in best], legends)))


def campaign_note(standing: Standing, run_id: str, charts: str) -> str:
    """Markdown for the top of the campaign's page: what was found, the best, and their picture.

    `charts` is the address of the charts of all rounds.
    """
    parts = [
        headline(standing),
        *(f"**{c.name}** {c.advice}" for c in measure(standing).checks[:2]),
    ]
    if standing.best is not None:
        parts.append(f"![](get-artifact?path=latest%2Fmolecules.png&run_uuid={run_id})")
    told = f"[charts of all rounds]({charts})"
    parts.append(f"Open **report.html** under Artifacts for the whole report, or the {told}.")
    return _fitted(parts, standing, [e for e in standing.entries if e.score is not None][:N_LISTED])


def round_note(standing: Standing, number: int) -> str:
    """Markdown for a round's page: the molecules that it asked about."""
    asked = [entry for entry in standing.entries if entry.round == number]
    return _fitted([f"{len(asked)} molecules asked about in round {number}."], standing, asked)


def _short(name: str) -> str:
    return name if len(name) <= 24 else f"{name[:22]}.."


def _fitted(parts: list[str], standing: Standing, entries: list[Entry]) -> str:
    """Append a table of as many entries as the longest note has room for."""
    while entries:
        note = "\n\n".join([*parts, top_table(standing, entries)])
        if len(note) <= LONGEST_NOTE:
            return note
        entries = entries[:-1]
    return "\n\n".join(parts)[:LONGEST_NOTE]


def _metric_name(name: str) -> str:
    """A name that MLflow takes: letters, digits and _ - . space : between single slashes."""
    parts = [re.sub(r"[^\w\-. :]", "_", part) for part in name.split("/") if part.strip(". ")]
    return "/".join(parts)[:250] or "unnamed"
