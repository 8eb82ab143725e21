"""Bites and claws: which donors hold a metal together, and how the ligand folds around it."""

from itertools import combinations

import numpy as np
import pytest
from rdkit import Chem

from molecules import Molecule
from molecules.geometry import conformers
from oracles.recipes.bites import find_bites
from oracles.recipes.bonds import has_same_bonds
from oracles.recipes.claw import claws
from oracles.recipes.donors import partial_charges
from oracles.recipes.shell import SITES, bond_length, build_chelate

EDTA = "O=C([O-])CN(CCN(CC(=O)[O-])CC(=O)[O-])CC(=O)[O-]"
CLAWED = ["NCC(=O)[O-]", "NCCN", "O=C([O-])C(=O)[O-]", "c1ccc(-c2ccccn2)nc1", "OCC(O)CO", EDTA]


def kinds(smiles):
    return [sorted(d.kind for d in bite) for bite in find_bites(Molecule.from_smiles(smiles))]


@pytest.mark.parametrize(
    ("smiles", "first"),
    [
        ("NCC(=O)[O-]", ["amine N", "anion"]),
        ("NCCN", ["amine N", "amine N"]),
        ("O=C([O-])C(=O)[O-]", ["anion", "anion"]),
        ("c1ccc(-c2ccccn2)nc1", ["aromatic N", "aromatic N"]),
        ("O=C([O-])c1ccccc1O", ["anion", "hydroxyl O"]),
        (EDTA, ["amine N"] * 2 + ["anion"] * 4),
    ],
)
def test_the_first_bite_is_the_one_a_chemist_would_draw(smiles, first):
    assert kinds(smiles)[0] == first


@pytest.mark.parametrize("smiles", ["CC(=O)[O-]", "c1c[nH]cn1", "NC(N)=O", "CC", "NCCCCCCN"])
def test_a_ligand_whose_donors_cannot_meet_has_no_bite(smiles):
    assert kinds(smiles) == []


@pytest.mark.parametrize("smiles", CLAWED)
def test_no_two_donors_of_a_bite_are_too_close_and_every_one_closes_a_ring(smiles):
    molecule = Molecule.from_smiles(smiles)
    bonds = Chem.GetDistanceMatrix(molecule.rdkit)
    for bite in find_bites(molecule, most=10):
        atoms = [donor.atom for donor in bite]
        assert 2 <= len(set(atoms)) == len(atoms) <= SITES
        assert min(bonds[a, b] for a, b in combinations(atoms, 2)) >= 3
        assert all(min(bonds[a, b] for b in atoms if b != a) <= 5 for a in atoms)


@pytest.mark.parametrize("smiles", CLAWED)
def test_a_claw_holds_the_metal_by_its_donors_and_keeps_its_bonds(smiles):
    molecule = Molecule.from_smiles(smiles)
    free = conformers(molecule, 1, seed=0)[0]
    donors = [donor.atom for donor in find_bites(molecule)[0]]
    found = claws(molecule, donors, 4, seed=0)
    assert found
    for claw in found:
        reach = np.linalg.norm(claw.ligand.positions - claw.center, axis=1)
        numbers = claw.ligand.numbers
        assert reach[donors] == pytest.approx([bond_length(numbers[d]) for d in donors], abs=0.3)
        others = np.delete(np.arange(len(reach)), donors)
        assert reach[others].min() > 2.0
        assert has_same_bonds(free, claw.ligand)


def test_the_same_seed_folds_the_same_claws():
    molecule = Molecule.from_smiles("NCCN")
    one, two = (claws(molecule, [0, 3], 3, seed=5) for _ in range(2))
    assert all(
        np.array_equal(a.ligand.positions, b.ligand.positions)
        for a, b in zip(one, two, strict=True)
    )


@pytest.mark.parametrize("smiles", CLAWED)
def test_waters_take_the_sites_that_the_donors_leave(smiles):
    molecule = Molecule.from_smiles(smiles)
    donors = [donor.atom for donor in find_bites(molecule)[0]]
    random = np.random.default_rng(0)
    charges = partial_charges(molecule)
    built = [
        build_chelate("Zn", claw.ligand, claw.center, donors, charges, 6, random)
        for claw in claws(molecule, donors, 4, seed=0)
    ]
    shells = [shell for shell in built if shell is not None]
    assert shells
    for shell in shells:
        assert shell.n_waters == shell.n_placed == SITES - len(donors)
        assert shell.has_bound_donors() and shell.is_intact(shell)
        bound = [1 + 3 * k for k in range(shell.n_placed)]
        bound += [1 + 3 * shell.n_placed + donor for donor in donors]
        x = shell.atoms.positions[bound] - shell.atoms.positions[0]
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        assert (x @ x.T - np.eye(SITES)).max() < 0.65  # no two sites within 49 degrees
