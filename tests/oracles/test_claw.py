"""Bites and claws: which donors hold a metal together, and how the ligand folds around it."""

from itertools import combinations, cycle

import numpy as np
import pytest
from ase import Atoms
from rdkit import Chem
from scipy.spatial.distance import cdist, pdist

from molecules import Molecule
from molecules.geometry import conformers, with_hydrogens
from oracles.recipes.bites import find_bites
from oracles.recipes.bonds import has_same_bonds
from oracles.recipes.claw import claws
from oracles.recipes.donors import partial_charges
from oracles.recipes.start import (
    SITES,
    SMALLEST_CLEARANCE,
    WATER_DISTANCE,
    bond_length,
    build_chelate,
)

EDTA = "O=C([O-])CN(CCN(CC(=O)[O-])CC(=O)[O-])CC(=O)[O-]"
CLAWED = ["NCC(=O)[O-]", "NCCN", "O=C([O-])C(=O)[O-]", "c1ccc(-c2ccccn2)nc1", "OCC(O)CO", EDTA]
FOLDING = [
    "NCC[S-]",
    "NCC[O-]",
    "CC(O)C(=O)[O-]",
    "CC(C(=O)[O-])C(=O)[O-]",
    "CC(C)(C(=O)[O-])C(=O)[O-]",
    "O=C([O-])CCC(=O)[O-]",
    "CC(O)Cc1ccccn1",
    "NCCN(CCN)CCN",
    "O=C([O-])CC(O)(CC(=O)[O-])C(=O)[O-]",
]
"""Alone they would fold a C-H or an N-H on a site that belongs to a water."""


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


@pytest.mark.parametrize("smiles", [*CLAWED, *FOLDING])
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
        assert (reach[others] > np.where(numbers[others] == 1, 2.1, 2.4) - 1e-9).all()
        assert has_same_bonds(free, claw.ligand)


@pytest.mark.parametrize("smiles", ["NCCN", "NCC[S-]", "CC(C(=O)[O-])C(=O)[O-]", "NCCNCCN"])
def test_no_claw_comes_twice(smiles):
    molecule = Molecule.from_smiles(smiles)
    donors = [donor.atom for donor in find_bites(molecule)[0]]
    found = [np.vstack([c.ligand.positions, c.center]) for c in claws(molecule, donors, 8, seed=0)]
    distances = [np.sort(pdist(points)) for points in found]
    assert len(distances) > 1
    assert all(np.abs(a - b).max() > 0.1 for a, b in combinations(distances, 2))


def test_a_double_bond_is_not_forced_over_to_close_a_claw():
    fumarate = Molecule.from_smiles("O=C([O-])/C=C/C(=O)[O-]")
    for claw in claws(fumarate, [2, 7], 8, seed=0):
        shape = Chem.Conformer(len(claw.ligand))
        shape.SetPositions(claw.ligand.positions)
        mol = with_hydrogens(fumarate)
        mol.AddConformer(shape)
        Chem.AssignStereochemistryFrom3D(mol)
        assert Molecule.from_smiles(Chem.MolToSmiles(Chem.RemoveHs(mol))) == fumarate


def test_what_cannot_close_has_no_claw():
    assert claws(Molecule.from_smiles("N#CC#N"), [0, 3], 4, seed=0) == []


def test_the_same_seed_folds_the_same_claws():
    molecule = Molecule.from_smiles("NCCN")
    one, two = (claws(molecule, [0, 3], 3, seed=5) for _ in range(2))
    assert all(
        np.array_equal(a.ligand.positions, b.ligand.positions)
        for a, b in zip(one, two, strict=True)
    )


@pytest.mark.parametrize("smiles", FOLDING)
def test_most_starts_have_room_for_their_waters(smiles):
    molecule = Molecule.from_smiles(smiles)
    charges = partial_charges(molecule)
    donors = [donor.atom for donor in find_bites(molecule)[0]]
    found = claws(molecule, donors, 8, seed=0)
    random = np.random.default_rng(0)
    built = [
        build_chelate("Zn", claw.ligand, claw.center, donors, charges, 1 + k % 12, random)
        for k, claw in zip(range(24), cycle(found), strict=False)
    ]
    assert sum(shell is not None for shell in built) >= 20


def test_the_same_random_source_draws_the_same_waters():
    molecule = Molecule.from_smiles("NCC[S-]")
    (claw, *_), charges = claws(molecule, [0, 3], 8, seed=0), partial_charges(molecule)
    one, two = (
        build_chelate(
            "Zn", claw.ligand, claw.center, [0, 3], charges, 4, np.random.default_rng(7)
        ).atoms.positions
        for _ in range(2)
    )
    assert np.array_equal(one, two)


def beside_a_site(height):
    """Two donors at a right angle, and a hydrogen `height` angstrom above a water's site."""
    ligand = Atoms("N2H", [(2.1, 0.0, 0.0), (0.0, 2.1, 0.0), (-2.12, 0.0, height)])
    random = np.random.default_rng(0)
    return build_chelate("Zn", ligand, np.zeros(3), [0, 1], np.zeros(3), 4, random)


def test_a_water_leans_away_from_what_is_beside_its_site():
    shell = beside_a_site(1.3)
    waters, ligand = shell.atoms.positions[1:13], shell.ligand.positions
    assert cdist(waters, ligand).min() >= SMALLEST_CLEARANCE
    oxygens = waters[::3]
    assert np.linalg.norm(oxygens, axis=1) == pytest.approx([WATER_DISTANCE] * 4)
    assert (oxygens @ oxygens.T / WATER_DISTANCE**2 - np.eye(4)).max() < 0.65
    assert np.degrees(np.arccos(-oxygens[:, 0].min() / WATER_DISTANCE)) < 21


def test_a_site_that_is_taken_has_no_room_for_a_water():
    assert beside_a_site(0.0) is None


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
