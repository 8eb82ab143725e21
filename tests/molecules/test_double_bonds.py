"""Double bonds where radicals are left: restored where there is one way, and else not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from molecules.double_bonds import with_double_bonds
from molecules.sources.base import Entry
from molecules.standardise import RESTORED, standardise

MOLECULES = (
    *("C=C", "C#C", "N=N", "C=C=C", "C=CC=C", "CC(=O)C=C", "CN=O", "O=C=O", "CC#N", "C=Cc1ccccc1"),
    *("O=C1C=CC(=O)C=C1", "C=C1C=CC=C1", "c1ccncc1C=NN", "CC(=O)N=C", "C[N+](=O)[O-]", "CN=[N+]=[N-]"),
    *("CS(=O)(=O)C=C", "O=C1N=C2C=CN=CC2=CC1", "F[C@H](Cl)C=C", "C=CC1CC1", "OC(=N)C=C", "CC=[S+]C"),
)  # fmt: skip


UNCHARGED = [smiles for smiles in MOLECULES if "=" in smiles and "+" not in smiles]


def restored(smiles):
    found = with_double_bonds(Chem.MolFromSmiles(smiles))
    return found and Chem.MolToSmiles(found)


@pytest.mark.parametrize(
    ("written", "whole"),
    [
        ("C[CH][CH]C", "CC=CC"),
        ("CO[N][O]", "CON=O"),
        ("C[C][C]C", "CC#CC"),
        ("[CH2]C=C[CH2]", "C=CC=C"),
        ("O=C1[N]c2ccccc2[CH]C1", "O=C1N=C2C=CC=CC2=CC1"),
        ("C[CH][CH]c1ccccc1", "CC=Cc1ccccc1"),
        ("C[CH]C=[N+]([O-])C=N[NH]", "CC=C[N+]([O-])=CN=N"),
        ("F/C=C/C(F)[CH][CH]C", "F/C=C/C(F)C=CC"),
        ("C[CH]/C=C/[CH]C", "CC=CC=CC"),
        ("F[C@H](Cl)[CH][CH2]", "F[C@H](Cl)C=C"),
        ("[H]/N=C(/C)[CH][CH2]", "[H]/N=C(/C)C=C"),
    ],
)
def test_neighbouring_and_conjugated_radicals_are_double_bonds(written, whole):
    assert restored(written) == Chem.CanonSmiles(whole)


@pytest.mark.parametrize(
    "smiles",
    [
        "C[CH]C",  # one radical
        "C[C]C",  # a carbene
        "C[CH]C[CH]C",  # nothing connects them
        "[CH2]N(C)[O]",  # a nitrone, which needs charges
        "[CH2]c1cccc([CH2])c1",  # a true diradical, whatever is drawn
        "C[C]1[C](C)C=CC=CC=C1",  # two ways, with the methyls at a double or at a single bond
        "C1C[C]=C[CH]C1",  # an allene in a ring of six
        "[CH]1" + "C=C" * 20 + "[CH]1",  # too large to compare all ways
    ],
)
def test_what_is_not_certain_stays(smiles):
    assert restored(smiles) is None


def without_some_bonds(smiles, chosen):
    """Radicals at both ends of each chosen bond that loses an order, as the file has them."""
    mol = Chem.RWMol(Chem.MolFromSmiles(smiles))
    Chem.Kekulize(mol, clearAromaticFlags=True)
    for atom in mol.GetAtoms():
        atom.SetNumExplicitHs(atom.GetTotalNumHs())
        atom.SetNoImplicit(True)
    for number in chosen:
        bond = mol.GetBondWithIdx(number % mol.GetNumBonds())
        order = int(bond.GetBondTypeAsDouble())
        bond.SetBondType(Chem.BondType.values[max(order - 1, 1)])
    Chem.AssignRadicals(mol)
    return Chem.MolToSmiles(mol)


@settings(deadline=None)
@given(st.sampled_from(MOLECULES), st.lists(st.integers(0, 30), min_size=1, max_size=4))
def test_what_is_restored_has_the_atoms_charges_bonds_and_hydrogens_that_were_given(smiles, chosen):
    mol = Chem.MolFromSmiles(without_some_bonds(smiles, chosen))
    found = with_double_bonds(mol) if any(map(radicals, mol.GetAtoms())) else None
    if found is not None:
        assert not any(map(radicals, found.GetAtoms()))
        assert skeleton(found) == skeleton(mol)


def radicals(atom):
    return atom.GetNumRadicalElectrons()


def skeleton(mol):
    """The molecule with every bond single, every hydrogen an atom and charges as they are."""
    mol = Chem.RWMol(Chem.AddHs(mol))
    Chem.RemoveStereochemistry(mol)
    Chem.Kekulize(mol, clearAromaticFlags=True)
    for bond in mol.GetBonds():
        bond.SetBondType(Chem.BondType.SINGLE)
    for atom in mol.GetAtoms():
        atom.SetNumRadicalElectrons(0)
        atom.SetNoImplicit(True)
    return Chem.MolToSmiles(mol)


@pytest.mark.parametrize("smiles", UNCHARGED)
def test_a_double_bond_that_is_taken_away_comes_back(smiles):
    mol = Chem.MolFromSmiles(smiles)
    double = [b.GetIdx() for b in mol.GetBonds() if b.GetBondType() == Chem.BondType.DOUBLE]
    assert {restored(without_some_bonds(smiles, [n])) for n in double} == {Chem.CanonSmiles(smiles)}


def test_only_a_database_of_closed_shells_loses_its_radicals():
    assert standardise(Entry("1", "C[CH][CH2]")).remarks == ("unpaired electrons",)
    found = standardise(Entry("1", "C[CH][CH2]", is_closed_shell=True))
    assert (found.molecule.smiles, found.remarks) == ("C=CC", (RESTORED,))
    kept = standardise(Entry("1", "C[CH]C", is_closed_shell=True))
    assert kept.remarks == ("unpaired electrons",)
