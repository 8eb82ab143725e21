"""Molecule: the identity of everything that flows through the loop."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from rdkit import Chem, RDLogger

from molecules.atoms import AtomKind, kinds_of

ChargeClass = Literal["neutral", "anion", "cation", "zwitterion"]
CHARGE_CLASSES: tuple[str, ...] = get_args(ChargeClass)
LONGEST_SMILES = 2000
HEAVY_ATOM = re.compile(r"\[(?!\d*(?:\*|H(?![a-z])))[^]]*\]|[BCNOFPSIbcnops]")
"""An atom in a canonical SMILES: in brackets unless it is hydrogen or a dummy, or bare."""

RDLogger.DisableLog("rdApp.*")  # type: ignore[attr-defined]  # parse errors reach the user as InvalidMoleculeError


class InvalidMoleculeError(ValueError):
    """A text that is not the SMILES of a molecule."""


@dataclass(frozen=True, order=True)
class Molecule:
    """A chemical species, identified by its canonical isomeric SMILES.

    Charges and stereo are part of the identity: a zwitterion, its neutral form and its
    anion are three molecules. Standard InChIKeys merge some of them, so labels are keyed by
    `smiles` and databases are joined by `inchikey`.
    """

    smiles: str
    """Canonical isomeric SMILES; build with `Molecule.from_smiles`, which canonicalises."""

    @classmethod
    def from_smiles(cls, text: str) -> Molecule:
        """Parse `text` and return the molecule it names.

        Raises:
            InvalidMoleculeError: `text` is empty, too long, does not parse, or has no atoms.
        """
        return cls(canonical_smiles(text))

    @property
    def inchikey(self) -> str:
        """Standard InChIKey, or an empty string where InChI has no answer."""
        return _inchikey(self.smiles)

    @property
    def rdkit(self) -> Chem.Mol:
        """A fresh RDKit molecule without explicit hydrogens; the caller may change it."""
        return Chem.Mol(self.graph)

    @property
    def graph(self) -> Chem.Mol:
        """The one RDKit molecule that all readers share; who changes it takes `rdkit`."""
        return _parsed(self.smiles)

    @property
    def kinds(self) -> frozenset[AtomKind]:
        """The kinds of its atoms, each once."""
        return _kinds(self.smiles)

    @property
    def charge(self) -> int:
        """Net formal charge, e."""
        return int(Chem.GetFormalCharge(self.graph))

    @property
    def n_heavy(self) -> int:
        """Number of atoms other than hydrogen."""
        # Read off the text: what falls by its size, most of a library, need not be parsed.
        return len(HEAVY_ATOM.findall(self.smiles))

    @property
    def charge_class(self) -> ChargeClass:
        """Neutral, anion, cation, or zwitterion (net zero with separated charges).

        A charge that its own neighbour cancels (nitro group, N-oxide) is a way of drawing and
        does not make a zwitterion.
        """
        return _charge_class(self.smiles)

    def __str__(self) -> str:
        return self.smiles


@lru_cache(maxsize=100_000)
def canonical_smiles(text: str) -> str:
    """Return the canonical isomeric SMILES of `text`; raise InvalidMoleculeError if it has none."""
    stripped = text.strip() if isinstance(text, str) else ""
    if not stripped:
        raise InvalidMoleculeError(f"got {text!r}, expected a SMILES string such as 'OCC(O)CO'")
    if len(stripped) > LONGEST_SMILES:
        raise InvalidMoleculeError(
            f"got a SMILES of {len(stripped)} characters ({stripped[:30]}...), "
            f"expected at most {LONGEST_SMILES}; polymers are outside the molecular models"
        )
    mol = Chem.MolFromSmiles(stripped)
    if mol is None or mol.GetNumAtoms() == 0:
        raise InvalidMoleculeError(
            f"got {stripped[:80]!r}, expected a valid SMILES; check brackets, rings, valences"
        )
    for atom in mol.GetAtoms():
        atom.SetAtomMapNum(0)
    written = str(Chem.MolToSmiles(mol))
    if written == stripped:
        return written
    # A second pass: RDKit's first output is occasionally not a fixed point of canonicalisation.
    again = Chem.MolFromSmiles(written)
    if again is None:
        raise InvalidMoleculeError(
            f"got {stripped[:80]!r}, which RDKit cannot write back as SMILES"
        )
    return str(Chem.MolToSmiles(again))


@lru_cache(maxsize=100_000)
def _parsed(smiles: str) -> Chem.Mol:
    mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        raise InvalidMoleculeError(f"got {smiles!r}; build molecules with Molecule.from_smiles")
    return mol


@lru_cache(maxsize=100_000)
def _kinds(smiles: str) -> frozenset[AtomKind]:
    return kinds_of(_parsed(smiles))


@lru_cache(maxsize=100_000)
def _inchikey(smiles: str) -> str:
    return str(Chem.MolToInchiKey(_parsed(smiles)))  # type: ignore[no-untyped-call]


@lru_cache(maxsize=100_000)
def _charge_class(smiles: str) -> ChargeClass:
    mol = _parsed(smiles)
    charge = Chem.GetFormalCharge(mol)
    if charge:
        return "cation" if charge > 0 else "anion"
    if not any(kind.charge for kind in _kinds(smiles)):
        return "neutral"
    lone = [
        atom
        for atom in mol.GetAtoms()
        if atom.GetFormalCharge()
        and not any(n.GetFormalCharge() * atom.GetFormalCharge() < 0 for n in atom.GetNeighbors())
    ]
    return "zwitterion" if lone else "neutral"
