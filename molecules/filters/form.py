"""Form: a molecule is asked about as water has it, or the numbers belong to nothing that is there."""

from __future__ import annotations

from dataclasses import dataclass

from molecules.molecule import InvalidMoleculeError, Molecule
from molecules.protonation import ProtonationError, form_at
from molecules.protonation.form import require_ph


@dataclass(frozen=True)
class FormInWater:
    """Only the most abundant form at the pH of the electrolyte.

    A neutral amine at pH 4.5 is an ammonium ion. Drawn neutral it binds zinc, dissolves and resists
    reduction as a species that is hardly there, and a search soon prefers such drawings.
    """

    ph: float
    name: str = "form"

    def __post_init__(self) -> None:
        require_ph(self.ph)

    def reason(self, molecule: Molecule) -> str | None:
        """Compare the molecule with its form at the pH."""
        try:
            form = form_at(molecule, self.ph).molecule
        except (ProtonationError, InvalidMoleculeError) as error:
            return f"form: {error}"
        return None if form == molecule else f"form is another one at pH {self.ph:g}"
