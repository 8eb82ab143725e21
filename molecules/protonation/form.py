"""Form: the protonation state of a molecule that is most abundant in water at a given pH."""

from __future__ import annotations

import math
from dataclasses import dataclass

from molecules.molecule import Molecule
from molecules.protonation.parent import ionised
from molecules.protonation.site import Site
from molecules.protonation.titration import titrate

LOWEST_PH, HIGHEST_PH = -2.0, 16.0


class ProtonationError(ValueError):
    """A pH, or a number of forms, that water does not have."""


@dataclass(frozen=True)
class Step:
    """One proton gained or lost on the way from the molecule as drawn to the form at the pH."""

    atom: int
    """Index in `Molecule.rdkit` of the molecule as drawn."""
    n_protons: int
    """Gained, or lost where negative."""
    ph: float
    site: Site | None
    """None where the drawn charge belongs to no group listed in pka_groups.csv."""

    def __str__(self) -> str:
        verb = "gained" if self.n_protons > 0 else "lost"
        if self.site is None:
            return f"atom {self.atom} {verb} its proton: no group of water has its drawn charge"
        sign = ">" if self.n_protons > 0 else "<"
        return (
            f"{self.site.group} of atom {self.atom} {verb} its proton: "
            f"pKa {self.site.pka} {sign} {self.ph:g}"
        )


@dataclass(frozen=True)
class Form:
    """The most abundant protonation state at a pH, and how it follows from what was drawn."""

    drawn: Molecule
    molecule: Molecule
    ph: float
    sites: tuple[Site, ...]
    """Of `drawn`, lowest pKa first."""
    steps: tuple[Step, ...]

    @property
    def uncertain(self) -> tuple[Site, ...]:
        """Sites whose pKa is within one standard deviation of the pH."""
        return tuple(s for s in self.sites if abs(s.pka.value - self.ph) < s.pka.error)


def sites_of(molecule: Molecule) -> tuple[Site, ...]:
    """Acid and base sites of a molecule, lowest pKa first; atom indices are those of `molecule`."""
    return titrate(molecule.smiles).sites


def form_at(molecule: Molecule, ph: float) -> Form:
    """The most abundant form at `ph`, whatever form is drawn; every fragment of a salt is treated.

    Fixed charges (quaternary nitrogen, nitro group), stereo and the tautomer as drawn are kept.

    Raises:
        ProtonationError: `ph` is not a number between -2 and 16.
    """
    require_ph(ph)
    titration = titrate(molecule.smiles)
    steps, form = _steps(molecule, ph), molecule
    if steps:
        held = [site for site in titration.sites if site.pka.value >= ph]
        form = Molecule.from_smiles(ionised(titration.parent, titration.sites, held))
    return Form(molecule, form, ph, titration.sites, steps)


def require_ph(ph: float) -> None:
    """Refuse a pH outside of water's range."""
    if not (math.isfinite(ph) and LOWEST_PH <= ph <= HIGHEST_PH):
        raise ProtonationError(
            f"got pH {ph}, expected {LOWEST_PH:g} to {HIGHEST_PH:g}; the pKa's are those of water"
        )


def _steps(molecule: Molecule, ph: float) -> tuple[Step, ...]:
    titration = titrate(molecule.smiles)
    by_atom = {site.atom: site for site in titration.sites}
    steps = []
    for atom in sorted({*by_atom, *titration.gained}):
        site, n_protons = by_atom.get(atom), titration.gained.get(atom, 0)
        if site is not None and (site.kind == "base") == (site.pka.value >= ph):
            n_protons += 1 if site.kind == "base" else -1
        if n_protons:
            steps.append(Step(atom, n_protons, ph, site))
    return tuple(steps)
