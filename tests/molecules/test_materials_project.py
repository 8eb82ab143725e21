"""Documents of the Materials Project, each kind written here in its native layout."""

import json
import sys

import pytest
from small_downloads import HYDROXYL, data_set, molecule

from molecules.sources.base import Entry, Rejected, SourceError, Value
from molecules.sources.materials_project import MaterialsProject
from molecules.sources.materials_project_api import summaries

WATER = [("O", (0.0, 0.0, 0.0)), ("H", (0.0, 0.0, 0.96)), ("H", (0.0, 0.93, -0.24))]
HASH = "0123456789abcdef0123456789abcdef"
MADEIRA, LIBE = "wB97X-V/def2-TZVPPD/SMD(diglyme)", "wB97X-V/def2-TZVPPD/SMD(3:7 EC:EMC)"


def summary(identifier, atoms, charge, spin, **fields):
    composition = {e: sum(1.0 for element, _ in atoms if element == e) for e, _ in atoms}
    return {
        "molecule_id": identifier,
        "deprecated": False,
        "charge": charge,
        "spin_multiplicity": spin,
        "composition": composition,
        "molecules": {"NONE": molecule(atoms, charge, spin)},
        "inchi": None,
        "inchi_key": None,
        "thermo": None,
        "redox": None,
        "orbitals": None,
        "bonding": None,
        **fields,
    }


WATER_SUMMARY = summary(
    f"{HASH}-H2O1-0-1",
    WATER,
    0,
    1,
    inchi="InChI=1S/H2O/h1H2",
    inchi_key="XLYOFNOQVPJJNP-UHFFFAOYSA-N",
    thermo={
        "NONE": {
            "level_of_theory": "wB97M-V/def2-SVPD/VACUUM",
            "electronic_energy": -2079.0,
            "zero_point_energy": 0.5,
            "total_enthalpy": 0.75,
            "free_energy": -2078.8,
        },
        "SOLVENT=WATER": {"level_of_theory": "wB97M-V/def2-TZVPPD/SMD", "free_energy": -2080.25},
    },
    vibration={"NONE": {"level_of_theory": "wB97M-V/def2-SVPD/VACUUM", "frequencies": [1600.0]}},
    redox={
        "SOLVENT=WATER": {
            "level_of_theory": "wB97M-V/def2-TZVPPD/SMD",
            "electron_affinity": 1.5,
            "ionization_energy": 9.5,
            "reduction_free_energy": 1.0,
            "reduction_potential": -5.44,
            "oxidation_free_energy": None,
            "oxidation_potential": 4.0,
        }
    },
    multipole_moments={
        "NONE": {"level_of_theory": "wB97M-V/def2-SVPD/VACUUM", "total_dipole": 1.9}
    },
)


def entries(tmp_path, rows):
    (tmp_path / "x.json").write_text(json.dumps(rows))
    return list(MaterialsProject(str(tmp_path / "x.json")).entries())


def test_libe_adds_the_electronic_energy_to_the_enthalpy(tmp_path):
    assert entries(tmp_path, [data_set("libe-1")]) == [
        Entry(
            "libe-1",
            "[OH]",
            values=(
                Value("total_energy", -2061.0, LIBE),
                Value("enthalpy", -2060.75, LIBE),
                Value("free_energy", -2061.5, LIBE),
            ),
        )
    ]


def test_madeira_has_bonds_by_method_and_an_electron_affinity_of_the_other_sign(tmp_path):
    document = data_set(
        "madeira-1",
        bonds={"critic": [], "nbo": [[0, 1]]},
        partial_spins={"mulliken": [-2.0, 3.0], "nbo": [1.0, 0.0]},
        partial_charges={"nbo": [-0.5, 0.5]},
        redox={"electron_affinity_eV": -4.0, "ionization_energy_eV": 13.5},
    )
    (entry,) = entries(tmp_path, [document])
    assert entry.structure == "[OH]"
    assert entry.values[3:] == (
        Value("ionization_energy", 13.5, f"{MADEIRA}, vertical"),
        Value("electron_affinity", 4.0, f"{MADEIRA}, vertical"),
    )


def test_an_atom_without_a_thermal_correction_has_its_energy_alone(tmp_path):
    thermo = {"eV": {"electronic_energy": -198.0, "total_enthalpy": None, "free_energy": None}}
    atom = {"molecule": molecule([("Li", (0.0, 0.0, 0.0))], 1, 1), "bonds": [], "thermo": thermo}
    (entry,) = entries(tmp_path, data_set("libe-2", **atom, partial_spins={"mulliken": None}))
    assert entry == Entry("libe-2", "[Li+]", values=(Value("total_energy", -198.0, LIBE),))


def test_an_old_document_names_method_basis_and_environment(tmp_path):
    document = {
        "task_id": 7,
        "method": "wb97xv",
        "basis": "def2-tzvppd",
        "environment": "smd_18.5,1.415",
        "molecule": molecule(HYDROXYL, 0, 2),
        "mulliken": [[-0.3, 1.02], [0.3, -0.02]],
        "bonds": [[0, 1]],
        "energy": -2061.0,
        "enthalpy": 0.25,
        "free_energy": -2061.5,
    }
    level = "wb97xv/def2-tzvppd, smd_18.5,1.415"
    assert entries(tmp_path, [document]) == [
        Entry(
            "7",
            "[OH]",
            values=(
                Value("total_energy", -2061.0, level),
                Value("enthalpy", -2060.75, level),
                Value("free_energy", -2061.5, level),
            ),
        )
    ]


def test_a_summary_gives_every_solvent_its_own_method(tmp_path):
    gas = "wB97M-V/def2-SVPD/VACUUM, gas"
    water = "wB97M-V/def2-TZVPPD/SMD(SOLVENT=WATER)"
    (entry,) = entries(tmp_path, {"data": [WATER_SUMMARY], "meta": {"total_doc": 1}})
    assert (entry.structure, entry.notation) == ("InChI=1S/H2O/h1H2", "inchi")
    assert entry.inchikey == "XLYOFNOQVPJJNP-UHFFFAOYSA-N"
    assert entry.values == (
        Value("total_energy", -2079.0, gas),
        Value("enthalpy", -2078.25, gas),
        Value("free_energy", -2078.8, gas),
        Value("zero_point_energy", 0.5, gas),
        Value("free_energy", -2080.25, f"{water}, vibrations {gas}"),
        Value("ionization_energy", 9.5, f"{water}, vertical"),
        Value("electron_affinity", -1.5, f"{water}, vertical"),
        Value("oxidation_potential", 4.0, f"{water}, adiabatic E, SHE 4.44 V"),
        Value("reduction_potential", -5.44, f"{water}, adiabatic G, SHE 4.44 V"),
        Value("dipole", 1.9, gas),
    )


def test_an_ion_whose_inchi_is_the_neutral_molecule_is_read_from_its_bonds(tmp_path):
    bonds = {"NONE": {"OpenBabelNN": {"bonds": [[0, 1]]}}}
    inchi = {"inchi": "InChI=1S/H2O/h1H2", "inchi_key": "XLYOFNOQVPJJNP-UHFFFAOYSA-N"}
    anion = summary(f"{HASH}-H1O1-m1-1", HYDROXYL, -1, 1, **inchi)
    found = entries(tmp_path, [{**anion, "bonding": bonds}, anion])
    assert found == [
        Entry(f"{HASH}-H1O1-m1-1", "[OH-]"),
        Rejected(f"{HASH}-H1O1-m1-1", "inchi of another charge, spin or formula, and no bonds"),
    ]


def test_the_identifier_says_charge_and_spin_where_the_fields_were_not_asked_for(tmp_path):
    neutral = {"molecule_id": f"{HASH}-H2O1-0-1", "inchi": "InChI=1S/H2O/h1H2"}
    anion = {"molecule_id": f"{HASH}-H1O1-m1-1", "inchi": "InChI=1S/H2O/h1H2/p-1"}
    assert [type(found) for found in entries(tmp_path, [neutral, anion])] == [Entry, Entry]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"bonds": None}, "no charge, spin, geometry and bonds"),
        ({"molecule": None}, "no charge, spin, geometry and bonds"),
        ({"bonds": [[0, 5]]}, "bond orders cannot be assigned"),
        ({"partial_spins": None}, "bond orders cannot be assigned"),
        ({"partial_spins": {"mulliken": [1.0]}}, "no charge, spin, geometry and bonds"),
        ({"thermo": {"eV": {"electronic_energy": "low"}}}, "a number does not parse"),
        ({"thermo": [1]}, "a field has another form than documented"),
    ],
)
def test_what_is_rejected_and_why(tmp_path, fields, reason):
    assert entries(tmp_path, [data_set("libe-1", **fields)]) == [Rejected("libe-1", reason)]


def test_a_deprecated_summary_and_a_stranger_are_rejected(tmp_path):
    found = entries(tmp_path, [{**WATER_SUMMARY, "deprecated": True}, {"a": 1}])
    assert found == [
        Rejected(f"{HASH}-H2O1-0-1", "deprecated"),
        Rejected("document 2", "no molecule of the Materials Project"),
    ]


@pytest.mark.parametrize("rows", [[{"task_id": "mol-1", "smiles": "C"}], [{"material_id": "mp-1"}]])
def test_the_documents_of_another_database_are_refused(tmp_path, rows):
    with pytest.raises(SourceError, match="source=electrolyte_genome"):
        entries(tmp_path, rows)


class Client:
    """In place of MPRester: two pages of summaries, then none."""

    def __init__(self, pages):
        self.molecules = self.summary = self
        self.pages = pages
        self.asked = []

    def search(self, chunk_size, num_chunks, _page):
        self.asked.append(_page)
        return self.pages[_page - 1] if _page <= len(self.pages) else []


def test_summaries_are_asked_for_a_page_at_a_time():
    client = Client([[{"molecule_id": "a"}, {"molecule_id": "b"}], [{"molecule_id": "c"}]])
    found = summaries(client=client)
    assert next(found)["molecule_id"] == "a" and client.asked == [1]
    assert [d["molecule_id"] for d in found] == ["b", "c"] and client.asked == [1, 2, 3]


def test_a_client_that_fails_is_told_in_one_error():
    client = Client(None)
    with pytest.raises(SourceError, match="no answer of the Materials Project"):
        next(summaries(client=client))


def test_without_a_file_a_key_and_mp_api_are_needed(monkeypatch):
    monkeypatch.delenv("MP_API_KEY", raising=False)
    with pytest.raises(SourceError, match="source.api_key"):
        next(MaterialsProject(None).entries())
    monkeypatch.setenv("MP_API_KEY", "k" * 32)
    monkeypatch.setitem(sys.modules, "mp_api.client", None)  # as if it were not installed
    with pytest.raises(SourceError, match="pip install mp-api"):
        next(MaterialsProject(None).entries())


def test_the_key_is_not_shown():
    assert "secret" not in repr(MaterialsProject(None, api_key="secret"))
