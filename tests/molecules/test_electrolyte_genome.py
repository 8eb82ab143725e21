"""Documents of the Electrolyte Genome, written here in both of its layouts."""

import json

import pytest
from small_downloads import ELECTROLYTE

from molecules.sources.base import Entry, Rejected, SourceError, Value
from molecules.sources.electrolyte_genome import METHOD, ElectrolyteGenome

DOC = {
    **{"task_id": "mol-2", "smiles": "[Li+].O=C([O-])C", "charge": 0, "IE": 4.25, "EA": None},
    **{"pointgroup": "C1", "formula_pretty": "LiC2H3O2", "molecule": {"@class": "Molecule"}},
}


def entries(tmp_path, rows):
    (tmp_path / "x.json").write_text(json.dumps(rows))
    return list(ElectrolyteGenome(str(tmp_path / "x.json")).entries())


@pytest.mark.parametrize("wrap", [list, lambda rows: {"response": rows}])
def test_the_rest_interface_gives_potentials_against_three_electrodes(tmp_path, wrap):
    assert entries(tmp_path, wrap([ELECTROLYTE])) == [
        Entry(
            "mol-1",
            "CCO",
            values=(
                Value("oxidation_potential", 2.46, METHOD),
                Value("reduction_potential", -4.29, METHOD),
                Value("oxidation_potential_vs_li", 5.5, METHOD),
                Value("reduction_potential_vs_li", -1.25, METHOD),
                Value("oxidation_potential_vs_mg", 4.85, METHOD),
                Value("reduction_potential_vs_mg", -1.9, METHOD),
            ),
        )
    ]


def test_an_ie_that_differs_by_the_potential_of_lithium_is_an_energy(tmp_path):
    (entry,) = entries(tmp_path, [{**ELECTROLYTE, "IE": 6.9, "EA": 0.15}])
    assert entry.values[-2:] == (
        Value("ionization_energy", 6.9, METHOD),
        Value("electron_affinity", 0.15, METHOD),
    )


def test_an_ie_that_is_neither_is_rejected(tmp_path):
    reason = "neither an energy nor a potential against lithium"
    assert entries(tmp_path, [{**ELECTROLYTE, "IE": 8.5}]) == [Rejected("mol-1", reason)]


@pytest.mark.parametrize("wrap", [list, lambda rows: {"data": rows, "meta": {"total_doc": 1}}])
def test_a_moleculesdoc_has_volts_against_lithium_and_says_that_this_is_assumed(tmp_path, wrap):
    assumed = f"{METHOD}, IE taken as V vs Li+/Li"
    assert entries(tmp_path, wrap([DOC])) == [
        Entry(
            "mol-2",
            "[Li+].O=C([O-])C",
            values=(Value("oxidation_potential_vs_li", 4.25, assumed),),
        )
    ]


def test_what_is_rejected_and_why(tmp_path):
    rows = [
        DOC,
        {**DOC, "charge": 1},
        {**DOC, "IE": "high"},
        {"smiles": "C"},
        {**DOC, "smiles": None},
    ]
    found = entries(tmp_path, rows)
    assert found[1:4] == [
        Rejected("mol-2", "smiles of another charge than the molecule"),
        Rejected("mol-2", "a number does not parse"),
        Rejected("document 4", "no task_id and smiles"),
    ]
    assert found[4].structure == ""  # which standardise rejects


@pytest.mark.parametrize(
    "rows", [[{"molecule_id": "libe-1"}], [{}], [{"task_id": 215871, "smiles": "C"}]]
)
def test_the_documents_of_another_database_are_refused(tmp_path, rows):
    with pytest.raises(SourceError, match="expected task_id"):
        entries(tmp_path, rows)
