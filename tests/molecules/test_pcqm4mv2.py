"""PCQM4Mv2's data.csv.gz and graphium's CXSMILES, each written here in its native layout."""

import gzip
from functools import partial

import numpy as np
import pytest
import torch
from rdkit import Chem

from molecules.molecule import Molecule
from molecules.sources.base import Entry, Rejected, SourceError, Value
from molecules.sources.pcqm4mv2 import Pcqm4mv2
from molecules.standardise import RESTORED, Standardised, standardise

closed_shell = partial(Entry, is_closed_shell=True)
METHOD = "B3LYP/6-31G*, gas"
RADICAL, WHOLE = "O=C1[N]c2ccccc2[CH]C1", "O=C1N=C2C=CC=CC2=CC1"
"""3H-quinolin-2-one with a hydrogen at C3, as the file writes it and as it is."""


def entries(path, text, **options):
    path.write_bytes(gzip.compress(text.encode()))
    return list(Pcqm4mv2(path, **options).entries())


def cxsmiles(smiles, n_atoms=None):
    """As graphium writes them: every hydrogen an atom, no brackets around radicals."""
    n = n_atoms or Chem.MolFromSmiles(smiles, sanitize=False).GetNumAtoms()
    return f'"{smiles} |({";".join(["0.5,-1.25,0"] * n)})|"'


def test_lost_double_bonds_are_restored_and_unlabelled_rows_are_kept(tmp_path):
    text = f"idx,smiles,homolumogap\n0,{RADICAL},3.5\n1,CCO,\n"
    first, second = entries(tmp_path / "data.csv.gz", text)
    assert first == closed_shell("0", RADICAL, values=(Value("gap", 3.5, METHOD),))
    assert second == closed_shell("1", "CCO")
    standard = standardise(first)
    assert isinstance(standard, Standardised) and standard.remarks == (RESTORED,)
    assert standard.molecule == Molecule.from_smiles(WHOLE)


def test_a_part_of_the_split_is_read(tmp_path):
    parts = {"train": np.array([0]), "valid": np.array([2]), "test-dev": np.array([1])}
    torch.save(parts, tmp_path / "split_dict.pt")
    text = "idx,smiles,homolumogap\n0,C,9.5\n1,CC,\n2,CCO,6.5\n"
    found = entries(tmp_path / "d", text, split=tmp_path / "split_dict.pt", part="valid")
    assert [isinstance(each, Rejected) for each in found] == [True, True, False]


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("[H]OC([H])([H])C([H])([H])[H]", "CCO"),
        ("[H]OC([H])([H])[C@@]([H])(Cl)Br", "OC[C@@H](Cl)Br"),
        ("[H]/C(Cl)=C(\\[H])C1=C([H])C([H])=C([H])O1", "Cl/C=C\\c1ccco1"),
        ("O=[N+]([O-])C([H])([H])[H]", "C[N+](=O)[O-]"),
        ("[H]C1C([H])=NN([H])C1", "[CH]1C=NN[C]1"),
    ],
)
def test_cxsmiles_gain_no_hydrogen_that_was_not_calculated(tmp_path, written, plain):
    (entry,) = entries(tmp_path / "x.csv", f"smiles,homo\n{cxsmiles(written)},3.0476751256\n")
    assert entry.identifier == "row 2"
    assert entry.values == (Value("gap", 3.0476751256, METHOD),)
    assert Chem.CanonSmiles(entry.structure) == Chem.CanonSmiles(plain)


def test_coordinates_of_other_atoms_than_the_smiles_has_are_rejected(tmp_path):
    methane = "[H]C([H])([H])[H]"
    text = f"smiles,homo\n{cxsmiles(methane)},9.5\n{cxsmiles(methane, 4)},9.5\n{methane},9.5\n"
    first, *others = entries(tmp_path / "x.csv", text)
    assert isinstance(first, Entry)
    reason = "coordinates of other atoms than the SMILES has"
    assert others == [Rejected("row 3", reason), Rejected("row 4", reason)]


@pytest.mark.parametrize(
    "text",
    [
        "smiles,homo\nCCO,-6.5\n",
        "smiles,homo,lumo\nCCO,-6.5,1.0\n",
        "mol_id,smiles,gap\ngdb_1,C,0.5\n",
        "smiles,logP,qed,SAS\nCCO,1,1,1\n",
        "1\tCC(=O)OCC\n",
        "\n     RDKit          3D\n\n  0  0\nM  END\n$$$$\n",
    ],
)
def test_the_download_of_another_database_is_refused(tmp_path, text):
    with pytest.raises(SourceError, match="expected raw/data"):
        entries(tmp_path / "other", text)


def test_cxsmiles_have_no_split(tmp_path):
    text = f"smiles,homo\n{cxsmiles('[H]C([H])([H])[H]')},9.5\n"
    with pytest.raises(SourceError, match=r"source\.split"):
        entries(tmp_path / "x.csv", text, split=tmp_path / "split_dict.pt")


def test_a_zip_an_empty_and_a_truncated_file_are_refused(tmp_path):
    contents = {
        "zip": b"PK\x03\x04\xff\xfe" + bytes(50),
        "empty": b"",
        "cut": gzip.compress(b"idx,smiles,homolumogap\n0,C,9.5\n")[:-10],
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(SourceError):
            list(Pcqm4mv2(tmp_path / name).entries())
