import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from molecules import InvalidMoleculeError, Molecule
from molecules.molecule import LONGEST_SMILES

SPECIES = {
    "OCC(O)CO": "neutral",
    "[NH3+]CC(=O)[O-]": "zwitterion",
    "CC(=O)[O-]": "anion",
    "C[N+](C)(C)C": "cation",
    "C[N+](=O)[O-]": "neutral",
    "C[N+](C)(C)[O-]": "neutral",
    "O=S(=O)([O-])CC[N+](C)(C)C": "zwitterion",
}


@pytest.mark.parametrize(("smiles", "expected"), SPECIES.items())
def test_charge_class_reads_separated_charges_only(smiles, expected):
    assert Molecule.from_smiles(smiles).charge_class == expected


@given(st.sampled_from(sorted(SPECIES)), st.randoms(use_true_random=False))
def test_identity_does_not_depend_on_how_the_atoms_are_ordered(smiles, random):
    mol = Chem.MolFromSmiles(smiles)
    order = list(range(mol.GetNumAtoms()))
    random.shuffle(order)
    shuffled = Chem.MolToSmiles(Chem.RenumberAtoms(mol, order), canonical=False)
    assert Molecule.from_smiles(shuffled) == Molecule.from_smiles(smiles)


def test_stereo_and_charge_are_part_of_the_identity():
    mannitol = Molecule.from_smiles("OC[C@@H](O)[C@@H](O)[C@H](O)[C@H](O)CO")
    sorbitol = Molecule.from_smiles("OC[C@H](O)[C@@H](O)[C@H](O)[C@H](O)CO")
    assert mannitol != sorbitol
    assert Molecule.from_smiles("CC(=O)O") != Molecule.from_smiles("CC(=O)[O-]")


def test_inchikey_merges_a_zwitterion_with_its_neutral_form_so_it_is_not_the_identity():
    neutral, zwitterion = map(Molecule.from_smiles, ("NCC(=O)O", "[NH3+]CC(=O)[O-]"))
    assert neutral.inchikey == zwitterion.inchikey
    assert neutral != zwitterion


@pytest.mark.parametrize(
    "text", ["", "   ", "C1CC", "not a molecule", "C(", "[Zz]", "C" * 3000, None]
)
def test_text_that_is_no_molecule_is_refused_with_what_was_expected(text):
    with pytest.raises(InvalidMoleculeError, match="expected|cannot"):
        Molecule.from_smiles(text)


def test_canonicalisation_is_a_fixed_point():
    for smiles in SPECIES:
        once = Molecule.from_smiles(smiles)
        assert Molecule.from_smiles(once.smiles) == once


def test_longest_smiles_is_long_enough_for_a_cyclodextrin():
    assert LONGEST_SMILES > 500


@pytest.mark.parametrize(
    "smiles",
    [
        *SPECIES,
        *("[H][H]", "[2H]O[2H]", "[H+]", "[Hg]", "[Ho+3]", "[He]", "[13CH4]", "*C", "[2*]CBr"),
        *("[Na+].[Cl-]", "c1cc[nH]c1", "c1cc[se]c1", "ClCCl", "[Zn+2]", "C[Si](C)(C)C", "IB(I)I"),
    ],
)
def test_heavy_atoms_counted_in_the_text_are_those_of_the_graph(smiles):
    molecule = Molecule.from_smiles(smiles)
    assert molecule.n_heavy == molecule.graph.GetNumHeavyAtoms()
