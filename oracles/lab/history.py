"""History: how the cells of a sheet stand to their replicates and to the controls of old."""

from __future__ import annotations

import math
import statistics
from collections.abc import Collection, Iterator, Mapping, Sequence

from oracles.lab.cells import Cell
from oracles.lab.faults import Caution
from oracles.lab.readings import COLUMNS, Bound, reading, window
from oracles.lab.rows import Row
from oracles.lab.spread import replicates

FEWEST_REPLICATES = 3
WIDEST_SPREAD = 2.0
"""Largest over smallest value among replicates."""
FEWEST_CONTROLS = 3
"""Earlier controls that make a history."""
N_STD = 3.0


def cautions(
    rows: Mapping[str, Row], new: Sequence[Cell], known: Collection[Cell]
) -> Iterator[Caution]:
    """What a person should look at among the new cells; `rows` gives their rows by cell_id."""
    names = {cell.cell_id for cell in new}
    everything = [*(cell for cell in known if cell.cell_id not in names), *new]
    yield from _few_replicates(rows, new, everything)
    yield from _wide_spread(rows, new, everything)
    yield from _unlike_earlier_controls(rows, new, everything)


def _few_replicates(
    rows: Mapping[str, Row], new: Sequence[Cell], everything: Sequence[Cell]
) -> Iterator[Caution]:
    groups: dict[tuple[object, ...], list[Cell]] = {}
    for cell in everything:
        groups.setdefault(cell.replicates, []).append(cell)
    for key, first in _first_of_each(new).items():
        row, n_cells = rows[first.cell_id], len(groups[key])
        if n_cells < FEWEST_REPLICATES:
            why = f"{n_cells} of at least {FEWEST_REPLICATES} replicates in batch {first.batch_id}"
            yield row.caution("replicate", why, "build more of them, or trust the number less")
        if len({cell.replicate for cell in groups[key]}) < n_cells:
            why = "a number that two replicates of one batch share"
            yield row.caution("replicate", why, "see that no row was copied")


def _wide_spread(
    rows: Mapping[str, Row], new: Sequence[Cell], everything: Sequence[Cell]
) -> Iterator[Caution]:
    for quantity, column in COLUMNS.items():
        groups = replicates(everything, quantity)
        first = _first_of_each(
            [cell for cell in new if reading(cell, quantity) is not None], quantity
        )
        for key, cell in first.items():
            values = groups.get(key, [0.0])
            factor = 10 ** (max(values) - min(values))
            if round(factor, 9) > WIDEST_SPREAD:
                what = "1 - CE" if quantity == "coulombic_efficiency" else column
                why = f"{what} differs by a factor of {factor:.3g} among replicates"
                yield rows[cell.cell_id].caution(column, why, "look at the cells again")


def _unlike_earlier_controls(
    rows: Mapping[str, Row], new: Sequence[Cell], everything: Sequence[Cell]
) -> Iterator[Caution]:
    names = {cell.cell_id for cell in new}
    earlier = [c for c in everything if c.is_control and c.cell_id not in names]
    for quantity, column in COLUMNS.items():
        for cell in new:
            own = reading(cell, quantity)
            if not cell.is_control or own is None:
                continue
            history = [
                found.value
                for other in earlier
                if other.base == cell.base and window(other, quantity) == window(cell, quantity)
                if (found := reading(other, quantity)) and found.bound is Bound.EXACT
            ]
            if len(history) < FEWEST_CONTROLS:
                continue
            mean, std = statistics.fmean(history), statistics.stdev(history)
            off = own.value - mean
            is_outside = abs(off) > max(N_STD * std, math.log10(WIDEST_SPREAD))
            if is_outside and own.bound in (Bound.EXACT, Bound.LOWER if off > 0 else Bound.UPPER):
                why = (
                    f"a control {10 ** abs(off):.3g} times {'above' if off > 0 else 'below'} "
                    f"the mean of {len(history)} earlier controls"
                )
                mend = "check salt, foil and assembly of this batch"
                yield rows[cell.cell_id].caution(column, why, mend)


def _first_of_each(
    cells: Sequence[Cell], quantity: str | None = None
) -> dict[tuple[object, ...], Cell]:
    """The first cell of each group of replicates; with a quantity, of those comparable in it."""
    groups: dict[tuple[object, ...], Cell] = {}
    for cell in cells:
        key = cell.replicates if quantity is None else (*cell.replicates, window(cell, quantity))
        groups.setdefault(key, cell)
    return groups
