"""Donors, complexes and bonds: what is built next to the metal, and how it is judged."""

import numpy as np
import pytest
from ase.build import molecule as g2

from molecules import Molecule
from molecules.geometry import conformers
from oracles.recipes.bonds import has_same_bonds
from oracles.recipes.donors import find_donors, partial_charges
from oracles.recipes.shell import SITES
from oracles.recipes.start import build, free_direction

N_WATERS = SITES - 1


def kinds(smiles):
    return [d.kind for d in find_donors(Molecule.from_smiles(smiles))]


def built(smiles="NC(N)=O", seed=0, n_caps=4):
    molecule = Molecule.from_smiles(smiles)
    (donor, *_) = find_donors(molecule)
    ligand = conformers(molecule, 1, seed=1)[0]
    charges = partial_charges(molecule)
    random = np.random.default_rng(seed)
    direction = free_direction(ligand, donor.atom, 0.2, random)
    return build("Zn", ligand, donor.atom, direction, charges, n_caps, random)


@pytest.mark.parametrize(
    ("smiles", "expected"),
    [
        ("CC(=O)[O-]", ["anion"]),
        ("CS(=O)(=O)[O-]", ["anion"]),
        ("NCC(=O)[O-]", ["anion", "amine N"]),
        ("c1c[nH]cn1", ["aromatic N"]),
        ("NC(N)=O", ["oxo O"]),
        ("CS(N)(=O)=O", ["oxo O"]),
        ("CC(=O)O", ["oxo O"]),
        ("NC(N)=S", ["thioxo S"]),
        ("C[N+](C)(C)[O-]", ["oxo O"]),
        ("CC#N", ["nitrile or imine N"]),
        ("C1CCOC1", ["ether O"]),
        ("CSC", ["thioether S"]),
        ("[Cl-]", ["halide"]),
        ("O", ["hydroxyl O"]),
        ("Nc1ccccc1", []),
        ("CC", []),
        ("C[N+](C)(C)C", []),
    ],
)
def test_donors_are_those_a_chemist_would_name(smiles, expected):
    assert kinds(smiles) == expected


def test_equivalent_donors_count_once_and_at_most_four_are_kept():
    assert kinds("OCCO") == ["hydroxyl O"]
    assert len(kinds("OCC(O)C(O)C(=O)C(O)CO")) == 4


def test_a_complex_is_an_octahedron_around_the_metal():
    complex_ = built()
    oxygens = [1 + 3 * k for k in range(N_WATERS)]
    donor = 1 + 3 * N_WATERS + complex_.donors[0]
    distances = complex_.atoms.get_distances(0, [*oxygens, donor])
    assert distances == pytest.approx([2.12] * N_WATERS + [2.05], abs=0.01)
    directions = complex_.atoms.positions[[*oxygens, donor]]
    directions = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    cosines = (directions @ directions.T)[np.triu_indices(6, 1)]
    assert sorted(np.round(cosines, 6)) == pytest.approx([-1] * 3 + [0] * 12, abs=1e-6)


def test_hydrogens_of_the_waters_point_outward():
    atoms = built().atoms
    for k in range(N_WATERS):
        oxygen, *hydrogens = (1 + 3 * k + n for n in range(3))
        for hydrogen in hydrogens:
            assert atoms.get_distance(oxygen, hydrogen) == pytest.approx(0.97, abs=1e-6)
            assert atoms.get_distance(0, hydrogen) > atoms.get_distance(0, oxygen)


def test_the_ligand_is_kept_as_it_was():
    ligand = conformers(Molecule.from_smiles("NC(N)=O"), 1, seed=1)[0]
    assert built().ligand.get_all_distances() == pytest.approx(ligand.get_all_distances())


def test_the_same_random_source_builds_the_same_complex():
    assert np.array_equal(built(seed=3).atoms.positions, built(seed=3).atoms.positions)
    assert not np.array_equal(built(seed=3).atoms.positions, built(seed=4).atoms.positions)


def test_more_arrangements_attract_the_ligand_more():
    charges = partial_charges(Molecule.from_smiles("NC(N)=O"))

    def mean_attraction(n_caps):
        complexes = [built(seed=seed, n_caps=n_caps) for seed in range(10)]
        sums = []
        for found in complexes:
            x = found.atoms.positions
            waters, ligand = x[1 : 1 + 3 * N_WATERS], x[1 + 3 * N_WATERS :]
            gaps = np.linalg.norm(waters[:, None] - ligand[None], axis=-1)
            water_charges = np.tile([-0.834, 0.417, 0.417], N_WATERS)
            sums.append((water_charges[:, None] * charges[None] / gaps).sum())
        return np.mean(sums)

    assert mean_attraction(12) < mean_attraction(1)


@pytest.mark.parametrize("smiles", ["CC(=O)[O-]", "C[N+](C)(C)C", "NC(N)=O"])
def test_partial_charges_add_up_to_the_charge(smiles):
    molecule = Molecule.from_smiles(smiles)
    assert partial_charges(molecule).sum() == pytest.approx(molecule.charge, abs=1e-3)


def test_a_fresh_complex_is_intact_and_complete():
    complex_ = built()
    assert complex_.is_intact(complex_) and complex_.has_bound_donors()
    assert (complex_.n_waters, complex_.denticity) == (5, 1)


def test_a_lost_donor_a_lost_water_and_a_moved_proton_are_seen():
    start = built()
    x = start.atoms.positions
    away = x.copy()
    away[1 + 3 * N_WATERS :] *= 2
    assert not start.relaxed(away).has_bound_donors()
    dry = x.copy()
    dry[1:4] += dry[1] * 0.5
    assert start.relaxed(dry).n_waters == 4
    acid = x.copy()
    acid[2] += 0.5 * (acid[2] - acid[1])
    assert not start.relaxed(acid).is_intact(start)


def test_bonds_survive_vibration_and_not_dissociation():
    atoms = g2("CH3CH2OH")
    shaken, torn = atoms.copy(), atoms.copy()
    shaken.rattle(0.03, seed=1)
    torn.positions[2] += 2.0
    assert has_same_bonds(atoms, shaken)
    assert not has_same_bonds(atoms, torn) and not has_same_bonds(torn, atoms)
