"""Checks of a results sheet: each reason to reject and each to warn, with its place and mend."""

import json
import subprocess
import sys

import pytest
from lab_sheet import (
    EVERY_FAULT,
    FOLDER,
    GOOD,
    TODAY,
    changed,
    check_rows,
    checked,
    good_cells,
    rows,
)

from molecules import Molecule
from oracles.lab import Cell, check, read_sheet
from oracles.lab.columns import Need, columns

LONE = {"inchikey": ""}
RESULTS = [column.name for column in columns().values() if column.need is Need.RESULT]
WINDOW = {"ce_from_cycle": "1", "ce_to_cycle": "9"}


def test_the_good_sheet_has_no_fault_and_no_warning():
    found = checked(GOOD)
    assert (found.faults, found.warnings, found.unchanged) == ((), (), ())
    assert len(found.cells) == 12
    glycerol = found.cells[3]
    assert (glycerol.smiles, glycerol.additive_molar, glycerol.base_molar) == ("OCC(O)CO", 0.1, 2.0)
    assert glycerol.date == "2026-03-02"


def test_every_row_of_the_faulty_sheet_is_rejected_and_the_rest_stays():
    raw = read_sheet(EVERY_FAULT)
    found = check(raw, today=TODAY)
    assert [cell.cell_id for cell in found.cells] == ["A01", "A02", "A03", "A11"]
    assert {fault.row for fault in found.faults} == {row.number for row in raw.rows[4:]}
    for fault in found.faults:
        assert fault.column and fault.expected and fault.mend
        assert f"row {fault.row}, {fault.column}: got " in str(fault)


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("smiles", {"smiles": "OCC(O"}, "a SMILES that parses"),
        ("smiles", {"smiles": "OCCO glycol", **LONE}, "a SMILES that parses"),
        ("smiles", {"smiles": "", **LONE}, "structure of the additive"),
        ("smiles", {"smiles": "OC(=O)C=CC(=O)O", **LONE}, "names one compound"),
        ("smiles", {"smiles": "CC(=O)[O-].CC(=O)[O-].[Zn+2]", **LONE}, "one additive"),
        ("inchikey", {"smiles": "OCCO"}, "LYCAIKOWRPUZTN-UHFFFAOYSA-N, that of OCCO"),
        ("conc_unit", {"conc_unit": ""}, "one of mM, M, m"),
        ("conc_unit", {"conc_unit": "MM"}, "one of mM, M, m"),
        ("additive_conc", {"additive_conc": ""}, "a number of at least 0"),
        ("additive_conc", {"additive_conc": "-1"}, "a number of at least 0"),
        ("additive_conc", {"additive_conc": "0"}, "a dose above 0"),
        ("additive_conc", {"additive_conc": "100", "conc_unit": "M"}, "at most 60 mol/L"),
        ("additive_conc", {"additive_conc": "101", "conc_unit": "wt%"}, "at most 100 %"),
        ("base_conc_unit", {"base_conc_unit": ""}, "one of mM, M, m"),
        ("ce_avg_pct", {"ce_avg_pct": "0", **WINDOW}, "above 0 and at most 100.5 in %"),
        ("ce_avg_pct", {"ce_avg_pct": "-3", **WINDOW}, "above 0 and at most 100.5 in %"),
        ("ce_avg_pct", {"ce_avg_pct": "100.6", **WINDOW}, "above 0 and at most 100.5 in %"),
        ("ce_avg_pct", {"ce_avg_pct": "0.99", **WINDOW}, "looks like a fraction"),
        ("ce_avg_pct", {"ce_avg_pct": "99%", **WINDOW}, "above 0 and at most 100.5 in %"),
        ("ce_from_cycle", {"ce_avg_pct": "99", "ce_from_cycle": "9", "ce_to_cycle": "1"}, "at most"),
        ("lifetime_h", {"lifetime_h": "-600"}, "above 0"),
        ("lifetime_h", {"lifetime_h": ">600"}, "above 0"),
        ("lifetime_h", {"lifetime_h": "nan"}, "above 0"),
        ("lifetime_h", {"lifetime_h": "1_000"}, "above 0"),
        ("lifetime_h", {"lifetime_h": "10²"}, "above 0"),
        ("lifetime_h", {"lifetime_h": "6e-320"}, "above 0"),
        ("corrosion_uA_cm2", {"corrosion_uA_cm2": "6e-999"}, "at least 0"),
        ("overpotential_mV", {"overpotential_mV": "-5"}, "above 0"),
        ("corrosion_uA_cm2", {"corrosion_uA_cm2": "-5"}, "at least 0"),
        ("temperature_C", {"temperature_C": "298"}, "at most 150"),
        ("temperature_C", {"temperature_C": "25,0"}, "at most 150"),
        ("temperature_C", {"temperature_C": "없음"}, "at most 150"),
        ("current_mA_cm2", {"current_mA_cm2": "0"}, "above 0 for a cell that is cycled"),
        ("cell_type", {"cell_type": "Zn|Zn"}, "one of Zn||Zn"),
        ("protocol", {"protocol": "fast"}, "one of plain"),
        ("end_reason", {"end_reason": "died"}, "one of soft_short"),
        ("is_control", {"is_control": "yes"}, "0 or 1"),
        ("is_control", {"is_control": ""}, "0 or 1"),
        ("replicate", {"replicate": "1.5"}, "a whole number"),
        ("replicate", {"replicate": "0"}, "a whole number of at least 1"),
        ("date", {"date": "2026-07-02"}, "a day up to 2026-07-01"),
        ("date", {"date": "1926-03-02"}, "a day from 2000-01-01"),
        ("date", {"date": "2026-02-30"}, "a day such as"),
        ("date", {"date": "03/02/2026"}, "a day such as"),
        ("censored", {"censored": "", "end_reason": ""}, "says nothing"),
        ("censored", {"censored": "1"}, "0 beside a failure"),
        ("censored", {"censored": "0", "end_reason": "running"}, "1 beside end_reason running"),
        ("soft_short_onset_h", {"soft_short_onset_h": "700"}, "at most lifetime_h = 600"),
        ("soft_short_confirmed", {"soft_short_confirmed": "1"}, "end_reason = soft_short"),
        ("counterion", {"counterion": "[Na+]"}, "charge +0"),
        ("counterion", {"smiles": "CC(=O)[O-]", "counterion": "Na+", **LONE}, "charge -1"),
        ("raw_file", {"raw_file": "../a.csv"}, "inside the folder"),
        ("raw_file", {"raw_file": "C:\\a.csv"}, "inside the folder"),
        ("sha256", {"sha256": "12"}, "64 hexadecimal digits"),
        ("control_batch_id", {"control_batch_id": "2026-Z"}, "a batch with a control"),
        ("control_batch_id", {"temperature_C": "40"}, "under the same conditions"),
        ("cell_id", {"cell_id": "#A11"}, "a name in one line"),
        ("cell_id", {"cell_id": "A\u200b11"}, "a name in one line"),
        ("candidate_id", {"candidate_id": "R1", "smiles": "", **LONE}, "candidate of this campaign"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value.values()),
)  # fmt: skip
def test_a_fault_names_row_column_value_and_mend(tmp_path, column, values, expected):
    found = check_rows(tmp_path, changed("A11", **values))
    (fault,) = [fault for fault in found.faults if fault.row == 5]
    assert (fault.row, fault.column) == (5, column)
    assert fault.value == values.get(column, fault.value)
    assert expected in fault.expected
    assert fault.mend
    rest = [cell for cell in good_cells() if cell.cell_id != "A11"]
    assert list(found.cells) == rest


@pytest.mark.parametrize(
    ("column", "values", "why"),
    [
        ("smiles", {"smiles": "CC(=O)[O-]"}, "ion without counter-ion"),
        ("smiles", {"smiles": "CC(=O)[O-].[Na+]"}, "a salt: the additive is CC(=O)[O-]"),
        ("smiles", {"smiles": "*CCO*"}, "polymer or a mixture"),
        ("smiles", {"smiles": "OCCO.OCC(O)CO"}, "polymer or a mixture"),
        ("smiles", {"smiles": "CC(O)C(=O)O"}, "racemate"),
        ("additive_conc", {"additive_conc": "1", "conc_unit": "wt%"}, "1 kg/L: 0.1086 mol/L"),
        ("additive_conc", {"additive_conc": "1", "conc_unit": "m"}, "1 kg/L: 0.9157 mol/L"),
        ("additive_conc", {"additive_conc": "1", "conc_unit": "vol%"}, "no density_g_mL"),
        ("lifetime_h", {"cycles": "500"}, "500 cycles of 2 x capacity / current take 500 h"),
        ("end_reason", {"end_reason": "soft_short"}, "flagged"),
        ("end_reason", {"lifetime_h": "", "cycles": ""}, "an end without lifetime_h"),
        ("ce_avg_pct", {"ce_avg_pct": "99"}, "no window of cycles"),
        ("ce_avg_pct", {"ce_avg_pct": "99", **WINDOW}, "symmetric cell"),
        ("corrosion_uA_cm2", {"corrosion_uA_cm2": "0"}, "0 has no logarithm"),
        ("date", {"date": "46083"}, "serial number: read as 2026-03-02"),
        ("cell_id", {"cell_id": "EXAMPLE-1"}, "a row of the template"),
        ("replicate", {"replicate": "2"}, "two replicates of one batch share"),
        ("overpotential_mV", {"overpotential_mV": "120"}, "a factor of 2.14 among replicates"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value.values()),
)  # fmt: skip
def test_a_warning_names_its_row_and_takes_it(tmp_path, column, values, why):
    found = check_rows(tmp_path, changed("A11", **({"inchikey": ""} | values)))
    assert not found.faults
    assert len(found.cells) == 12
    (warning,) = [w for w in found.warnings if why in w.why]
    assert (warning.row, warning.column) == (5, column)
    assert f"row 5, {column} = " in str(warning)


@pytest.mark.parametrize(
    ("percent", "is_warned"), [("100", False), ("100.5", True), ("100.01", True)]
)
def test_an_efficiency_just_above_100_is_warned_of(tmp_path, percent, is_warned):
    found = check_rows(tmp_path, changed("B11", ce_avg_pct=percent))
    assert not found.faults
    assert any("more than 100 %" in w.why for w in found.warnings) == is_warned


def test_fewer_than_three_replicates_are_warned_of(tmp_path):
    found = check_rows(tmp_path, [row for row in rows() if row["cell_id"] != "A11"])
    (warning,) = found.warnings
    assert (warning.row, warning.column) == (5, "replicate")
    assert warning.why.startswith("2 of at least 3 replicates in batch 2026-A")


def test_a_control_outside_its_own_history_is_warned_of(tmp_path):
    known = {cell.cell_id: cell for cell in good_cells()}
    later = [
        row | {"cell_id": f"C{i}", "batch_id": "2026-C", "lifetime_h": hours, "cycles": hours}
        for i, (row, hours) in enumerate(zip(rows()[:3], ["110", "130", "400"], strict=True))
    ]
    found = check_rows(tmp_path, later, known_cells=known)
    outside = [w for w in found.warnings if "earlier controls" in w.why]
    assert [(w.row, w.column) for w in outside] == [(4, "lifetime_h")]
    assert "3.36 times above the mean of 3 earlier controls" in outside[0].why


def test_rejected_controls_take_the_cells_of_their_batch_along(tmp_path):
    damaged = [
        row | {"lifetime_h": "1,5"} if row["cell_id"].startswith("A0") else row for row in rows()
    ]
    found = check_rows(tmp_path, damaged)
    assert [cell.batch_id for cell in found.cells] == ["2026-B"] * 6
    lost = [fault for fault in found.faults if fault.column == "control_batch_id"]
    assert [fault.row for fault in lost] == [5, 6, 7]
    assert all("controls were rejected" in fault.mend for fault in lost)


def test_a_batch_without_control_is_taken_when_told_so(tmp_path):
    alone = [row for row in rows() if not row["cell_id"].startswith("A0")]
    assert [fault.row for fault in check_rows(tmp_path, alone).faults] == [2, 3, 4]
    found = check_rows(tmp_path, alone, without_control=True)
    assert len(found.cells) == 9
    assert [w.row for w in found.warnings if w.column == "control_batch_id"] == [2, 3, 4]


def test_controls_imported_before_count(tmp_path):
    known = {cell.cell_id: cell for cell in good_cells() if cell.is_control}
    found = check_rows(
        tmp_path, [row for row in rows() if row["is_control"] == "0"], known_cells=known
    )
    assert len(found.cells) == 6
    assert not found.faults


def test_controls_of_another_batch_are_warned_of(tmp_path):
    (warning,) = [
        w
        for w in check_rows(tmp_path, changed("A11", batch_id="2026-D")).warnings
        if w.column == "control_batch_id"
    ]
    assert "controls of another batch" in warning.why


def test_an_import_can_be_repeated():
    known = {cell.cell_id: cell for cell in good_cells()}
    found = checked(GOOD, known_cells=known)
    assert (found.cells, found.faults, found.warnings) == ((), (), ())
    assert list(found.unchanged) == good_cells()


def test_a_cell_that_was_imported_without_control_stays_unchanged(tmp_path):
    alone = [row for row in rows() if row["cell_id"] == "A11"]
    first = check_rows(tmp_path, alone, without_control=True)
    again = check_rows(tmp_path, alone, known_cells={cell.cell_id: cell for cell in first.cells})
    assert (again.faults, again.unchanged) == ((), first.cells)


def test_other_content_under_a_known_name_is_a_fault(tmp_path):
    known = {cell.cell_id: cell for cell in good_cells()}
    found = check_rows(tmp_path, changed("A11", lifetime_h="610", cycles="610"), known_cells=known)
    (fault,) = found.faults
    assert (fault.row, fault.column, fault.value) == (5, "cell_id", "A11")
    assert "do.replace" in fault.mend
    assert found.cells == ()


def test_a_repeated_row_is_taken_once_and_a_contradiction_not_at_all(tmp_path):
    twice = [*rows(), rows()[3] | {"additive_conc": "0.1", "conc_unit": "M"}]
    same = check_rows(tmp_path, [*rows(), rows()[3]])
    assert list(same.cells) == good_cells()
    assert [(w.row, w.column) for w in same.warnings] == [(14, "cell_id")]
    other = check_rows(tmp_path, twice)
    assert [(f.row, f.column) for f in other.faults] == [(5, "cell_id"), (14, "cell_id")]


def test_a_candidate_is_resolved(tmp_path):
    asked = {"R1-3": Molecule.from_smiles("OCC(O)CO")}
    by_name = changed("A11", smiles="", candidate_id="R1-3")
    found = check_rows(tmp_path, by_name, resolve=asked.get)
    assert (found.faults, found.cells[3].smiles) == ((), "OCC(O)CO")
    both = changed("A11", smiles="OCCO", inchikey="", candidate_id="R1-3")
    (fault,) = check_rows(tmp_path, both, resolve=asked.get).faults
    assert (fault.column, "OCC(O)CO" in fault.expected) == ("smiles", True)


@pytest.mark.parametrize("name", ["znso4", "ZnSO₄", "Zn SO4", "황산아연", "zinc sulfate"])
def test_a_salt_has_one_name(tmp_path, name):
    assert check_rows(tmp_path, changed("A11", base_salt=name)).cells[3].base_salt == "ZnSO4"


def test_an_unknown_salt_is_kept_as_written_and_said(tmp_path):
    all_of_them = [row | {"base_salt": "Zn(glc)2"} for row in rows()]
    found = check_rows(tmp_path, all_of_them)
    assert {cell.base_salt for cell in found.cells} == {"Zn(glc)2"}
    assert any("Zn(glc)2" in remark for remark in found.remarks)


@pytest.mark.parametrize(
    "values",
    [
        {"lifetime_h": "６００"},
        {"lifetime_h": "6e2"},
        {"lifetime_h": "+600.0"},
        {"cell_type": "Zn∥Zn"},
        {"cell_type": "ZN||ZN"},
        {"is_control": "FALSE"},
        {"date": "2026. 3. 2."},
        {"date": "2026년 3월 2일"},
        {"date": "2026-03-02 09:30:00"},
        {"smiles": "C(O)C(O)CO"},
        {"cell_id": "\u00a0A11\u200b"},
        {"additive_conc": "0.1", "conc_unit": "Ｍ"},
    ],
    ids=str,
)
def test_another_writing_of_the_same_is_the_same(tmp_path, values):
    found = check_rows(tmp_path, changed("A11", **values))
    assert (found.faults, found.warnings) == ((), ())
    same = [cell for cell in found.cells if cell.cell_id == "A11"][0]
    assert same.replicates == good_cells()[3].replicates
    assert (same.date, same.lifetime_h) == ("2026-03-02", 600.0)


def test_a_cell_survives_json():
    for cell in good_cells():
        again = Cell.from_json(json.loads(json.dumps(cell.to_json())))
        assert (again, again.content) == (cell, cell.content)
    record = good_cells()[3].to_json()
    assert Cell.from_json(record | {"temperature_C": 25}).content == good_cells()[3].content
    with pytest.raises(ValueError, match="another version"):
        Cell.from_json(record | {"colour": "blue"})
    with pytest.raises(ValueError, match="without all its fields"):
        Cell.from_json({"cell_id": "A"})


def test_heavy_libraries_load_late_and_say_nothing():
    script = (
        "import sys, datetime, oracles.lab as lab\n"
        "heavy = {'torch', 'pandas', 'pandera', 'pint', 'openpyxl', 'scipy', 'polars'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        f"sheet = lab.read_sheet({str(GOOD)!r})\n"
        "found = lab.check(sheet, today=datetime.date(2026, 7, 1))\n"
        "assert len(lab.labels(found.cells).labels) == 15\n"
        "assert 'torch' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-W", "default", "-c", script],
        cwd=FOLDER.parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_sheets_of_the_tests_are_all_used():
    assert {path.name for path in FOLDER.iterdir()} == {GOOD.name, EVERY_FAULT.name}


def test_a_hot_cell_is_warned_of(tmp_path):
    hot = check_rows(tmp_path, [row | {"temperature_C": "80"} for row in rows()])
    assert {(w.row, w.column) for w in hot.warnings} == {(n, "temperature_C") for n in range(2, 14)}


def test_a_cell_without_results_waits_until_it_has_some(tmp_path):
    blank = changed("A11", **{n: "" for n in RESULTS})
    found = check_rows(tmp_path, blank)
    assert len(found.cells) == 11
    assert "no result in this row" in str(found.warnings)
    known = {cell.cell_id: cell for cell in found.cells}
    later = check_rows(tmp_path, rows(), known_cells=known)
    assert not later.faults
    assert [cell.cell_id for cell in later.cells] == ["A11"]


def test_a_changed_row_says_what_was_changed(tmp_path):
    known = {cell.cell_id: cell for cell in check_rows(tmp_path, rows()).cells}
    found = check_rows(tmp_path, changed("A11", note="other"), known_cells=known)
    (fault,) = found.faults
    assert "note " in fault.expected
    assert "not 'other'" in fault.expected
    assert "do.replace" in fault.mend


def test_dissolved_hydrates_are_compared_with_their_salt(tmp_path):
    found = check_rows(tmp_path, changed("A11", base_salt="ZnSO4·7H2O"))
    assert not found.faults
    assert ("base_salt", "ZnSO4") in found.cells[10].base
