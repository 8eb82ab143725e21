"""NIST tables, each written here in its layout, with values typed from textbooks."""

import json

import pytest
from small_downloads import ETHANOL_INCHI, ETHANOL_KEY

from molecules.quantity import VOCABULARY
from molecules.sources.base import Entry, Rejected, SourceError, Value
from molecules.sources.nist import PROPERTIES, Nist, cas_number
from molecules.sources.unit import UNITS

ETHANOL = {
    "ID": "C64175",
    "name": "Ethanol",
    "synonyms": ["Alcohol"],
    "formula": "C2H6O",
    "inchi": ETHANOL_INCHI,
    "inchi_key": ETHANOL_KEY,
    "cas_rn": "64-17-5",
}


def entries(path, text, **files):
    path.write_text(text)
    return list(Nist(path, **files).entries())


def measured(tmp_path, unit, value, symbol):
    (row,) = entries(
        tmp_path / "long.csv",
        f"CAS,SMILES,property,unit,value\n64175,CCO,{symbol},{unit},{value}\n",
    )
    return row.values[0]


@pytest.mark.parametrize(
    ("symbol", "value", "unit", "expected"),
    [
        ("Tb", "78.24", "degC", Value("boiling_point", 351.39, "experiment")),
        ("Tboil", "78.24", "°C", Value("boiling_point", 351.39, "experiment")),
        ("melting point", "159.0", "K", Value("melting_point", 159.0, "experiment")),
        ("Pc", "60.6", "atm", Value("critical_pressure", 6140295.0, "experiment")),
        ("Pc", "61.4", "bar", Value("critical_pressure", 6.14e6, "experiment")),
        ("Pc", "6.14", "MPa", Value("critical_pressure", 6.14e6, "experiment")),
        ("Ptriple", "4.58", "mmHg", Value("triple_point_pressure", 610.61645, "experiment")),
        ("Vc", "0.168", "L/mol", Value("critical_volume", 1.68e-4, "experiment")),
        ("Vc", "168", "cm³/mol", Value("critical_volume", 1.68e-4, "experiment")),
        ("Hfg", "-234.8", "kJ/mol", Value("formation_enthalpy", -234.8, "experiment, gas")),
        ("ΔfH°liquid", "-66.4", "kcal/mol", Value("formation_enthalpy", -277.8176, "experiment, liquid")),
        ("formation_enthalpy, solid", "-1", "J mol-1", Value("formation_enthalpy", -1e-3, "experiment, solid")),
        ("S°gas", "67.4", "cal/mol*K", Value("standard_entropy", 282.0016, "experiment, gas")),
        ("S0l", "159.9", "J/(mol K)", Value("standard_entropy", 159.9, "experiment, liquid")),
        ("S0l", "159.9", "J·K⁻¹·mol⁻¹", Value("standard_entropy", 159.9, "experiment, liquid")),
        ("Hvap", "42.3", "kJ mol^-1", Value("vaporization_enthalpy", 42.3, "experiment")),
        ("IE", "10.48", "eV", Value("ionization_energy", 10.48, "experiment")),
        ("ionization energy", "1011.1663", "kJ/mol", Value("ionization_energy", 10.48, "experiment")),
    ],
)  # fmt: skip
def test_units_of_the_long_table(tmp_path, symbol, value, unit, expected):
    found = measured(tmp_path, f'"{unit}"', value, f'"{symbol}"')
    assert (found.quantity, found.method) == (expected.quantity, expected.method)
    assert found.value == pytest.approx(expected.value, rel=1e-6)


def test_every_property_is_of_the_vocabulary_and_its_own_unit_is_accepted():
    for quantity, _ in PROPERTIES:
        assert 1.0 in UNITS[VOCABULARY[quantity].unit].values()


def test_the_wide_table_in_si_units_without_antoine(tmp_path):
    text = (
        "CAS,SMILES,Tt,Tm,Tb,Tc,Pt,Pc,Vc,Hfs,Hfl,Hfg,S0s,S0l,S0g,Hsub,Hfus,Hvap,AntoineTmin,AntoineA\n"
        "64-17-5,CCO,150.0,159.0,351.4,514.0,4.3e-4,6.14e6,1.68e-4,,-277600.0,-234800.0,,159.9,282.7,,4931.0,42300.0,273.0,23.6\n"
        "57136,NC(=O)N,,,,,,,,,,,,,,,,,,\n"
    )
    ethanol, urea = entries(tmp_path / "wide.csv", text)
    assert (ethanol.identifier, ethanol.cas) == ("64-17-5", "64-17-5")
    found = {(v.quantity, v.method): v.value for v in ethanol.values}
    assert found == pytest.approx(
        {
            ("triple_point_temperature", "experiment"): 150.0,
            ("melting_point", "experiment"): 159.0,
            ("boiling_point", "experiment"): 351.4,
            ("critical_temperature", "experiment"): 514.0,
            ("triple_point_pressure", "experiment"): 4.3e-4,
            ("critical_pressure", "experiment"): 6.14e6,
            ("critical_volume", "experiment"): 1.68e-4,
            ("formation_enthalpy", "experiment, liquid"): -277.6,
            ("formation_enthalpy", "experiment, gas"): -234.8,
            ("standard_entropy", "experiment, liquid"): 159.9,
            ("standard_entropy", "experiment, gas"): 282.7,
            ("fusion_enthalpy", "experiment"): 4.931,
            ("vaporization_enthalpy", "experiment"): 42.3,
        }
    )
    assert urea == Entry("57-13-6", "NC(=O)N", cas="57-13-6")


@pytest.mark.parametrize("layout", ["list", "lines", "csv"])
def test_records_of_nistchempy(tmp_path, layout):
    second = {**ETHANOL, "ID": "R1", "cas_rn": None, "inchi": None, "inchi_key": float("nan")}
    if layout == "list":
        text = json.dumps([ETHANOL, second], indent=1)
    elif layout == "lines":
        text = f"{json.dumps(ETHANOL)}\n{json.dumps(second)}\n"
    else:
        text = f'ID,name,formula,inchi,inchi_key,cas_rn\nC64175,Ethanol,C2H6O,"{ETHANOL_INCHI}",{ETHANOL_KEY},64-17-5\nR1,,,,,\n'
    assert entries(tmp_path / "records", text) == [
        Entry("C64175", ETHANOL_INCHI, "inchi", (), "Ethanol", "64-17-5", ETHANOL_KEY),
        Rejected(
            "row 3" if layout == "csv" else "record 2", "neither a structure nor a CAS number"
        ),
    ]


def test_structures_by_cas_number_from_a_second_file(tmp_path):
    identifiers = tmp_path / "identifiers.csv"
    identifiers.write_text("CID,CAS,SMILES\n702,64-17-5,CCO\n962,7732-18-5,O\n")
    text = "CAS\tTm\tTb\n64175\t159.0\t\n67685\t291.7\t\n"
    assert entries(tmp_path / "wide.tsv", text, identifiers=identifiers) == [
        Entry(
            "64-17-5", "CCO", values=(Value("melting_point", 159.0, "experiment"),), cas="64-17-5"
        ),
        Rejected("67-68-5", "CAS number without a structure; give source.identifiers"),
    ]
    assert {row.reason for row in entries(tmp_path / "wide.tsv", text)} == {
        "CAS number without a structure; give source.identifiers"
    }


def test_rows_of_the_long_table_that_are_rejected_and_why(tmp_path):
    text = (
        "CAS,SMILES,property,unit,value\n"
        "64-17-6,CCO,Tb,K,351\n"
        "64-17-5,CCO,colour,nm,500\n"
        "64-17-5,CCO,Tb,furlong,1\n"
        "64-17-5,CCO,Pc,mPa,1\n"
        "64-17-5,CCO,Tb,K,351.4 ± 0.2\n"
        "64-17-5,CCO,Tb,K,\n"
    )
    *rejected, empty = entries(tmp_path / "long.csv", text)
    assert [row.where for row in rejected] == [f"row {n}" for n in range(2, 7)]
    assert [row.reason for row in rejected] == [
        "CAS number with a wrong check digit",
        "property none of Tt, Tm, Tb, Tc, Pt, Pc, Vc, Hfs, Hfl, Hfg, S0s, S0l, S0g, Hsub, Hfus, "
        "Hvap, IE, EA",
        "unit none of K, Kelvin, kelvin, degC, C, Celsius, celsius",
        "unit none of Pa, hPa, kPa, MPa, bar, mbar, atm, torr, mmHg, psi",
        "a number does not parse",
    ]
    assert empty == Entry("64-17-5", "CCO", cas="64-17-5")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("64-17-5", "64-17-5"),
        ("64175", "64-17-5"),
        ("0064-17-5", "64-17-5"),
        ("7732185", "7732-18-5"),
        ("50000", "50-00-0"),
        ("64-17-6", ""),
        ("CCO", ""),
        ("", ""),
    ],
)
def test_cas_numbers_are_checked_and_get_their_hyphens(text, number):
    assert cas_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "CID,SMILES\n1,C\n",
        "ID,Name,InChI,InChIKey,SMILES,Solubility\nA-1,x,y,z,C,-1\n",
        "CAS,SMILES,colour\n64-17-5,CCO,none\n",
        '[{"molecule_id": "a-C2H6O-0-1", "inchi": "x"}]',
        '{\n "ID": "C64175"\n}',
        "[1, 2]",
        "[" * 100_000,
    ],
)
def test_the_download_of_something_else_is_refused(tmp_path, text):
    with pytest.raises(SourceError, match="expected records of nistchempy"):
        entries(tmp_path / "other", text)


def test_identifiers_without_structures_are_refused(tmp_path):
    identifiers = tmp_path / "identifiers.csv"
    identifiers.write_text("CAS,InChI\n64-17-5,x\n")
    with pytest.raises(SourceError, match="expected the columns CAS and SMILES"):
        entries(tmp_path / "wide.csv", "CAS,Tm\n64-17-5,159\n", identifiers=identifiers)
