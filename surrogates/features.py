"""Features: what a surrogate sees of a molecule, as counts of its parts and named descriptors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors
from scipy.spatial.distance import cdist

from molecules import Molecule

N_BITS = 2048
RADIUS = 3
"""Bonds around each atom: radius 3 is the ECFP6 of 10.1021/ci100050t."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Descriptor:
    """A named number of a molecule and the spread it has among small organic molecules."""

    name: str
    scale: float
    """Standard deviation over the starter library's 10,059 molecules, rounded. Fixed, so that a
    belief depends on labels only through the labels; the kernel is blind to an offset, so there
    is none."""
    value: Callable[[Chem.Mol], float]


# Pauling's scale; an element that is not here counts as carbon.
ELECTRONEGATIVITY = {
    **{1: 2.20, 5: 2.04, 6: 2.55, 7: 3.04, 8: 3.44, 9: 3.98, 14: 1.90, 15: 2.19, 16: 2.58},
    **{17: 3.16, 34: 2.55, 35: 2.96, 53: 2.66},
}
N_NEON = 10
N_PI = {Chem.BondType.DOUBLE: 1, Chem.BondType.TRIPLE: 2}


def _charged_atoms(mol: Chem.Mol) -> float:
    """Number of charged atoms: tells a zwitterion from its neutral form."""
    return float(sum(atom.GetFormalCharge() != 0 for atom in mol.GetAtoms()))


def _heavy_elements(mol: Chem.Mol) -> float:
    """Number of atoms beyond the second period: S, P, Cl, Br, I bind and are reduced otherwise."""
    return float(sum(atom.GetAtomicNum() > N_NEON for atom in mol.GetAtoms()))


def _pi_bonds(mol: Chem.Mol) -> float:
    """Number of pi bonds outside aromatic rings: where the lowest empty orbital often is."""
    return float(sum(N_PI.get(bond.GetBondType(), 0) for bond in mol.GetBonds()))


def _conjugated_atoms(mol: Chem.Mol) -> float:
    """Size of the largest conjugated system, in atoms."""
    cuts = [bond.GetIdx() for bond in mol.GetBonds() if not bond.GetIsConjugated()]
    pieces = Chem.GetMolFrags(Chem.FragmentOnBonds(mol, cuts, addDummies=False) if cuts else mol)
    largest = max(len(piece) for piece in pieces)
    return float(largest if largest > 1 else 0)


def _electronegativity(mol: Chem.Mol) -> float:
    """Mean over all atoms, hydrogen included."""
    carbon, hydrogen = ELECTRONEGATIVITY[6], ELECTRONEGATIVITY[1]
    n_hydrogen = sum(atom.GetTotalNumHs() for atom in mol.GetAtoms())
    heavy = sum(ELECTRONEGATIVITY.get(atom.GetAtomicNum(), carbon) for atom in mol.GetAtoms())
    return float((heavy + n_hydrogen * hydrogen) / (mol.GetNumAtoms() + n_hydrogen))


# Chosen among 17 by the error of 200 labels on FreeSolv hydration and on GFN2 orbital energies.
DESCRIPTORS: tuple[Descriptor, ...] = (
    Descriptor("heavy_atoms", 3.3, lambda mol: float(mol.GetNumHeavyAtoms())),
    Descriptor("clogp", 1.4, lambda mol: float(rdMolDescriptors.CalcCrippenDescriptors(mol)[0])),
    Descriptor("polar_surface", 28.0, lambda mol: float(rdMolDescriptors.CalcTPSA(mol))),
    Descriptor("bond_donors", 1.0, lambda mol: float(rdMolDescriptors.CalcNumHBD(mol))),
    Descriptor("bond_acceptors", 1.4, lambda mol: float(rdMolDescriptors.CalcNumHBA(mol))),
    Descriptor("fraction_sp3", 0.3, lambda mol: float(rdMolDescriptors.CalcFractionCSP3(mol))),
    Descriptor("pi_bonds", 1.1, _pi_bonds),
    Descriptor("conjugated_atoms", 3.8, _conjugated_atoms),
    Descriptor("electronegativity", 0.11, _electronegativity),
    Descriptor("heavy_elements", 0.6, _heavy_elements),
    Descriptor("charge", 0.6, lambda mol: float(Chem.GetFormalCharge(mol))),
    Descriptor("charged_atoms", 0.7, _charged_atoms),
)


@dataclass(frozen=True)
class Features:
    """Features of `n` molecules."""

    counts: NDArray[np.float32]
    """How often each circular substructure occurs (count ECFP6, hashed), `n x 2048`; integers."""
    descriptors: Floats
    """`DESCRIPTORS` over their scales, `n x 12`."""

    def __len__(self) -> int:
        return len(self.counts)


def featurise(molecules: Sequence[Molecule]) -> Features:
    """Compute, or recall, the features of `molecules`."""
    sparse = [_sparse(molecule) for molecule in molecules]
    counts = np.zeros((len(sparse), N_BITS), dtype=np.float32)
    if sparse:
        rows = np.repeat(np.arange(len(sparse)), [len(s[0]) for s in sparse])
        columns = np.concatenate([s[0] for s in sparse])
        counts[rows, columns] = np.concatenate([s[1] for s in sparse])
    descriptors = np.array([s[2] for s in sparse], dtype=np.float64)
    return Features(counts, descriptors.reshape(len(sparse), len(DESCRIPTORS)))


def tanimoto(a: Features, b: Features) -> Floats:
    """Count Tanimoto similarity <a, b> / (|a|^2 + |b|^2 - <a, b>), `n x m`, in [0, 1].

    This dot-product form is positive definite for real vectors (arXiv 2306.14809). Products of
    counts are integers below 2^24, so single precision is exact.
    """
    dot = (a.counts @ b.counts.T).astype(np.float64)
    norm_a = np.einsum("ij,ij->i", a.counts, a.counts).astype(np.float64)
    norm_b = np.einsum("ij,ij->i", b.counts, b.counts).astype(np.float64)
    similarity: Floats = dot / (norm_a[:, None] + norm_b[None, :] - dot)
    return similarity


def squared_distance(a: Features, b: Features) -> Floats:
    """Squared Euclidean distance between scaled descriptors, `n x m`."""
    distance: Floats = cdist(a.descriptors, b.descriptors, "sqeuclidean")
    return distance


@lru_cache(maxsize=1)
def _generator() -> rdFingerprintGenerator.FingerprintGenerator64:
    return rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS, fpSize=N_BITS)


@lru_cache(maxsize=100_000)
def _sparse(molecule: Molecule) -> tuple[NDArray[np.int64], NDArray[np.float32], tuple[float, ...]]:
    """Set positions, their counts, scaled descriptors: about 1 kB a molecule."""
    mol = molecule.rdkit
    counts = _generator().GetCountFingerprintAsNumPy(mol)
    columns = np.flatnonzero(counts)
    values = tuple(descriptor.value(mol) / descriptor.scale for descriptor in DESCRIPTORS)
    return columns, counts[columns].astype(np.float32), values
