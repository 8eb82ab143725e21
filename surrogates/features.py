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
    """Standard deviation over the 642 molecules of FreeSolv (10.1007/s10822-014-9747-x), rounded,
    and 1 for the charges, which hardly vary there. Fixed, so that a belief depends on its labels
    only through the labels; the kernel is blind to an offset, so there is none."""
    value: Callable[[Chem.Mol], float]


def _charged_atoms(mol: Chem.Mol) -> float:
    """Number of charged atoms: tells a zwitterion from its neutral form."""
    return float(sum(atom.GetFormalCharge() != 0 for atom in mol.GetAtoms()))


def _aromatic_atoms(mol: Chem.Mol) -> float:
    return float(sum(atom.GetIsAromatic() for atom in mol.GetAtoms()))


DESCRIPTORS: tuple[Descriptor, ...] = (
    Descriptor("heavy_atoms", 4.0, lambda mol: float(mol.GetNumHeavyAtoms())),
    Descriptor("clogp", 1.5, lambda mol: float(rdMolDescriptors.CalcCrippenDescriptors(mol)[0])),
    Descriptor(
        "refractivity", 17.0, lambda mol: float(rdMolDescriptors.CalcCrippenDescriptors(mol)[1])
    ),
    Descriptor("polar_surface", 22.0, lambda mol: float(rdMolDescriptors.CalcTPSA(mol))),
    Descriptor("bond_donors", 0.8, lambda mol: float(rdMolDescriptors.CalcNumHBD(mol))),
    Descriptor("bond_acceptors", 1.4, lambda mol: float(rdMolDescriptors.CalcNumHBA(mol))),
    Descriptor(
        "rotatable_bonds", 1.8, lambda mol: float(rdMolDescriptors.CalcNumRotatableBonds(mol))
    ),
    Descriptor("fraction_sp3", 0.4, lambda mol: float(rdMolDescriptors.CalcFractionCSP3(mol))),
    Descriptor("aromatic_atoms", 4.0, _aromatic_atoms),
    Descriptor("rings", 0.8, lambda mol: float(rdMolDescriptors.CalcNumRings(mol))),
    Descriptor("charge", 1.0, lambda mol: float(Chem.GetFormalCharge(mol))),
    Descriptor("charged_atoms", 1.0, _charged_atoms),
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
