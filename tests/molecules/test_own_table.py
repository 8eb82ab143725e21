"""Tables of a user's own."""

import gzip

import pytest
from hydra import compose, initialize_config_module
from hydra.utils import instantiate

from molecules.sources.base import Entry, Rejected, SourceError, Value
from molecules.sources.table import Table

SOLUBILITY = {"Solubility": {"quantity": "log_solubility", "method": "experiment"}}


def entries(path, text, **fields):
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return list(Table(path, "mine", **fields).entries())


@pytest.mark.parametrize("parts", [",", "\t", ";"])
@pytest.mark.parametrize("name", ["x.csv", "x.csv.gz"])
def test_a_table_with_values(tmp_path, parts, name):
    text = "ID,SMILES,Solubility\nA-1,CCO,1.1\nA-2,C,nan\n,N,-0.5\nA-4,O,much\n".replace(",", parts)
    fields = {"smiles": "SMILES", "identifier": "ID", "values": SOLUBILITY}
    assert entries(tmp_path / name, text, **fields) == [
        Entry("A-1", "CCO", values=(Value("log_solubility", 1.1, "experiment"),)),
        Entry("A-2", "C"),
        Entry("row 4", "N", values=(Value("log_solubility", -0.5, "experiment"),)),
        Rejected("A-4", "a number does not parse"),
    ]


def test_one_column_of_smiles_is_enough(tmp_path):
    assert entries(tmp_path / "test.csv", "smiles\nCCO\nC\n") == [
        Entry("row 2", "CCO"),
        Entry("row 3", "C"),
    ]


def test_factor_and_offset_make_the_vocabularys_unit(tmp_path):
    values = {
        "celsius": {"quantity": "melting_point", "method": "experiment", "offset": 273.15},
        "hartree": {"quantity": "gap", "method": "B3LYP", "factor": 27.211386},
    }
    (water,) = entries(tmp_path / "x.csv", "smiles,celsius,hartree\nO,0,0.5\n", values=values)
    assert [v.value for v in water.values] == pytest.approx([273.15, 13.605693])


@pytest.mark.parametrize("head", ["", "SMILES name\n"])
def test_lines_of_smiles_and_name(tmp_path, head):
    found = entries(tmp_path / "x.smi.gz", f"{head}CCO\tethyl alcohol\n\nC\n")
    first = 2 if head else 1
    assert found == [Entry("ethyl alcohol", "CCO"), Entry(f"row {first + 2}", "C")]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "lacks smiles; expected .* source.smiles"),
        ({"smiles": "SMILES", "identifier": "CID"}, "lacks CID"),
        ({"smiles": "SMILES", "values": SOLUBILITY}, "lacks Solubility"),
    ],
)
def test_columns_that_are_not_there_are_named(tmp_path, fields, words):
    with pytest.raises(SourceError, match=words):
        entries(tmp_path / "x.csv", "SMILES\nC\n", **fields)


def test_a_smi_has_no_values(tmp_path):
    with pytest.raises(SourceError, match="no columns"):
        entries(tmp_path / "x.smi", "C 1.0\n", values=SOLUBILITY)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "../up"}, "name of a file"),
        ({"values": {"a": {"quantity": "solubility", "method": "m"}}}, "such as log_solubility"),
        ({"values": {"a": {"quantity": "gap", "method": "m", "factor": "x"}}}, "expected numbers"),
    ],
)
def test_fields_that_make_no_sense_are_refused_at_once(tmp_path, fields, words):
    with pytest.raises(SourceError, match=words):
        Table(tmp_path / "x.csv", **{"name": "mine", **fields})


def test_a_table_is_described_on_the_command_line(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("SMILES,Solubility\nCCO,1.1\n")
    overrides = [
        *(f"source.path={path}", "source.name=mine", "source.smiles=SMILES"),
        "source.values={Solubility:{quantity:log_solubility,method:experiment}}",
    ]
    with initialize_config_module("conf", version_base="1.3"):
        source = instantiate(compose("source/table", overrides=overrides).source)
    assert list(source.entries()) == [
        Entry("row 2", "CCO", values=(Value("log_solubility", 1.1, "experiment"),))
    ]
