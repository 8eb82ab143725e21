"""Shortlist: the best of what passed the funnel, no two of them alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
import torch
from rdkit.Chem import rdFingerprintGenerator
from rdkit.SimDivFilters import rdSimDivPickers

from loop.objective import Goal, Objective
from molecules import Molecule
from molecules.filters import Count

DUPLICATES, ALIKE, LENGTH = "duplicates", "too alike", "shortlist length"
RADIUS, N_BITS = 2, 2048
"""Of the Morgan fingerprints that say what is alike (10.1021/ci100050t)."""


@dataclass(frozen=True)
class Shortlist:
    """The last stages of the funnel: they look at all survivors at once."""

    goals: Mapping[str, Goal]
    length: int
    similarity: float
    """Tanimoto similarity that no two molecules of the shortlist exceed."""

    def choose(self, survivors: pl.DataFrame) -> tuple[pl.DataFrame, list[Count]]:
        """The shortlist, best score first with its `score`, and one count a stage.

        Args:
            survivors: smiles, drawn, changes, and a column for every predicted quantity.
        """
        counts = []
        distinct = survivors.sort("smiles", "drawn").unique("smiles", maintain_order=True)
        counts.append(_count(DUPLICATES, survivors.height, distinct.height, "same form"))
        scored = distinct.with_columns(self.scores(distinct))
        scored = scored.sort("score", "smiles", descending=[True, False])
        unlike = scored[self._unlike(scored)]
        reason = f"closer than {self.similarity} to a better one"
        counts.append(_count(ALIKE, scored.height, unlike.height, reason))
        chosen = unlike.head(self.length)
        counts.append(_count(LENGTH, unlike.height, chosen.height, "lower score"))
        return chosen, counts

    def scores(self, table: pl.DataFrame) -> pl.Series:
        """The weighted geometric mean of the goals' desirabilities; 1 where there is no goal."""
        if not self.goals or table.is_empty():
            return pl.Series("score", [1.0] * table.height, dtype=pl.Float64)
        objective = Objective(self.goals)
        molecules = [Molecule(smiles) for smiles in table["smiles"]]
        values = table.select(objective.quantities).to_numpy().reshape(table.height, -1)
        score = objective.score(torch.tensor(values), objective.traits(molecules))
        return pl.Series("score", score.tolist(), dtype=pl.Float64)

    def _unlike(self, table: pl.DataFrame) -> list[int]:
        """Rows, best first, of which none is alike to a better one."""
        if table.is_empty():
            return []
        generator = rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS, fpSize=N_BITS)
        prints = [generator.GetFingerprint(Molecule(smiles).rdkit) for smiles in table["smiles"]]
        picker = rdSimDivPickers.LeaderPicker()
        return list(picker.LazyBitVectorPick(prints, len(prints), 1.0 - self.similarity))


def _count(stage: str, entered: int, passed: int, reason: str) -> Count:
    count = Count(stage, entered)
    if entered > passed:
        count.reasons[reason] = entered - passed
    return count
