"""Failures: how many cells of each additive failed, and of what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from oracles.lab.cells import Cell

UNKNOWN = "unknown"
NO_FAILURES = ("stopped", "running")


@dataclass(frozen=True)
class CellEnds:
    """The cells of one additive."""

    smiles: str
    """Empty for the controls."""
    cells: int
    failures: Mapping[str, int]
    """By end_reason; a cell with a soft short failed of it, whatever ended the test."""

    @property
    def failed(self) -> int:
        """Number of cells that failed."""
        return sum(self.failures.values())


def failures_per_cells(cells: Iterable[Cell]) -> list[CellEnds]:
    """A row for each additive, polymers and mixtures among them; controls first."""
    additives: dict[str, list[str]] = {}
    for cell in cells:
        additives.setdefault(cell.smiles, []).append(failure(cell))
    return [
        CellEnds(smiles, len(ends), dict(sorted(Counter(end for end in ends if end).items())))
        for smiles, ends in sorted(additives.items())
    ]


def failure(cell: Cell) -> str:
    """What a cell failed of; empty where it did not fail, or nobody says so."""
    if cell.soft_short_onset_h is not None:
        return "soft_short"
    if cell.end_reason:
        return "" if cell.end_reason in NO_FAILURES else cell.end_reason
    return UNKNOWN if cell.is_censored is False else ""
