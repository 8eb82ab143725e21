"""Finding: what the laboratory says of one molecule, for a ranking and its report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from loop.knowledge import Knowledge
from loop.objective import Objective
from molecules import Label, Molecule
from molecules.rows import Record


@dataclass(frozen=True)
class Finding:
    """What the laboratory says of one molecule, at the dose that it expects to be best."""

    trust: float
    """Share of the score that is the laboratory's, in [0, 1)."""
    desirability: float
    """Of its goals, in [0, 1]."""
    dose: float
    """mol/L."""
    effects: Mapping[str, tuple[float, float]]
    """Expected effect and its standard deviation by quantity, log10, at that dose."""
    labels: tuple[Label, ...]
    """Of its own cells, in the order of import."""


def computed_means(
    objective: Objective, known: Sequence[Knowledge]
) -> Callable[[Sequence[Molecule]], Tensor]:
    """What the oracles have answered of each molecule, `n x k`; the mean where they have not."""
    names = objective.quantities
    rows = {
        k.molecule: [k.labels[q].value if q in k.labels else torch.nan for q in names]
        for k in known
    }
    table = torch.tensor(list(rows.values()), dtype=torch.float64).reshape(len(rows), len(names))
    centre = torch.nan_to_num(table.nanmean(0))
    filled = dict(zip(rows, torch.where(table.isnan(), centre, table), strict=True))
    return lambda molecules: torch.stack([filled.get(m, centre) for m in molecules])


def newcomers(
    labels: Sequence[tuple[Record, Label]], known: Sequence[Knowledge]
) -> list[Knowledge]:
    """Molecules that only the laboratory knows, in the order of import."""
    have = {k.molecule for k in known}
    found: dict[Molecule, Knowledge] = {}
    for record, label in labels:
        if label.molecule not in have and label.molecule not in found:
            found[label.molecule] = Knowledge(
                label.molecule, None, record.source, {}, {}, (), frozenset({label.oracle})
            )
    return list(found.values())
