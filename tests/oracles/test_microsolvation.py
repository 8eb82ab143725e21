"""Microsolvation: waters on a species, placed with room and relaxed without breaking anything."""

from dataclasses import replace

import numpy as np
import pytest
from ase.units import kcal, mol

from molecules import Molecule, Status
from oracles.base import OracleError
from oracles.engines.tblite import Tblite
from oracles.recipes.donors import partial_charges
from oracles.recipes.ground import GroundState
from oracles.recipes.microsolvation import SMALLEST_CLEARANCE, Microsolvation, watered

LOOSE = Tblite(accuracy=10.0)
QUICK = Microsolvation(LOOSE, n_built=6, n_short=2, n_full=2, generations=2, n_moved=2, n_again=1)


def shapes(smiles):
    molecule = Molecule.from_smiles(smiles)
    found = GroundState(LOOSE, n_conformers=2).relax(molecule, 0)
    return [o.species for o in found], partial_charges(molecule)


def binding(smiles, n_waters, search=QUICK):
    """Energy of n waters on a species less that of the species and the waters apart, kcal/mol."""
    species, charges = shapes(smiles)
    water = shapes("O")[0][0]
    cluster = search.clusters(species, charges, n_waters, seed=0)[0]
    apart = min(LOOSE.energy(s) for s in species) + n_waters * LOOSE.energy(water)
    return (cluster.energy_ev - apart) * mol / kcal


def test_waters_have_room_and_keep_the_species_in_place():
    species, charges = shapes("CC(=O)[O-]")
    atoms = watered(species[0].atoms, charges, 3, 4, np.random.default_rng(0))
    assert len(atoms) == len(species[0].atoms) + 9
    assert np.allclose(atoms.positions[:-9], species[0].atoms.positions)
    distances = atoms.get_all_distances()
    for first in range(len(atoms) - 9, len(atoms), 3):
        rest = np.delete(np.arange(len(atoms)), range(first, first + 3))
        assert distances[first : first + 3][:, rest].min() > SMALLEST_CLEARANCE


def test_clusters_keep_their_bonds_and_come_lowest_first():
    species, charges = shapes("CC(=O)[O-]")
    found = QUICK.clusters(species, charges, 2, seed=1)
    energies = [o.energy_ev for o in found]
    assert energies == sorted(energies)
    for one in found:
        waters = one.species.atoms[len(charges) :]
        assert one.species.charge == -1 and str(waters.symbols) == "OH2OH2"
        assert waters.get_distance(0, 1) < 1.1 and waters.get_distance(3, 5) < 1.1


def test_a_cluster_that_is_not_relaxed_is_none():
    species, charges = shapes("O")
    with pytest.raises(OracleError) as error:
        replace(QUICK, steps=1, short_steps=1, fmax=1e-5).clusters(species, charges, 2, seed=1)
    assert error.value.status is Status.NOT_CONVERGED


def test_an_anion_holds_its_waters_more_firmly_than_its_neutral_acid():
    assert binding("CC(=O)[O-]", 2) < binding("CC(=O)O", 2) - 2


def test_the_same_seed_finds_the_same_cluster():
    assert binding("O", 2) == binding("O", 2)


def test_a_cluster_without_waters_is_refused():
    with pytest.raises(ValueError, match="n_waters=0"):
        Microsolvation(LOOSE, n_waters=0)


@pytest.mark.slow
def test_water_is_bound_in_its_clusters_as_they_are_known():
    # GFN2/ALPB, the lowest of 24 starts and their kin, found here with other seeds and settings:
    # -2.2 for the dimer, -15.1 for the pentamer, kcal/mol
    thorough = Microsolvation(LOOSE)
    assert binding("O", 1, thorough) == pytest.approx(-2.2, abs=0.3)
    assert binding("O", 4, thorough) == pytest.approx(-15.1, abs=1.5)
