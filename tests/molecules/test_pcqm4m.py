"""PCQM4M's data.csv.gz and its split, each written here in its native layout."""

import gzip
import os
from functools import partial

import numpy as np
import pytest
import torch

from molecules.sources.base import Entry, Rejected, SourceError, Value
from molecules.sources.pcqm4m import Pcqm4m

ROWS = "idx,smiles,homolumogap\n0,CCO,6.5\n1,c1ccccc1,\n2,CCN,NaN\n3,CC,8.25\n"
closed_shell = partial(Entry, is_closed_shell=True)
METHOD = "B3LYP/6-31G*, gas"


def entries(path, text, **options):
    path.write_bytes(gzip.compress(text.encode()))
    return list(Pcqm4m(path, **options).entries())


def test_gaps_are_in_ev_and_test_molecules_are_kept_without_one(tmp_path):
    assert entries(tmp_path / "data.csv.gz", ROWS) == [
        closed_shell("0", "CCO", values=(Value("gap", 6.5, METHOD),)),
        closed_shell("1", "c1ccccc1"),
        closed_shell("2", "CCN"),
        closed_shell("3", "CC", values=(Value("gap", 8.25, METHOD),)),
    ]


def test_without_idx_the_position_of_the_row_is_the_identifier(tmp_path):
    found = entries(tmp_path / "data.csv.gz", "smiles,homolumogap\nCCO,6.5\nCC,8.25\n")
    assert [entry.identifier for entry in found] == ["0", "1"]


def test_rows_without_a_number_or_an_idx_are_rejected(tmp_path):
    text = "idx,smiles,homolumogap\n0,CCO,6.5 eV\nx,CC,8.25\n2,CC,inf\n"
    assert entries(tmp_path / "data.csv.gz", text) == [
        Rejected("0", "a number does not parse"),
        Rejected("row 3", "no idx"),
        Rejected("2", "a number does not parse"),
    ]


@pytest.mark.parametrize("as_saved_by", ["torch 1.0", "numpy 1", "today"])
def test_one_part_of_the_split_is_read(tmp_path, monkeypatch, as_saved_by):
    split = tmp_path / "split_dict.pt"
    if as_saved_by == "numpy 1":  # which had another name for the function that makes an array
        reconstruct = np.empty(0).__reduce__()[0]
        monkeypatch.setattr(reconstruct, "__module__", "numpy.core.multiarray", raising=False)
    parts = {"train": np.array([0, 3]), "valid": torch.tensor([1]), "test": np.array([2])}
    torch.save(parts, split, _use_new_zipfile_serialization=as_saved_by != "torch 1.0")
    found = entries(tmp_path / "data.csv.gz", ROWS, split=str(split))
    assert [isinstance(each, Entry) for each in found] == [True, False, False, True]
    assert found[1] == Rejected("1", "in another part of the split")
    valid = entries(tmp_path / "data.csv.gz", ROWS, split=split, part="valid")
    assert [isinstance(each, Entry) for each in valid] == [False, True, False, False]
    with pytest.raises(SourceError, match="one of train, valid, test;"):
        entries(tmp_path / "data.csv.gz", ROWS, split=split, part="holdout")


class Harmful:
    def __reduce__(self):
        return os.mkdir, ("harm",)


def test_a_split_runs_no_code(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"train": Harmful()}, tmp_path / "split_dict.pt")
    with pytest.raises(SourceError, match=r"no split_dict\.pt"):
        entries(tmp_path / "data.csv.gz", ROWS, split=tmp_path / "split_dict.pt")
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize("content", [[1, 2], {"train": torch.ones(1)}, {"train": np.array([-1])}])
def test_something_else_than_a_split_is_refused(tmp_path, content):
    torch.save(content, tmp_path / "split_dict.pt")
    with pytest.raises(SourceError, match=r"expected split_dict\.pt"):
        entries(tmp_path / "data.csv.gz", ROWS, split=tmp_path / "split_dict.pt")


def test_a_damaged_or_missing_split_is_refused(tmp_path):
    (tmp_path / "split_dict.pt").write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(SourceError, match=r"no split_dict\.pt"):
        entries(tmp_path / "data.csv.gz", ROWS, split=tmp_path / "split_dict.pt")
    with pytest.raises(SourceError, match=r"source\.split"):
        entries(tmp_path / "data.csv.gz", ROWS, split=tmp_path / "missing.pt")


@pytest.mark.parametrize(
    "text",
    [
        "mol_id,smiles,gap\ngdb_1,C,0.5\n",
        "smiles,homo\n[H]C([H])([H])[H] |(0,0,0;0,0,1;0,1,0;1,0,0;1,1,1)|,5.0\n",
        "smiles,logP,qed,SAS\nCCO,1,1,1\n",
        "CCO ZINC000000895048\n",
        "\n     RDKit          3D\n\n  0  0\nM  END\n$$$$\n",
    ],
)
def test_the_download_of_another_database_is_refused(tmp_path, text):
    with pytest.raises(SourceError, match="expected raw/data"):
        entries(tmp_path / "other", text)


def test_a_truncated_download_is_an_error(tmp_path):
    path = tmp_path / "data.csv.gz"
    path.write_bytes(gzip.compress(ROWS.encode())[:-12])
    with pytest.raises(SourceError, match="breaks off"):
        list(Pcqm4m(path).entries())
