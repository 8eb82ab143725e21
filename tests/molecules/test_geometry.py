"""Laws of conformers: the molecule asked for, the same for the same seed, nothing silent."""

import numpy as np
import pytest
from rdkit import Chem

from molecules import Molecule
from molecules.geometry import GeometryError, conformers, with_hydrogens


def of(smiles, **settings):
    return conformers(Molecule.from_smiles(smiles), **{"seed": 7, **settings})


def test_the_same_seed_gives_the_same_conformers():
    first, again = of("OCC(O)CO"), of("OCC(O)CO")
    assert len(first) == len(again)
    assert all(np.array_equal(a.positions, b.positions) for a, b in zip(first, again, strict=True))


def test_a_flexible_molecule_has_several_conformers_with_any_seed_and_a_rigid_one_has_one():
    for seed in (0, 1, 2):
        assert len(of("OCC(O)CO", seed=seed)) == 8
        assert len(of("c1ccccc1", seed=seed)) == len(of("O", seed=seed)) == 1


def test_hydroxyl_rotamers_are_conformers():
    assert len(of("CO", n=8)) == 1
    assert len(of("OCCO", n=8)) >= 5


def test_fewer_conformers_include_the_lowest_of_more():
    lowest = of("OCC(O)CO", n=8)[0].info["energy_kcal_mol"]
    assert of("OCC(O)CO", n=16)[0].info["energy_kcal_mol"] <= lowest + 0.05


def test_another_seed_gives_others():
    assert not np.allclose(of("OCC(O)CO")[0].positions, of("OCC(O)CO", seed=8)[0].positions)


@pytest.mark.parametrize("smiles", ["O", "[Cl-]", "C[N+](C)(C)CC(=O)[O-]", "O=S1(=O)CCCC1", "C=C"])
def test_atoms_are_those_of_the_molecule_with_its_hydrogens(smiles):
    molecule = Molecule.from_smiles(smiles)
    expected = [atom.GetAtomicNum() for atom in with_hydrogens(molecule).GetAtoms()]
    for atoms in of(smiles):
        assert atoms.get_atomic_numbers().tolist() == expected


def test_no_two_atoms_coincide_and_energies_ascend():
    found = of("OCC(O)C(O)C(O)C(O)CO")
    energies = [atoms.info["energy_kcal_mol"] for atoms in found]
    assert energies == sorted(energies)
    for atoms in found:
        distances = atoms.get_all_distances()[np.triu_indices(len(atoms), 1)]
        assert distances.min() > 0.8


@pytest.mark.parametrize("smiles", ["C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"])
def test_stereo_is_kept(smiles):
    mol = with_hydrogens(Molecule.from_smiles(smiles))
    conformer = Chem.Conformer(mol.GetNumAtoms())
    conformer.SetPositions(of(smiles)[0].positions)
    mol.AddConformer(conformer)
    Chem.AssignStereochemistryFrom3D(mol)
    assert Molecule.from_smiles(Chem.MolToSmiles(Chem.RemoveHs(mol))) == Molecule.from_smiles(
        smiles
    )


def test_the_force_field_is_recorded():
    assert of("CCO")[0].info["force_field"] == "MMFF94"
    assert of("CB(O)O")[0].info["force_field"] == "UFF"


def test_a_salt_is_refused_and_not_stripped():
    with pytest.raises(GeometryError, match="2 components"):
        of("CC(=O)[O-].[Na+]")


def test_an_impossible_cage_is_refused():
    with pytest.raises(GeometryError, match="embeds nothing"):
        of("[C@H]12C[C@@H]1C2")
