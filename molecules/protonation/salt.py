"""Salt: the record of all species of a formula, the counter-ions and solvent included."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from rdkit import Chem

from molecules.molecule import Molecule


@dataclass(frozen=True)
class Species:
    """One species of a formula and how often it occurs there."""

    molecule: Molecule
    count: int


@dataclass(frozen=True)
class Salt:
    """The species that a campaign is about, and everything that comes with it."""

    main: Species
    others: tuple[Species, ...]
    """Counter-ions, solvent, a second component: they act in the electrolyte too."""

    @property
    def species(self) -> tuple[Species, ...]:
        """All species, the main one first."""
        return (self.main, *self.others)

    def __str__(self) -> str:
        return " + ".join(f"{one.count} {one.molecule}" for one in self.species)


def split_salt(smiles: str) -> Salt:
    """Split a SMILES into its species; the largest organic one is the main species.

    Raises:
        InvalidMoleculeError: `smiles` names no molecule.
    """
    whole = Molecule.from_smiles(smiles)
    counts = Counter(map(Molecule.from_smiles, whole.smiles.split(".")))
    main, *others = sorted(counts, key=_rank)
    return Salt(
        Species(main, counts[main]), tuple(Species(other, counts[other]) for other in others)
    )


def _rank(molecule: Molecule) -> tuple[bool, int, str]:
    has_carbon = molecule.rdkit.HasSubstructMatch(Chem.MolFromSmarts("[#6]"))
    return not has_carbon, -molecule.n_heavy, molecule.smiles
