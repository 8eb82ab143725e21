"""Candidate: a molecule that the loop chose to ask an oracle about, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from molecules.molecule import Molecule


@dataclass(frozen=True)
class Candidate:
    """One question of a round."""

    molecule: Molecule
    oracle: str
    score: float
    """Posterior mean of the campaign's score in [0, 1] when it was chosen."""
    mean: Mapping[str, float] = field(hash=False)
    """What the oracle is expected to answer of each modelled quantity, in its unit."""
    std: Mapping[str, float] = field(hash=False)
    source: str
    parents: tuple[Molecule, ...] = ()
    why: str = ""
