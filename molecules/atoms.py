"""Atoms: what the single atoms of a molecule are, read once for everybody who asks."""

from __future__ import annotations

from typing import NamedTuple

from rdkit import Chem


class AtomKind(NamedTuple):
    """What can be said of an atom without a look at its neighbours."""

    number: int
    """Atomic number; 0 of a dummy."""
    isotope: int
    """Mass number where one is drawn, else 0."""
    is_aromatic: bool
    charge: int
    n_radicals: int
    """Unpaired electrons."""
    n_hydrogens: int
    degree: int
    """Neighbours, hydrogens among them."""


def kinds_of(mol: Chem.Mol) -> frozenset[AtomKind]:
    """The kinds of atoms that a molecule has, each once."""
    return frozenset(
        AtomKind(
            atom.GetAtomicNum(),
            atom.GetIsotope(),
            atom.GetIsAromatic(),
            atom.GetFormalCharge(),
            atom.GetNumRadicalElectrons(),
            atom.GetTotalNumHs(True),  # drawn ones among them
            atom.GetTotalDegree(),
        )
        for atom in mol.GetAtoms()
    )
