"""ZINC's downloads, each written here in its native layout."""

import gzip

import pytest

from molecules.sources.base import Entry, Rejected, SourceError, Value
from molecules.sources.zinc import Zinc


def entries(path, text, pack=False):
    path.write_bytes(gzip.compress(text.encode()) if pack else text.encode())
    return list(Zinc(path).entries())


def test_the_250k_csv_with_its_line_break_inside_the_quotes(tmp_path):
    text = 'smiles,logP,qed,SAS\n"CCO\n",-0.0014,0.4,1.98\n"OCCO\n",-1.0,0.3,1.9\n'
    first, second = entries(tmp_path / "250k.csv", text)
    assert first.structure == "CCO" and second.structure == "OCCO"
    assert [v for v in first.values] == [Value("logp", -0.0014, first.values[0].method)]


@pytest.mark.parametrize("pack", [False, True])
def test_lines_of_smiles_and_identifier(tmp_path, pack):
    text = "C1CCO[C@@H](C1)ON2C(=O)CCC2=O\tZINC00403244\nCCO ZINCab00000012Xy\n"
    found = entries(tmp_path / "leads.smi", text, pack)
    assert [e.identifier for e in found] == ["ZINC00403244", "ZINCab00000012Xy"]


def test_a_tranche_with_its_header_and_inchikeys(tmp_path):
    text = (
        "smiles zinc_id inchikey mwt logp reactive purchasable tranche_name features\n"
        "CCO ZINC000000895048 LFQSCWFLJHTTHZ-UHFFFAOYSA-N 46.069 -0.001 0 50 AAAA \n"
    )
    assert entries(tmp_path / "AAAA.txt", text) == [
        Entry("ZINC000000895048", "CCO", inchikey="LFQSCWFLJHTTHZ-UHFFFAOYSA-N")
    ]


def test_a_line_without_an_identifier_is_rejected_and_the_rest_is_read(tmp_path):
    found = entries(tmp_path / "x.smi", "CCO ZINC1\nCCC\nCCN ZINC3\n")
    assert found[1] == Rejected("row 2", "no ZINC identifier") and len(found) == 3


@pytest.mark.parametrize(
    "text", ["mol_id,smiles,A,B\ngdb_1,C,1,2\n", "CID\tSMILES\n", "1\tCC(=O)OCC\n"]
)
def test_the_download_of_another_database_is_refused(tmp_path, text):
    with pytest.raises(SourceError, match="expected"):
        entries(tmp_path / "other", text)
