"""Binding forms: what a molecule becomes, and pays, to bind Zn2+ at a given pH."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from scipy.constants import R, calorie

from molecules.molecule import Molecule
from molecules.protonation.form import ProtonationError, form_at, require_ph
from molecules.protonation.parent import ionised
from molecules.protonation.site import Site
from molecules.protonation.titration import titrate

TEMPERATURE_KELVIN = 298.15
KCAL_PER_PK = float(R * TEMPERATURE_KELVIN * math.log(10) / calorie / 1000)
"""RT ln 10: what one pKa unit costs, 1.364 kcal/mol."""
HIGHEST_PKA = 16.0
"""Protons held more firmly stay: no Zn2+ in acid water takes them."""
HIGHEST_LIGAND_PKA = 13.8
"""Beyond it log K1 cannot count a proton as lost: water itself would be."""
MOST_LOST = 6
"""Protons that may leave at once."""


@dataclass(frozen=True)
class BindingForm:
    """A form that can bind, and the free energy of making it from the form present at the pH."""

    molecule: Molecule
    cost_kcal: float
    """Sum of RT ln 10 (pKa - pH) over the protons lost, kcal/mol; 0 for the form present."""
    cost_error_kcal: float
    """One standard deviation, from the errors of the pKa's."""
    lost: tuple[Site, ...]
    """Protons given up, of the molecule as it was asked about."""


def binding_forms(molecule: Molecule, ph: float, max_forms: int = 3) -> list[BindingForm]:
    """The form present at `ph` and those that gave up protons to bind, cheapest first.

    The cost of a proton is that of the titration, in which the more weakly held left before it:
    a form that loses it alone is charged a little too much, if the two sites are neighbours.

    Raises:
        ProtonationError: `ph` is outside of water's range, or `max_forms` is less than 1.
    """
    require_ph(ph)
    if max_forms < 1:
        raise ProtonationError(f"got max_forms {max_forms}, expected at least 1")
    titration = titrate(molecule.smiles)
    held = [site for site in titration.sites if site.pka.value >= ph]
    found = {(present := form_at(molecule, ph).molecule): BindingForm(present, 0.0, 0.0, ())}
    ionisable = [site for site in held if site.pka.value <= HIGHEST_PKA]
    for lost in _cheapest(ionisable, ph, 4 * max_forms):
        kept = [site for site in held if site not in lost]
        form = Molecule.from_smiles(ionised(titration.parent, titration.sites, kept))
        error = KCAL_PER_PK * math.hypot(*(site.pka.error for site in lost))
        found.setdefault(form, BindingForm(form, _cost(lost, ph), error, lost))
    return sorted(found.values(), key=lambda form: form.cost_kcal)[:max_forms]


def _cost(lost: Sequence[Site], ph: float) -> float:
    return KCAL_PER_PK * sum(site.pka.value - ph for site in lost)


def _cheapest(sites: Sequence[Site], ph: float, most: int) -> Iterator[tuple[Site, ...]]:
    """The `most` cheapest sets of protons to lose; only the weakest held can be among them."""
    weakest = sites[: max(MOST_LOST, most)]
    sets = [
        lost
        for n_lost in range(1, min(MOST_LOST, len(weakest)) + 1)
        for lost in combinations(weakest, n_lost)
    ]
    yield from sorted(sets, key=lambda lost: _cost(lost, ph))[:most]


def deprotonated_ligand(molecule: Molecule) -> Molecule:
    """The ligand that experimental log K1 refers to: without the protons that Zn2+ displaces.

    Acids up to phenol and thiol are ionised, ammonium ions and azolium ions are neutral. Alcohols,
    amides, the N-H of imidazole and guanidinium keep their protons. None is added: hydroxide stays.
    """
    titration = titrate(molecule.smiles)
    held = [
        site
        for site in titration.sites
        if site.is_protonated
        and not (site.is_free_in_ligand and site.pka.value <= HIGHEST_LIGAND_PKA)
    ]
    return Molecule.from_smiles(ionised(titration.parent, titration.sites, held))
