"""Purchase: which substance to weigh for an additive, and its mass per mole of additive."""

from __future__ import annotations

from dataclasses import dataclass

from rdkit import Chem

from molecules import Molecule
from molecules.descriptors import molar_mass, neutral_parent
from molecules.protonation import split_salt

COUNTER_IONS = {1: ("[Cl-]", "chloride"), -1: ("[Na+]", "sodium salt")}
"""By the sign of a charge that no proton takes away: what such ions are mostly sold with."""

HALIDES = {"Cl": "[Cl-]", "Br": "[Br-]", "I": "[I-]"}


@dataclass(frozen=True)
class Purchase:
    """What is in the bottle."""

    smiles: str
    form: str
    """In words."""
    molar_mass: float
    """g of substance per mol of additive, counter-ions and hydrate water included."""
    note: str = ""

    def counter_ion(self, molecule: Molecule) -> str:
        """SMILES of what comes with each `molecule` in the electrolyte; empty for an uncharged one.

        An uncharged acid brings a proton, an uncharged base takes one from water. The water of a
        hydrate is no counter-ion, nor is an ion beside an uncharged additive.
        """
        others = [(_ion(one.molecule), one.count) for one in split_salt(self.smiles).others]
        ions = [(ion, n) for ion, n in others if ion.charge * molecule.charge < 0]
        if ions:
            return ".".join(ion.smiles for ion, n in ions for _ in range(n))
        return "" if not molecule.charge else "[H+]" if molecule.charge < 0 else "[OH-]"


def _ion(other: Molecule) -> Molecule:
    """A hydrogen halide, as catalogues draw hydrochlorides, is an ion in water."""
    return Molecule(HALIDES.get(other.smiles, other.smiles))


def purchase(molecule: Molecule) -> Purchase:
    """The substance to look for where no catalogue says which one is sold.

    It is the uncharged acid or base where there is one, which brings no foreign ion into the
    electrolyte; else the chloride or the sodium salt.
    """
    parent = Molecule.from_smiles(Chem.MolToSmiles(neutral_parent(molecule)))
    if not parent.charge:
        form = "as drawn" if parent == molecule else "uncharged acid or base"
        note = (
            ""
            if parent == molecule
            else f"in the electrolyte it is {molecule.smiles}; {_ph(molecule)}"
        )
        return of_substance(parent.smiles, form, note)
    sign = 1 if parent.charge > 0 else -1
    ion, form = COUNTER_IONS[sign]
    note = "chloride corrodes zinc and steel: take the sulfate or triflate if sold"
    whole = ".".join([parent.smiles, *[ion] * abs(parent.charge)])
    return of_substance(whole, form, note if sign > 0 else "sodium stays in the electrolyte")


def _ph(molecule: Molecule) -> str:
    """What the uncharged acid or base does to the pH, and what undoes it without foreign ions."""
    if molecule.charge > 0:
        return "bring the pH back with dilute sulfuric acid, or a basic zinc salt precipitates"
    if molecule.charge < 0:
        return "bring the pH back with zinc oxide, or the acid corrodes the zinc"
    return "check the pH"


def of_substance(smiles: str, form: str, note: str = "") -> Purchase:
    """A substance by the SMILES of all that it holds, such as a hydrochloride or a hydrate.

    Raises:
        InvalidMoleculeError: `smiles` names no molecule.
    """
    whole = Molecule.from_smiles(smiles)
    return Purchase(whole.smiles, form, molar_mass(whole) / split_salt(smiles).main.count, note)
