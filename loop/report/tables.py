"""Tables: candidates.csv and rounds.csv, for spreadsheets and scripts."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence

from loop.entry import Entry
from loop.progress import Progress
from loop.report.readings import answer, quantities, reading, tiered
from loop.standing import Standing
from molecules import Quantity
from molecules.safe_cells import escape

Cell = str | int | float | bool | None


BENCH = ("computed_score", "laboratory_score", "laboratory_share", "best_dose_molar")
"""Of a score C^(1-a) L^a: C, L and a, and the dose in mol/L at which L is expected."""


def candidates_csv(standing: Standing) -> str:
    """One row a molecule, best first; empty where there is no number.

    Where several oracles answered a goal's quantity, its own columns are what they say together on
    the scale of the goals, under the highest oracle that answered the molecule; of a quantity that
    is no goal, they are that oracle's own number. Once the laboratory has spoken, the columns of
    `BENCH` tell the two parts of every score. QUANTITY_ORACLE and QUANTITY_ORACLE_std, at the
    end, are each oracle's number on its own scale.
    """
    asked, apart = quantities(standing), tiered(standing)
    header = ["rank", "smiles", "inchikey", "source", "round", "score", "pareto"]
    for name in (quantity.name for quantity in asked):
        # A quantity of the user's own may be called score: no two columns share a name.
        header += [f"{name}_value" if name in header else name, f"{name}_std", f"{name}_oracle"]
    for name, oracle in apart:
        header += [f"{name}_{oracle}", f"{name}_{oracle}_std"]
    rows = [_candidate(e, asked) + _apart(e, apart) for e in standing.entries]
    if any(entry.tested for entry in standing.entries):
        header += BENCH
        rows = [row + _bench(e) for row, e in zip(rows, standing.entries, strict=True)]
    return _written([header, *rows])


def rounds_csv(standing: Standing) -> str:
    """One row a finished round; the columns after own_seconds are what the round noted."""
    oracles = sorted({*standing.statuses, *(o for row in standing.progress for o in row.n_labels)})
    metrics = list(dict.fromkeys(name for row in standing.progress for name in row.metrics))
    header = [
        "round",
        *(f"n_labels_{oracle}" for oracle in oracles),
        *("n_molecules", "n_failures", "hypervolume", "best_score"),
        *("oracle_seconds", "own_seconds"),
        *metrics,
    ]
    return _written([header, *(_round(row, oracles, metrics) for row in standing.progress)])


def _candidate(entry: Entry, asked: Sequence[Quantity]) -> list[Cell]:
    molecule = entry.molecule
    row: list[Cell] = [entry.rank, molecule.smiles, molecule.inchikey, entry.source, entry.round]
    row += [entry.score, entry.is_pareto]
    for quantity in asked:
        known = reading(entry, quantity)
        row += [None] * 3 if known is None else [known.value, known.std, known.oracle]
    return row


def _apart(entry: Entry, pairs: Sequence[tuple[str, str]]) -> list[Cell]:
    labels = [answer(entry, *pair) for pair in pairs]
    return [cell for n in labels for cell in ((n.value, n.std) if n else (None, None))]


def _bench(entry: Entry) -> list[Cell]:
    told = entry.tested
    return [entry.computed, *((told.desirability, told.trust, told.dose) if told else [None] * 3)]


def _round(row: Progress, oracles: Sequence[str], metrics: Sequence[str]) -> list[Cell]:
    return [
        row.round,
        *(row.n_labels.get(oracle, 0) for oracle in oracles),
        *(row.n_molecules, row.n_failures, row.hypervolume, row.best_score),
        *(row.oracle_seconds, row.own_seconds),
        *(row.metrics.get(name) for name in metrics),
    ]


def _written(rows: Iterable[Sequence[Cell]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([_cell(cell) for cell in row] for row in rows)
    return text.getvalue()


def _cell(value: Cell) -> str:
    """A cell that reads back as itself; text that a spreadsheet would run gets an apostrophe.

    No valid SMILES begins with one of those characters, so structures are never changed.
    """
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return str(escape(value))
    return repr(float(value)) if isinstance(value, float) else str(value)
