"""Donors: the atoms of a ligand that a metal ion can bind, in the order in which it would."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import rdPartialCharges

from molecules import Molecule
from molecules.geometry import with_hydrogens

CLASSES = {
    "anion": "[$([O-;!$([O-][#7+])]),$([S-]),$([N-;!$([N-][#7+])]),$([n-])]",
    "aromatic N": "[n;X2;H0;+0]",
    "amine N": "[$([NX3;+0;!$(N[#6]=[O,S,N]);!$(N[S,P]=O);!$(Na);!$(NC#N);!$(N[#7]=*)])]",
    "nitrile or imine N": "[$([NX1;+0]#[#6]),$([NX2;+0]=[#6,#7])]",
    "oxo O": "[$([OX1;+0]=[#6,#7,#15,#16;!$(*[O-,S-])]),$([O-][#7+])]",
    "thioxo S": "[SX1;+0]=[#6,#15;!$(*[O-,S-])]",
    "hydroxyl O": "[$([OX2;H1,H2;+0;!$(O[#6,#15,#16]=O)])]",
    "ether O": "[$([OX2;H0;+0;!$(O[#6,#15,#16]=[O,S])])]",
    "aniline N": "[$([NX3;+0](a)([CX4])[CX4])]",  # weak: it counts where arms hold the metal too
    "thioether S": "[SX2;+0]",
    "halide": "[F-,Cl-,Br-,I-]",
}
"""Kind of donor -> SMARTS, strongest first."""


@dataclass(frozen=True)
class Donor:
    """An atom that can bind a metal ion."""

    atom: int
    """Index in the molecule; hydrogens come after the heavy atoms and change no index."""
    kind: str


def find_donors(molecule: Molecule, most: int = 4, distinct: bool = True) -> list[Donor]:
    """At most `most` donors, strongest class first, one of each set of equivalent atoms.

    Without `distinct` every equivalent atom is one, as a ligand that holds the metal twice needs.
    Within a class the atom with the more negative Gasteiger charge comes first. An atom of an
    ester, acid or acid amide that is not its oxo oxygen is no donor. Empty where nothing binds.
    """
    mol = molecule.rdkit
    rdPartialCharges.ComputeGasteigerCharges(mol)
    ranks = list(Chem.CanonicalRankAtoms(mol, breakTies=False, includeChirality=True))
    donors: list[Donor] = []
    taken: set[int] = set()
    for kind, pattern in _patterns().items():
        matches = {match[0] for match in mol.GetSubstructMatches(pattern)}
        for atom in sorted(matches, key=lambda a: (_charge(mol, a), a)):
            if not (distinct and ranks[atom] in taken):
                taken.add(ranks[atom])
                donors.append(Donor(atom, kind))
    return donors[:most]


@cache
def _patterns() -> dict[str, Chem.Mol]:
    return {kind: Chem.MolFromSmarts(smarts) for kind, smarts in CLASSES.items()}


def _charge(mol: Chem.Mol, atom: int) -> float:
    charge = mol.GetAtomWithIdx(atom).GetDoubleProp("_GasteigerCharge")
    return charge if math.isfinite(charge) else 0.0


def partial_charges(molecule: Molecule) -> NDArray[np.float64]:
    """Gasteiger charges of all atoms, hydrogens included, in the order of conformers, e."""
    mol = with_hydrogens(molecule)
    rdPartialCharges.ComputeGasteigerCharges(mol)
    return np.array([_charge(mol, atom) for atom in range(mol.GetNumAtoms())])
