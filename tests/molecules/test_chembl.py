"""ChEMBL's downloads, each written here in its native layout."""

import gzip

import pytest
from small_downloads import ETHANOL_BLOCK, ETHANOL_INCHI, ETHANOL_KEY

from molecules.molecule import Molecule
from molecules.sources.base import Entry, Rejected, SourceError, Value
from molecules.sources.chembl import ChEMBL
from molecules.standardise import standardise

RECORD = ETHANOL_BLOCK.format(title="CHEMBL545") + "> <{}>\n{}\n\n$$$$\n"
COMPOUNDS = (
    '"ChEMBL ID";"Name";"Synonyms";"Type";"Max Phase";"Molecular Weight";"Targets";"Bioactivities";'
    '"AlogP";"Polar Surface Area";"CX LogP";"Smiles";"Inchi Key"\n'
)
ACTIVITIES = (
    '"Molecule ChEMBL ID";"Molecule Name";"Molecule Max Phase";"Molecular Weight";'
    '"#RO5 Violations";"AlogP";"Compound Key";"Smiles";"Standard Type";"Standard Value"\n'
)


def entries(path, text):
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return list(ChEMBL(path).entries())


def test_chemreps(tmp_path):
    text = (
        "chembl_id\tcanonical_smiles\tstandard_inchi\tstandard_inchi_key\n"
        f"CHEMBL545\tCCO\t{ETHANOL_INCHI}\t{ETHANOL_KEY}\n"
        "545\tCCO\t\t\n"
    )
    assert entries(tmp_path / "chembl_99_chemreps.txt.gz", text) == [
        Entry("CHEMBL545", "CCO", inchikey=ETHANOL_KEY),
        Rejected("row 3", "no ChEMBL identifier"),
    ]


def test_an_sdf(tmp_path):
    text = RECORD.format("chembl_id", "CHEMBL545") + RECORD.format("chembl_id", "none")
    ethanol, nameless = entries(tmp_path / "chembl_99.sdf.gz", text)
    assert ethanol.identifier == "CHEMBL545"
    assert standardise(ethanol).molecule == Molecule("CCO")
    assert nameless == Rejected("record 2", "no ChEMBL identifier")


def test_the_web_compounds_with_none_and_without_a_structure(tmp_path):
    rows = (
        f'"CHEMBL545";"ALCOHOL";"ETHANOL|A;B";"Small molecule";"4";"46.07";"1";"2";"-0.00";"20.23";"-0.16";"CCO";"{ETHANOL_KEY}"\n'
        '"CHEMBL9";"";"";"Protein";"0";"";"";"";"None";"None";"None";"";""\n'
        '"CHEMBL8";"";"";"";"";"";"";"";"high";"";"";"C";""\n'
    )
    ethanol, protein, broken = entries(tmp_path / "compounds.csv", COMPOUNDS + rows)
    assert ethanol == Entry(
        "CHEMBL545",
        "CCO",
        values=(
            Value("logp", 0.0, "ALogP, ChEMBL"),
            Value("logp", -0.16, "CX LogP, ChEMBL"),
            Value("tpsa", 20.23, "calculated by ChEMBL"),
        ),
        name="ALCOHOL",
        inchikey=ETHANOL_KEY,
    )
    assert protein == Entry("CHEMBL9", "")
    assert standardise(protein) == Rejected("CHEMBL9", "no smiles")
    assert broken == Rejected("CHEMBL8", "a number does not parse")


def test_every_row_of_the_web_activities_is_an_entry_without_its_activity(tmp_path):
    row = '"CHEMBL545";"";"0";"46.07";"0";"-0.18";"1";"CCO";"IC50";"{}"\n'
    found = entries(tmp_path / "activities.csv", ACTIVITIES + row.format(1) + row.format(2))
    assert found == 2 * [Entry("CHEMBL545", "CCO", values=(Value("logp", -0.18, "ALogP, ChEMBL"),))]


def test_a_web_table_parted_by_tabs(tmp_path):
    row = "CHEMBL545\t\t0\t46.07\t0\tNone\t1\tCCO\tIC50\t1\n"
    text = ACTIVITIES.replace('"', "").replace(";", "\t") + row
    assert entries(tmp_path / "activities.tsv", text) == [Entry("CHEMBL545", "CCO")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("CID,SMILES\n1,C\n", "lacks chembl_id, canonical_smiles; expected ChEMBL"),
        ('"ChEMBL ID";"Name"\n"CHEMBL1";""\n', "lacks Smiles"),
        (RECORD.format("PUBCHEM_COMPOUND_CID", "702"), "lacks chembl_id"),
        ("CCO\tZINC00895048\n", "lacks chembl_id"),
    ],
)
def test_the_download_of_something_else_is_refused(tmp_path, text, words):
    with pytest.raises(SourceError, match=words):
        entries(tmp_path / "other", text)
