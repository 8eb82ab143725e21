"""PubChem's downloads, each written here in its native layout."""

import gzip

import pytest
from small_downloads import ETHANOL_BLOCK, ETHANOL_INCHI, ETHANOL_KEY

from molecules.molecule import Molecule
from molecules.sources.base import Entry, Rejected, SourceError, Value
from molecules.sources.pubchem import PubChem
from molecules.standardise import standardise

BLOCK = ETHANOL_BLOCK.format(title="702")


def written(path, text):
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def entries(path, text, **files):
    return list(PubChem(written(path, text), **files).entries())


def record(block=BLOCK, **tags):
    return (
        block + "".join(f"> <PUBCHEM_{tag}>\n{text}\n\n" for tag, text in tags.items()) + "$$$$\n"
    )


@pytest.mark.parametrize(
    ("stereo", "flat"),
    [("OPENEYE_ISO_SMILES", "OPENEYE_CAN_SMILES"), ("SMILES", "CONNECTIVITY_SMILES")],
)
def test_an_sdf_with_old_and_new_tags(tmp_path, stereo, flat):
    tags = {
        "COMPOUND_CID": "5950",
        "IUPAC_TRADITIONAL_NAME": "L-alanine",
        "IUPAC_INCHIKEY": "QNAYBMKLOCPYGJ-REOHCLBHSA-N",
        "XLOGP3": "-3",
        flat: "CC(C(=O)O)N",
        stereo: "C[C@@H](C(=O)O)N",
        "CACTVS_TPSA": "63.3",
    }
    assert entries(tmp_path / "Compound.sdf.gz", record(**tags)) == [
        Entry(
            "CID5950",
            "C[C@@H](C(=O)O)N",
            values=(Value("logp", -3.0, "XLogP3"), Value("tpsa", 63.3, "Cactvs")),
            name="L-alanine",
            inchikey="QNAYBMKLOCPYGJ-REOHCLBHSA-N",
        )
    ]


def test_the_additive_xlogp3_is_another_method(tmp_path):
    (ethanol,) = entries(tmp_path / "x.sdf", record(COMPOUND_CID="702", XLOGP3_AA="-0.1"))
    assert ethanol.values == (Value("logp", -0.1, "XLogP3-AA"),)


@pytest.mark.parametrize("tags", [{}, {"IUPAC_INCHI": ETHANOL_INCHI}])
def test_an_sdf_without_smiles_gives_inchi_or_the_block(tmp_path, tags):
    (ethanol,) = entries(tmp_path / "x.sdf", record(COMPOUND_CID="702", **tags))
    assert ethanol.notation == ("inchi" if tags else "molblock")
    assert standardise(ethanol).molecule == Molecule("CCO")


def test_records_without_a_cid_or_with_a_broken_number_are_rejected(tmp_path):
    good, nameless = record(COMPOUND_CID="702"), record(SMILES="CCO")
    broken = record(COMPOUND_CID="703", XLOGP3="none of this")
    assert entries(tmp_path / "x.sdf", good + nameless + broken)[1:] == [
        Rejected("record 2", "no CID"),
        Rejected("CID703", "a number does not parse"),
    ]


@pytest.mark.parametrize("name", ["CID-SMILES", "CID-SMILES.gz"])
def test_cid_smiles(tmp_path, name):
    found = entries(tmp_path / name, "702\tCCO\n?\tCCC\n1174\tC1=CNC(=O)NC1=O\n")
    assert found == [
        Entry("CID702", "CCO"),
        Rejected("row 2", "no CID"),
        Entry("CID1174", "C1=CNC(=O)NC1=O"),
    ]


def test_inchikeys_of_a_second_file_are_joined_by_cid(tmp_path):
    keys = written(
        tmp_path / "CID-InChI-Key.gz",
        f"5\tInChI=1S/CH4/h1H4\tVNWKTOKETHGBQD-UHFFFAOYSA-N\n702\t{ETHANOL_INCHI}\t{ETHANOL_KEY}\n",
    )
    found = entries(tmp_path / "CID-SMILES", "1\tC\n702\tCCO\n?\tC\n900\tCC\n", inchikeys=keys)
    assert [getattr(entry, "inchikey", None) for entry in found] == ["", ETHANOL_KEY, None, ""]


def test_a_join_needs_rising_cids_in_both_files(tmp_path):
    line = "{}\tInChI=1S/CH4/h1H4\tVNWKTOKETHGBQD-UHFFFAOYSA-N\n"
    sorted_, mixed = (
        written(tmp_path / name, line.format(first) + line.format(second))
        for name, first, second in (("sorted", 2, 3), ("mixed", 3, 2))
    )
    with pytest.raises(SourceError, match="rising CIDs"):
        entries(tmp_path / "CID-SMILES", "3\tC\n2\tC\n", inchikeys=sorted_)
    with pytest.raises(SourceError, match="row 2 .* rising CID"):
        entries(tmp_path / "CID-SMILES", "9\tC\n", inchikeys=mixed)


@pytest.mark.parametrize("columns", ["ConnectivitySMILES,SMILES", "CanonicalSMILES,IsomericSMILES"])
def test_pug_rest_with_old_and_new_property_names(tmp_path, columns):
    text = f'"CID",{columns},"XLogP","TPSA"\n5950,"CC(N)C(=O)O","C[C@H](N)C(=O)O",-3,63.3\n702,CCO,CCO,,\n'
    alanine, ethanol = entries(tmp_path / "pug.csv", text)
    assert alanine == Entry(
        "CID5950",
        "C[C@H](N)C(=O)O",
        values=(Value("logp", -3.0, "XLogP3 or XLogP3-AA"), Value("tpsa", 63.3, "Cactvs")),
    )
    assert ethanol.values == ()


@pytest.mark.parametrize("column", ["CanonicalSMILES", "ConnectivitySMILES", "SMILES", "InChI"])
def test_pug_rest_with_one_structure_alone(tmp_path, column):
    structure = ETHANOL_INCHI if column == "InChI" else "CCO"
    (ethanol,) = entries(tmp_path / "pug.csv", f'CID,{column}\n702,"{structure}"\n')
    assert standardise(ethanol).molecule == Molecule("CCO")


@pytest.mark.parametrize(
    "header",
    [
        "cid,cmpdname,cmpdsynonym,mw,mf,polararea,complexity,xlogp,isosmiles,inchikey",
        "Compound_CID,Name,Synonyms,Molecular_Weight,Molecular_Formula,Polar_Area,Complexity,"
        "XLogP,SMILES,InChIKey",
    ],
)
def test_the_web_csv_old_and_new(tmp_path, header):
    row = f'702,Ethanol,"ethyl alcohol|alcohol, absolute",46.07,C2H6O,20.2,2,-0.1,CCO,{ETHANOL_KEY}'
    assert entries(tmp_path / "web.csv", f"\ufeff{header}\n{row}\n") == [
        Entry(
            "CID702",
            "CCO",
            values=(Value("logp", -0.1, "XLogP3 or XLogP3-AA"), Value("tpsa", 20.2, "Cactvs")),
            name="Ethanol",
            inchikey=ETHANOL_KEY,
        )
    ]


@pytest.mark.parametrize("smiles", ["CCO", ""])
def test_identifiers_whose_inchi_lacks_its_beginning(tmp_path, smiles):
    text = (
        "CID,CAS,MolecularFormula,MolecularWeight,SMILES,InChI,InChIKey,IUPACName,Title\n"
        f'702,64-17-5,C2H6O,46.07,{smiles},"C2H6O/c1-2-3/h3H,2H2,1H3",{ETHANOL_KEY},ethanol,alcohol\n'
    )
    (ethanol,) = entries(tmp_path / "ids.csv.gz", text)
    assert (ethanol.cas, ethanol.name) == ("64-17-5", "alcohol")
    found = standardise(ethanol)
    assert found.molecule == Molecule("CCO") and not found.remarks


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("chembl_id\tcanonical_smiles\nCHEMBL1\tC\n", "lacks CID, SMILES; expected PubChem"),
        ("smiles,logP,qed,SAS\nC,1,2,3\n", "lacks CID"),
        ("CID,MolecularWeight\n702,46\n", "lacks SMILES"),
        (record().replace("702", "CHEMBL545") + "", "lacks PUBCHEM_COMPOUND_CID"),
        (f"702\t{ETHANOL_INCHI}\t{ETHANOL_KEY}\n", "source.inchikeys"),
        ("[" * 200_000, "longer than"),
        ("", "empty"),
    ],
)
def test_the_download_of_something_else_is_refused(tmp_path, text, words):
    with pytest.raises(SourceError, match=words):
        entries(tmp_path / "other", text)
