"""Doses in mol per litre, by hand; and which structures are one additive."""

import pytest
from lab_sheet import changed, check_rows

from oracles.lab.salts import MOLAR_MASSES, salt_name
from oracles.lab.stereo import Stereo, stereo_of
from oracles.lab.units import additive_dose, salt_dose


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (50, "mM", 0.05),
        (0.05, "M", 0.05),
        (6.0, "mg/mL", 0.1),
        (6.0, "wt%", 1.0),
        (1.0, "m", 1 / 1.06),
        (6.0, "vol%", 1.1),
    ],
)
def test_doses_of_an_additive_of_60_g_per_mol(value, unit, expected):
    dose = additive_dose(value, unit, 60.0, 1.1)
    assert dose.molar == pytest.approx(expected)
    assert ("1 kg/L" in dose.remark) == (unit in ("wt%", "m"))


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [(2000, "mM", 2.0), (2, "M", 2.0), (2, "m", 2.0), (16.144, "wt%", 1.0), (161.44, "mg/mL", 1.0)],
)
def test_concentrations_of_zinc_sulfate(value, unit, expected):
    assert salt_dose(value, unit, "ZnSO4").molar == pytest.approx(expected)


def test_a_dose_without_molar_mass_or_density_is_not_guessed():
    assert additive_dose(5, "wt%", None).molar is None
    assert additive_dose(5, "vol%", 60.0).molar is None
    assert salt_dose(5, "wt%", "Zn(glc)2").molar is None
    assert salt_dose(5, "vol%", "ZnSO4").molar is None
    assert additive_dose(5, "mM", None).molar == pytest.approx(0.005)


def test_molar_masses_of_salts_agree_with_rdkit():
    from rdkit import Chem
    from rdkit.Chem import Descriptors

    drawn = {
        "ZnSO4": "[Zn+2].[O-]S(=O)(=O)[O-]",
        "ZnSO4·7H2O": "[Zn+2].[O-]S(=O)(=O)[O-].O.O.O.O.O.O.O",
        "ZnCl2": "[Zn+2].[Cl-].[Cl-]",
        "Zn(CF3SO3)2": "[Zn+2].[O-]S(=O)(=O)C(F)(F)F.[O-]S(=O)(=O)C(F)(F)F",
        "Zn(TFSI)2": "[Zn+2].FC(F)(F)S(=O)(=O)[N-]S(=O)(=O)C(F)(F)F.FC(F)(F)S(=O)(=O)[N-]S(=O)(=O)C(F)(F)F",
        "Zn(ClO4)2": "[Zn+2].[O-][Cl+3]([O-])([O-])[O-].[O-][Cl+3]([O-])([O-])[O-]",
        "Zn(ClO4)2·6H2O": "[Zn+2].[O-][Cl+3]([O-])([O-])[O-].[O-][Cl+3]([O-])([O-])[O-].O.O.O.O.O.O",
        "Zn(NO3)2": "[Zn+2].[O-][N+](=O)[O-].[O-][N+](=O)[O-]",
        "Zn(NO3)2·6H2O": "[Zn+2].[O-][N+](=O)[O-].[O-][N+](=O)[O-].O.O.O.O.O.O",
        "Zn(CH3COO)2": "[Zn+2].CC(=O)[O-].CC(=O)[O-]",
        "Zn(CH3COO)2·2H2O": "[Zn+2].CC(=O)[O-].CC(=O)[O-].O.O",
        "Zn(BF4)2": "[Zn+2].F[B-](F)(F)F.F[B-](F)(F)F",
        "MnSO4": "[Mn+2].[O-]S(=O)(=O)[O-]",
        "Na2SO4": "[Na+].[Na+].[O-]S(=O)(=O)[O-]",
        "KCl": "[K+].[Cl-]",
    }
    assert set(drawn) == set(MOLAR_MASSES)
    for name, smiles in drawn.items():
        mass = Descriptors.MolWt(Chem.MolFromSmiles(smiles))
        assert MOLAR_MASSES[name] == pytest.approx(mass, abs=0.05)


def test_a_spelling_of_a_salt_finds_its_name():
    assert salt_name("zn(otf)2") == "Zn(CF3SO3)2"
    assert salt_name("ZnSO4*7H2O") == salt_name("ZnSO₄ · 7H₂O") == "ZnSO4·7H2O"
    assert salt_name("Zn(glc)2") == "Zn(glc)2"


@pytest.mark.parametrize(
    ("values", "molar"),
    [
        ({"smiles": "CC(=O)[O-]", "counterion": "[Na+]", "additive_conc": "8.203"}, 0.1),
        ({"smiles": "CC(=O)[O-].[Na+]", "additive_conc": "8.203"}, 0.1),
        ({"smiles": "CC(=O)[O-].[Na+].O.O.O", "additive_conc": "13.608"}, 0.1),
        ({"smiles": "O=C([O-])C(=O)[O-]", "counterion": "[Na+]", "additive_conc": "13.4"}, 0.1),
        ({"smiles": "CC(=O)[O-]", "counterion": "[Zn+2]", "additive_conc": "9.174"}, 0.1),
        ({"smiles": "CC(=O)[O-]", "additive_conc": "8.203"}, None),
        ({"smiles": "*CCO*", "additive_conc": "8.203"}, None),
        ({"smiles": "OC(=O)CC(O)(C(=O)O)CC(=O)O.O", "additive_conc": "21.014"}, 0.1),
        ({"smiles": "NCCN.Cl.Cl", "additive_conc": "13.302"}, 0.1),
        ({"smiles": "NCCN.Cl.Cl.O", "additive_conc": "15.104"}, 0.1),
    ],
)
def test_a_salt_is_weighed_with_its_counterion(tmp_path, values, molar):
    found = check_rows(tmp_path, changed("A11", inchikey="", conc_unit="mg/mL", **values))
    assert not found.faults
    (cell,) = [cell for cell in found.cells if cell.cell_id == "A11"]
    assert cell.additive_molar == (None if molar is None else pytest.approx(molar, rel=1e-3))
    assert cell.additive_dose == f"{values['additive_conc']} mg/mL"
    if molar is None:
        assert any("out of the models of the dose" in w.why for w in found.warnings)


def test_water_and_acid_that_come_along_are_no_mixture(tmp_path):
    sheet = changed("A11", inchikey="", smiles="NCCN.Cl.Cl.O")
    found = check_rows(tmp_path, sheet)
    (cell,) = [cell for cell in found.cells if cell.cell_id == "A11"]
    assert (cell.smiles, cell.counterion, cell.is_molecular) == ("NCCN", "Cl.Cl", True)
    assert any("the additive is NCCN" in w.why for w in found.warnings)
    trihydrate = changed("A11", inchikey="", smiles="CC(=O)[O-].[Na+].O.O.O")
    (cell,) = [c for c in check_rows(tmp_path, trihydrate).cells if c.cell_id == "A11"]
    assert (cell.smiles, cell.counterion) == ("CC(=O)[O-]", "[Na+]")


def test_a_salt_drawn_whole_is_its_ion_and_its_counterion(tmp_path):
    whole = changed("A11", smiles="CC(=O)[O-].[Na+]", inchikey="VMHLLURERBWHNL-UHFFFAOYSA-M")
    split = changed(
        "A11", smiles="CC(=O)[O-]", counterion="[Na+]", inchikey="VMHLLURERBWHNL-UHFFFAOYSA-M"
    )
    one, other = (check_rows(tmp_path, sheet) for sheet in (whole, split))
    assert one.cells == other.cells
    assert (one.cells[3].smiles, one.cells[3].counterion) == ("CC(=O)[O-]", "[Na+]")
    assert (one.faults, other.faults) == ((), ())


@pytest.mark.parametrize(
    ("smiles", "n", "racemic"),
    [
        ("OCC(O)CO", 1, False),
        ("OC[C@@H](O)[C@@H](O)[C@H](O)[C@H](O)CO", 1, False),
        ("CC(O)C(=O)O", 1, True),
        ("CC(O)C(C)O", 2, False),
        ("OC(=O)C=CC(=O)O", 2, False),
        ("OC(=O)/C=C/C(=O)O", 1, False),
        ("CC(=N)N", 1, False),
        ("NC(=N)NCCC[C@H](N)C(=O)O", 1, False),
        ("C1CC2CCC1N2", 1, False),
        ("OC1CCC(O)CC1", 2, False),
    ],
)  # fmt: skip
def test_a_drawing_is_ambiguous_where_it_stands_for_diastereomers(smiles, n, racemic):
    assert stereo_of(smiles) == Stereo(n, racemic)


def test_hexitols_without_stereo_are_ambiguous():
    assert stereo_of("OCC(O)C(O)C(O)C(O)CO").n_compounds > 2
