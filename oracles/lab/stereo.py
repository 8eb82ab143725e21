"""Stereo: whether a drawing names one compound, for stereoisomers are different additives.

Mannitol, sorbitol and galactitol share one drawing without stereo and differ as additives, so
such a drawing is ambiguous. A racemate is not: its two mirror images act alike on zinc.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rdkit import Chem
from rdkit.Chem import EnumerateStereoisomers as isomers

MOST_ISOMERS = 16
"""Isomers that are built before a drawing is called ambiguous; two that differ are enough."""
_INVERTED = {
    Chem.ChiralType.CHI_TETRAHEDRAL_CW: Chem.ChiralType.CHI_TETRAHEDRAL_CCW,
    Chem.ChiralType.CHI_TETRAHEDRAL_CCW: Chem.ChiralType.CHI_TETRAHEDRAL_CW,
}


@dataclass(frozen=True)
class Stereo:
    """What a drawing leaves open."""

    n_compounds: int
    """That it may stand for, mirror images counted once; up to a limit."""
    is_racemic: bool
    """Whether it leaves open which of two mirror images it is, and nothing else."""


@lru_cache(maxsize=10_000)
def stereo_of(smiles: str) -> Stereo:
    """What the drawing of one molecule leaves open.

    Double bonds to nitrogen are left out: they turn over in water, or are always drawn without.
    """
    mol = Chem.MolFromSmiles(smiles)
    if not any(_is_open(mol, element) for element in Chem.FindPotentialStereo(mol)):
        return Stereo(1, False)
    options = isomers.StereoEnumerationOptions(  # type: ignore[no-untyped-call]
        tryEmbedding=True, onlyUnassigned=True, unique=True, maxIsomers=MOST_ISOMERS, rand=0
    )
    compounds = set()
    for isomer in isomers.EnumerateStereoisomers(mol, options):  # type: ignore[no-untyped-call]
        for bond in isomer.GetBonds():
            if _is_to_nitrogen(bond) and not _is_drawn(mol, bond.GetIdx()):
                bond.SetStereo(Chem.BondStereo.STEREONONE)
        compounds.add(tuple(sorted({_written(isomer), _written(_mirrored(isomer))})))
    is_racemic = len(compounds) == 1 and any(len(images) > 1 for images in compounds)
    return Stereo(max(1, len(compounds)), is_racemic)


def _is_open(mol: Chem.Mol, element: Chem.StereoInfo) -> bool:
    if str(element.specified) != "Unspecified":
        return False
    is_bond = str(element.type).startswith("Bond")
    return not (is_bond and _is_to_nitrogen(mol.GetBondWithIdx(element.centeredOn)))


def _is_to_nitrogen(bond: Chem.Bond) -> bool:
    return bond.GetBondType() == Chem.BondType.DOUBLE and 7 in {
        bond.GetBeginAtom().GetAtomicNum(),
        bond.GetEndAtom().GetAtomicNum(),
    }


def _is_drawn(mol: Chem.Mol, bond_index: int) -> bool:
    return bool(mol.GetBondWithIdx(bond_index).GetStereo() > Chem.BondStereo.STEREOANY)


def _mirrored(mol: Chem.Mol) -> Chem.Mol:
    mirror = Chem.RWMol(mol)
    for atom in mirror.GetAtoms():
        tag = atom.GetChiralTag()
        atom.SetChiralTag(_INVERTED.get(tag, tag))
    return mirror


def _written(mol: Chem.Mol) -> str:
    return str(Chem.MolToSmiles(Chem.MolFromSmiles(Chem.MolToSmiles(mol))))
