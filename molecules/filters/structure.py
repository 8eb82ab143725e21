"""Filters on what a molecule is made of: elements, size, charge, rings that can exist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from molecules.filters.base import require_number
from molecules.molecule import Molecule

SMALL_RING = 4
CAGE_RING = 5
LARGEST_BREDT_RING = 7
SMALLEST_CYCLOALKYNE = 9


@dataclass(frozen=True)
class Elements:
    """Only the elements that the campaign allows, natural isotopes only."""

    allowed: Sequence[str]
    """Element symbols; hydrogen is always allowed."""
    name: str = "elements"

    def __post_init__(self) -> None:
        object.__setattr__(self, "allowed", frozenset(str(symbol) for symbol in self.allowed))

    def reason(self, molecule: Molecule) -> str | None:
        """Name the elements or isotopes that are not allowed."""
        symbol = Chem.GetPeriodicTable().GetElementSymbol
        others = {symbol(kind.number) for kind in molecule.kinds} - set(self.allowed) - {"H"}
        if others:
            return f"elements {', '.join(sorted(others))} not allowed"
        if any(kind.isotope for kind in molecule.kinds):
            return "elements with isotope labels not allowed"
        return None


@dataclass(frozen=True)
class SingleFragment:
    """One covalently bound species: a salt is not one molecule, its ions are two."""

    name: str = "fragments"

    def reason(self, molecule: Molecule) -> str | None:
        """Count the fragments where there are several."""
        n_fragments = molecule.smiles.count(".") + 1
        return None if n_fragments == 1 else f"fragments {n_fragments} > 1"


@dataclass(frozen=True)
class NetCharge:
    """Net charge within a range, e."""

    low: int
    high: int
    name: str = "charge"

    def __post_init__(self) -> None:
        require_number(self.name, self.low)
        require_number(self.name, self.high)

    def reason(self, molecule: Molecule) -> str | None:
        """Compare the net charge with its limits."""
        charge = molecule.charge
        if self.low <= charge <= self.high:
            return None
        return f"charge {charge:+d} outside {self.low:+d}..{self.high:+d}"


@dataclass(frozen=True)
class OfChargeClass:
    """Only some of neutral, anion, cation, zwitterion."""

    allowed: Sequence[str]
    name: str = "charge_class"

    def reason(self, molecule: Molecule) -> str | None:
        """Name the charge class where it is not allowed."""
        kind = molecule.charge_class
        return None if kind in set(self.allowed) else f"charge_class {kind} not allowed"


@dataclass(frozen=True)
class HeavyAtoms:
    """Number of atoms other than hydrogen within a range."""

    low: int
    high: int
    name: str = "heavy_atoms"

    def __post_init__(self) -> None:
        require_number(self.name, self.low)
        require_number(self.name, self.high)

    def reason(self, molecule: Molecule) -> str | None:
        """Compare the size with its limits."""
        n_heavy = molecule.n_heavy
        if self.low <= n_heavy <= self.high:
            return None
        return f"heavy_atoms {n_heavy} outside {self.low}..{self.high}"


@dataclass(frozen=True)
class ClosedShell:
    """No unpaired electron: a radical is not a substance on a shelf."""

    name: str = "radicals"

    def reason(self, molecule: Molecule) -> str | None:
        """Count the unpaired electrons where there are any."""
        if not any(kind.n_radicals for kind in molecule.kinds):
            return None
        unpaired = sum(atom.GetNumRadicalElectrons() for atom in molecule.graph.GetAtoms())
        return f"radicals {unpaired} unpaired electrons"


@dataclass(frozen=True)
class RingSize:
    """No ring larger than `largest` atoms."""

    largest: int
    name: str = "ring_size"

    def reason(self, molecule: Molecule) -> str | None:
        """Compare the largest ring with its limit."""
        sizes = [len(ring) for ring in molecule.graph.GetRingInfo().AtomRings()]
        largest = max(sizes, default=0)
        return f"ring_size {largest} > {self.largest}" if largest > self.largest else None


@dataclass(frozen=True)
class Strain:
    """No ring system that cannot be bottled: fused small rings, cages, anti-Bredt alkenes.

    QM9 enumerates such graphs and a generator that learned from it would offer them: their
    computed levels can be excellent and nobody can make them.
    """

    largest_small_rings: int = 2
    """Most three- and four-membered rings in a molecule."""
    name: str = "strain"

    def reason(self, molecule: Molecule) -> str | None:
        """Name the first strained motif."""
        mol = molecule.graph
        rings = [frozenset(ring) for ring in mol.GetRingInfo().AtomRings()]
        if not rings:
            return None
        small = [ring for ring in rings if len(ring) <= SMALL_RING]
        if len(small) > self.largest_small_rings:
            return f"strain {len(small)} small rings > {self.largest_small_rings}"
        return _shared_small_rings(small) or _cage(mol, rings) or _strained_bond(mol)


def _shared_small_rings(small: Sequence[frozenset[int]]) -> str | None:
    for i, ring in enumerate(small):
        for other in small[:i]:
            shared = len(ring & other)
            if shared >= 2:
                return "strain two small rings share a bond"
            if shared and len(ring) == len(other) == 3:
                return "strain two three-membered rings share an atom"
    return None


def _cage(mol: Chem.Mol, rings: Sequence[frozenset[int]]) -> str | None:
    tight = [ring for ring in rings if len(ring) <= CAGE_RING]
    for atom in range(mol.GetNumAtoms()) if len(tight) > 2 else ():
        if sum(atom in ring for ring in tight) > 2:
            return "strain an atom in three small rings (cage)"
    return None


def _strained_bond(mol: Chem.Mol) -> str | None:
    info = mol.GetRingInfo()
    bonds = (bond for bond in mol.GetBonds() if bond.GetBondTypeAsDouble() >= 2)
    multiple = [bond for bond in bonds if info.NumBondRings(bond.GetIdx())]
    if not multiple:
        return None
    bridgeheads: list[int] = []
    rdMolDescriptors.CalcNumBridgeheadAtoms(mol, atoms=bridgeheads)  # type: ignore[arg-type]  # fills the list
    for bond in multiple:
        smallest = info.MinBondRingSize(bond.GetIdx())
        if smallest == 3:
            return "strain double bond in a three-membered ring"
        if bond.GetBondTypeAsDouble() > 2 and smallest < SMALLEST_CYCLOALKYNE:
            return f"strain triple bond in a ring of {smallest}"
        ends = {bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()}
        if smallest <= LARGEST_BREDT_RING and ends & set(bridgeheads):
            return "strain double bond at a bridgehead"
    return None
