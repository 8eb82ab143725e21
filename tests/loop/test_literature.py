"""Reported lifetimes: a source of their own, with little weight."""

import math

import pytest

from loop.laboratory.literature import LITERATURE, STD, read_literature
from loop.making import CampaignError
from molecules import Molecule

TABLE = """row_id,smiles,lifetime_ratio,lifetime_op,symm_current_mA_cm2,symm_capacity_mAh_cm2,is_polymer,doi
A1,OCC(O)CO,9.8,=,5,2.5,0,10.1/x
A2,CC(=O)O,20,>,1,,0,
A3,OCCO,,=,1,1,0,
A4,*CCO*,12,=,1,1,1,
A5,C1CC,3,=,1,1,0,
"""  # noqa: E501


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "literature.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_ratios_become_labels_with_their_conditions(table):
    first, second = read_literature(table).labels
    assert first.molecule == Molecule.from_smiles("OCC(O)CO")
    assert first.value == pytest.approx(math.log10(9.8))
    assert (first.std, first.oracle, first.censored) == (STD, LITERATURE, False)
    told = dict(first.conditions)
    assert told["current_mA_cm2"] == 5.0
    assert told["capacity_mAh_cm2"] == 2.5
    assert "10.1/x" in first.provenance.method
    assert second.censored
    assert "capacity_mAh_cm2" not in dict(second.conditions)


def test_the_form_of_the_electrolyte_is_meant(table):
    assert read_literature(table, ph=6.0).labels[1].molecule.smiles == "CC(=O)[O-]"
    assert read_literature(table, ph=None).labels[1].molecule.smiles == "CC(=O)O"


def test_what_is_left_out_is_said(table):
    remarks = " ".join(read_literature(table).remarks)
    assert "A4" in remarks
    assert "A5" in remarks


def test_another_table_is_refused(tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("smiles,value\nOCCO,3\n")
    with pytest.raises(CampaignError, match="row_id, lifetime_ratio"):
        read_literature(path)
    with pytest.raises(CampaignError, match="expected a csv"):
        read_literature(tmp_path / "none.csv")
