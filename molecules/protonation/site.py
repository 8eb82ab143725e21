"""Site: one acid or base group of a molecule, and the pKa at which it holds half its proton."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Kind = Literal["acid", "base"]
"""An acid is neutral with its proton and -1 without it; a base is +1 with it, neutral without."""


@dataclass(frozen=True)
class PKa:
    """A pKa in water at 25 C, the pH at which half of the sites hold their proton."""

    value: float
    error: float
    """One standard deviation, pKa units."""
    source: str

    def __post_init__(self) -> None:
        if not math.isfinite(self.value) or not self.error > 0:
            raise ValueError(
                f"got the pKa {self.value} +- {self.error}, expected a number and a positive error"
            )

    def __str__(self) -> str:
        return f"{self.value:.2f} +- {self.error:.2f} ({self.source})"


@dataclass(frozen=True)
class Site:
    """An atom that gives or takes one proton in water."""

    atom: int
    """Index in `Molecule.rdkit` of the molecule that was asked about."""
    group: str
    """In words: 'carboxylic acid', 'imidazolium', 'phosphonic acid (second proton)', ..."""
    kind: Kind
    pka: PKa
    is_protonated: bool
    """As drawn."""
    is_free_in_ligand: bool
    """The ligand that experimental log K1 refers to lacks protons of this group."""
