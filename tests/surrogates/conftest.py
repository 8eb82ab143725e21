"""Molecules and a quantity of theirs that a Gaussian process can learn."""

from collections.abc import Callable, Sequence

import pytest
import torch
from rdkit.Chem import GraphDescriptors

from molecules import Label, Molecule, Quantity

torch.set_num_threads(1)
CHAINS = ("C", "CC", "CCC", "CC(C)", "C1CC1", "CCOC", "c1ccccc1", "CC(F)", "CCCCC", "CSC")
GROUPS = (
    "O",
    "N",
    "C#N",
    "C(=O)O",
    "C(=O)[O-]",
    "C(N)=O",
    "S(C)(=O)=O",
    "[N+](C)(C)C",
    "C=O",
    "Cl",
)
SCORE = Quantity("score", "1")


@pytest.fixture(scope="session")
def many() -> list[Molecule]:
    """A hundred small molecules, sorted, a fifth of them charged."""
    return sorted({Molecule.from_smiles(chain + group) for chain in CHAINS for group in GROUPS})


def complexity(molecule: Molecule) -> float:
    """Bertz complexity over 100 (10.1021/ja00402a071): no feature of ours, yet smooth in them."""
    return float(GraphDescriptors.BertzCT(molecule.rdkit)) / 100


@pytest.fixture(scope="session")
def label() -> Callable[..., list[Label]]:
    """Labels of `score` about molecules, by a function of the molecule."""

    def make(
        molecules: Sequence[Molecule],
        value: Callable[[Molecule], float] = complexity,
        std: float = 0.0,
        quantity: Quantity = SCORE,
    ) -> list[Label]:
        return [Label(m, quantity, value(m), std, "table") for m in molecules]

    return make
