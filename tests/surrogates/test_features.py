import numpy as np
import pytest

from molecules import Molecule
from surrogates.features import DESCRIPTORS, featurise, squared_distance, tanimoto


def molecule(smiles: str) -> Molecule:
    return Molecule.from_smiles(smiles)


def test_tanimoto_is_symmetric_positive_definite_and_one_on_the_diagonal(many):
    features = featurise(many)
    similarity = tanimoto(features, features)
    assert np.array_equal(similarity, similarity.T)
    assert np.allclose(np.diag(similarity), 1.0)
    assert np.linalg.eigvalsh(similarity).min() > -1e-12
    assert 0.0 <= similarity.min() and similarity.max() <= 1.0


def test_tanimoto_equals_its_formula_on_one_pair():
    a, b = featurise([molecule("CCO")]), featurise([molecule("CCCO")])
    x, y = a.counts[0].astype(float), b.counts[0].astype(float)
    assert np.isclose(tanimoto(a, b)[0, 0], x @ y / (x @ x + y @ y - x @ y))


def test_counts_tell_apart_chains_that_have_the_same_parts():
    long, longer = featurise([molecule("C" * 12)]), featurise([molecule("C" * 14)])
    assert np.array_equal(long.counts > 0, longer.counts > 0)
    assert tanimoto(long, longer)[0, 0] < 1.0


def described(smiles: str) -> dict[str, float]:
    """Descriptors of one molecule, unscaled."""
    return {entry.name: entry.value(molecule(smiles).rdkit) for entry in DESCRIPTORS}


def test_an_ion_differs_from_its_parent_in_parts_and_descriptors():
    parent, ion = featurise([molecule("CC(=O)O")]), featurise([molecule("CC(=O)[O-]")])
    assert tanimoto(parent, ion)[0, 0] < 0.8
    assert squared_distance(parent, ion)[0, 0] > 1.0
    assert described("CC(=O)[O-]")["charge"] == -1.0
    assert described("CC(=O)[O-]")["charged_atoms"] == 1.0


def test_a_zwitterion_has_charged_atoms_and_no_charge():
    found = described("[NH3+]CC(=O)[O-]")
    assert (found["charge"], found["charged_atoms"]) == (0.0, 2.0)


@pytest.mark.parametrize(
    ("smiles", "atoms", "bonds"),
    [
        ("CC", 0, 0),
        ("C=C", 0, 1),
        ("C=CC=C", 4, 2),
        ("c1ccccc1", 6, 0),
        ("CC#N", 0, 2),
        ("NC=O", 3, 1),
    ],
)
def test_conjugated_systems_and_pi_bonds_are_counted(smiles, atoms, bonds):
    found = described(smiles)
    assert (found["conjugated_atoms"], found["pi_bonds"]) == (atoms, bonds)


def test_electronegativity_is_the_mean_over_all_atoms():
    assert described("O")["electronegativity"] == pytest.approx((3.44 + 2 * 2.20) / 3)
    assert described("FC(F)(F)F")["electronegativity"] > described("C")["electronegativity"]


def test_features_of_no_molecules_are_empty():
    empty = featurise([])
    assert tanimoto(empty, empty).shape == (0, 0)
    assert squared_distance(empty, featurise([molecule("O")])).shape == (0, 1)


def test_the_distance_of_a_molecule_to_itself_is_zero(many):
    features = featurise(many)
    assert np.all(np.diag(squared_distance(features, features)) == 0.0)
