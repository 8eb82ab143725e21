"""What to buy, what it warns of, and what a catalogue offers."""

import pytest

from loop.laboratory.catalogue import read_catalogue
from loop.laboratory.hazards import ALWAYS, hazards
from loop.laboratory.purchase import of_substance, purchase
from loop.making import CampaignError
from molecules import Molecule


def of(smiles):
    return Molecule.from_smiles(smiles)


@pytest.mark.parametrize(
    ("smiles", "bought", "form", "grams", "counter_ion"),
    [
        ("OCC(O)CO", "OCC(O)CO", "as drawn", 92.094, ""),
        ("CC(=O)[O-]", "CC(=O)O", "uncharged acid or base", 60.052, "[H+]"),
        ("c1c[nH]c[nH+]1", "c1c[nH]cn1", "uncharged acid or base", 68.079, "[OH-]"),
        ("[NH3+]CC(=O)[O-]", "NCC(=O)O", "uncharged acid or base", 75.067, ""),
        ("C[N+](C)(C)C", "C[N+](C)(C)C.[Cl-]", "chloride", 109.600, "[Cl-]"),
        ("C[N+](C)(C)CC(=O)[O-]", "C[N+](C)(C)CC(=O)[O-]", "as drawn", 117.148, ""),
    ],
)
def test_the_substance_and_its_mass(smiles, bought, form, grams, counter_ion):
    found = purchase(of(smiles))
    assert of(found.smiles) == of(bought)
    assert found.form == form
    assert found.molar_mass == pytest.approx(grams, abs=0.01)
    assert found.counter_ion(of(smiles)) == counter_ion


def test_a_salt_is_weighed_per_mole_of_additive():
    # tetrabutylammonium sulfate has two moles of the additive; a hydrate brings its water
    salt = of_substance("CCCC[N+](CCCC)(CCCC)CCCC.CCCC[N+](CCCC)(CCCC)CCCC.[O-]S(=O)(=O)[O-]", "")
    assert salt.molar_mass == pytest.approx(581.0 / 2, abs=0.2)
    hydrate = of_substance("OC(=O)CC(O)(C(=O)O)CC(=O)O.O", "")
    assert hydrate.molar_mass == pytest.approx(210.14, abs=0.02)


@pytest.mark.parametrize(
    ("smiles", "word"),
    [("CCS", "stench"), ("OS(=O)(=O)C", "corrosive"), ("CC#N", "nitrile"), ("NCCN", "amine"),
     ("NC(N)=S", "thiourea"), ("C[N+](C)(C)C", "quaternary"), ("COCCOC", "peroxides")],
)  # fmt: skip
def test_hazards_by_functional_group(smiles, word):
    found = hazards(of(smiles))
    assert any(word in text for text in found)
    assert found[-1] == ALWAYS


def test_a_harmless_molecule_still_has_a_data_sheet():
    assert hazards(of("OCC(O)CO")) == [ALWAYS]
    assert not any("amine" in text for text in hazards(of("NC(N)=O")))


def test_a_catalogue_offers_a_molecule_in_any_of_its_salts(tmp_path):
    path = tmp_path / "카탈로그.csv"
    path.write_bytes(
        "SMILES;CAS;supplier;price\n"
        "CC(=O)[O-].[Na+];127-09-3;대정;5000\n"
        ";57-13-6;Sigma;\n"
        "C1CC;;broken;1\n".encode("cp949")
    )
    catalogue = read_catalogue(path)
    offer = catalogue.offer(of("CC(=O)[O-]"))
    assert offer is not None
    assert (offer.supplier, offer.price) == ("대정", "5000")
    assert catalogue.offer(of("NC(N)=O")) is None
    assert catalogue.offer(of("NC(N)=O"), "57-13-6").supplier == "Sigma"
    assert catalogue.offer(of("CCO")) is None
    assert "row 4" in catalogue.remarks[0]


def test_stereoisomers_are_different_offers(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("smiles\nC[C@H](O)C(=O)O\n")
    catalogue = read_catalogue(path)
    assert catalogue.offer(of("C[C@H](O)C(=O)[O-]"))
    assert catalogue.offer(of("C[C@@H](O)C(=O)[O-]")) is None


def test_a_table_that_is_no_catalogue_is_refused(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("name,amount\nurea,3\n")
    with pytest.raises(CampaignError, match="expected smiles or cas"):
        read_catalogue(path)
    with pytest.raises(CampaignError, match="expected a csv"):
        read_catalogue(tmp_path / "none.csv")


def test_an_offer_with_a_damaged_structure_is_found_by_its_number(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("smiles,cas,supplier\nC(,107-43-7,TCI\n")
    catalogue = read_catalogue(path)
    offer = catalogue.offer(of("C[N+](C)(C)CC(=O)[O-]"), "107-43-7")
    assert (offer.smiles, offer.supplier) == ("", "TCI")
    assert "CAS number alone" in catalogue.remarks[0]


def test_a_hydrochloride_is_an_offer_of_a_betaine(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("smiles\nC[N+](C)(C)CC(=O)O.[Cl-]\n")
    assert read_catalogue(path).offer(of("C[N+](C)(C)CC(=O)[O-]"))


@pytest.mark.parametrize(
    ("bottle", "additive", "counter_ion"),
    [
        ("OC(=O)CC(O)(C(=O)O)CC(=O)O.O", "OC(=O)CC(O)(C(=O)O)CC(=O)O", ""),
        ("OC(=O)CC(O)(C(=O)O)CC(=O)O.O", "OC(=O)CC(O)(C(=O)[O-])CC(=O)O", "[H+]"),
        ("N[C@@H](CS)C(=O)O.Cl.O", "[NH3+][C@@H](CS)C(=O)[O-]", ""),
        ("CCN.Cl", "CC[NH3+]", "[Cl-]"),
        ("CC(=O)[O-].[Na+].O.O.O", "CC(=O)[O-]", "[Na+]"),
    ],
)
def test_water_and_hydrogen_chloride_are_no_counter_ions(bottle, additive, counter_ion):
    assert of_substance(bottle, "").counter_ion(of(additive)) == counter_ion


def test_hazards_are_those_of_the_bottle_too():
    assert hazards(of("C[NH3+]")) == [ALWAYS]
    assert "amine" in hazards(of("C[NH3+]"), of("CN"))[0]


@pytest.mark.parametrize(
    ("additive", "words"),
    [("CC[NH3+]", "sulfuric acid"), ("CC(=O)[O-]", "zinc oxide"), ("[NH3+]CC(=O)[O-]", "check")],
)
def test_a_base_or_an_acid_comes_with_what_sets_the_ph(additive, words):
    assert words in purchase(of(additive)).note


def test_what_is_weighed_as_it_acts_needs_no_note():
    assert purchase(of("OCC(O)CO")).note == ""
