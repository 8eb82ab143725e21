"""Standardise: the structure of a database's row becomes the one way in which we write it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from rdkit import Chem
from rdkit.Chem.MolStandardize import rdMolStandardize

from molecules.double_bonds import with_double_bonds
from molecules.molecule import LONGEST_SMILES, InvalidMoleculeError, Molecule
from molecules.sources.base import Entry, Notation, Rejected

RULES = """
sulfoxide with separated charges\t[#6,#7,#8:3]-[S+;X3:1](-[#6,#7,#8:4])-[O-;X1:2]>>[*:3]-[S+0:1](-[*:4])=[O+0:2]
sulfone with separated charges\t[S+2;X4:1](-[O-;X1:2])-[O-;X1:3]>>[S+0:1](=[O+0:2])=[O+0:3]
sulfonyl with one separated charge\t[S+;X4:1](=[O:3])-[O-;X1:2]>>[S+0:1](=[O:3])=[O+0:2]
phosphine oxide with separated charges\t[P+;X4:1]-[O-;X1:2]>>[P+0:1]=[O+0:2]
"""  # noqa: E501
"""What RDKit's own sanitisation leaves in two ways. RDKit's default rules are not used: they write
a sulfoxide with separated charges, and nobody draws dimethyl sulfoxide so."""
RESTORED = "double bonds restored between radicals"


@dataclass(frozen=True, slots=True)
class Standardised:
    """An entry whose structure is one of our molecules."""

    molecule: Molecule
    remarks: tuple[str, ...] = ()
    """What a person may want counted: double bonds restored, unpaired electrons, several fragments,
    another InChIKey."""


def standardise(entry: Entry) -> Standardised | Rejected:
    """The molecule of an entry: normalised and canonical; charges, isotopes and salts as given.

    Radicals stay, too, unless the entry says that they are lost double bonds. Nothing is
    neutralised and no counter-ion is dropped: which form of an acid or a salt lives in the
    electrolyte is a question that the funnel answers in the open.
    """
    mol = _read(entry)
    if isinstance(mol, Rejected):
        return mol
    restored = with_double_bonds(mol) if entry.is_closed_shell and _has_radicals(mol) else None
    mol = restored or mol
    try:
        molecule = Molecule.from_smiles(Chem.MolToSmiles(_normalizer().normalize(mol)))
    except (InvalidMoleculeError, ValueError, RuntimeError):
        return Rejected(entry.identifier, "structure cannot be written back")
    said = (RESTORED,) if restored else ()
    return Standardised(molecule, (*said, *_remarks(mol, molecule, entry)))


def _read(entry: Entry) -> Chem.Mol | Rejected:
    text = entry.structure.strip() if entry.notation == "smiles" else entry.structure
    if not text:
        return Rejected(entry.identifier, f"no {entry.notation}")
    if entry.notation == "smiles" and len(text) > LONGEST_SMILES:
        return Rejected(entry.identifier, f"smiles longer than {LONGEST_SMILES} characters")
    mol = _READERS[entry.notation](text)
    if mol is None or not mol.GetNumAtoms():
        return Rejected(entry.identifier, f"{entry.notation} does not parse")
    return mol


_READERS: Mapping[Notation, Callable[[str], Chem.Mol | None]] = {
    "smiles": Chem.MolFromSmiles,
    "inchi": Chem.MolFromInchi,
    "molblock": Chem.MolFromMolBlock,
}


@cache
def _normalizer() -> rdMolStandardize.Normalizer:
    return rdMolStandardize.NormalizerFromData(RULES.strip(), rdMolStandardize.CleanupParameters())


def _has_radicals(mol: Chem.Mol) -> bool:
    return any(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms())


def _remarks(mol: Chem.Mol, molecule: Molecule, entry: Entry) -> list[str]:
    remarks = []
    if _has_radicals(mol):
        remarks.append("unpaired electrons")
    if "." in molecule.smiles:
        remarks.append("several fragments")
    if entry.inchikey and entry.inchikey != molecule.inchikey:
        remarks.append("another InChIKey than the database gives")
    return remarks
