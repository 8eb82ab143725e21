"""Reading a results sheet: encodings, delimiters, workbooks, and what is no sheet."""

import io
import zipfile
from datetime import date, datetime

import pytest
from lab_sheet import (
    GOOD,
    HEADER,
    changed,
    checked,
    good_cells,
    rows,
    text_of,
    workbook,
    write_csv,
    write_xlsx,
)

from oracles.lab import SheetError, read_sheet
from oracles.lab import grid as limits


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8 with BOM"), ("cp949", "CP949")],
)
def test_it_reads_three_encodings_and_says_which(tmp_path, encoding, named):
    raw = read_sheet(write_csv(tmp_path / "시트.csv", rows(), encoding))
    assert raw.encoding == named
    assert f"read as {named}" in raw.remarks
    assert raw.rows[0].cells["operator"] == "김민지"
    assert raw.header == tuple(HEADER)


def test_rows_bear_the_numbers_of_a_spreadsheet(tmp_path):
    text = '# a comment\r\n\r\n"a title\r\nin two lines"\r\n' + text_of(rows()[:2]) + "\r\n,,\r\n"
    (tmp_path / "s.csv").write_text(text + text_of(rows()[2:3]).split("\r\n", 1)[1], newline="")
    assert [row.number for row in read_sheet(tmp_path / "s.csv").rows] == [5, 6, 9]


@pytest.mark.parametrize(("delimiter", "named"), [(";", "semicolon"), ("\t", "tab")])
def test_another_delimiter_is_read_and_remarked(tmp_path, delimiter, named):
    path = write_csv(tmp_path / "s.csv", rows(), delimiter=delimiter)
    assert any(named in remark for remark in read_sheet(path).remarks)
    assert list(checked(path).cells) == good_cells()


@pytest.mark.parametrize("line", ["\n", "\r", "\r\n"])
def test_every_line_break_is_one(tmp_path, line):
    assert list(checked(write_csv(tmp_path / "s.csv", rows(), line=line)).cells) == good_cells()


def test_a_workbook_says_the_same_as_its_csv(tmp_path):
    book = workbook(rows())
    book.create_sheet("notes").append(["nothing", "here"])
    book.active.append([])
    raw = read_sheet(write_xlsx(tmp_path / "s.xlsx", book))
    assert raw.encoding == "XLSX"
    assert "read the worksheet 'results'" in raw.remarks
    assert list(checked(tmp_path / "s.xlsx").cells) == good_cells()


def test_a_workbook_under_the_name_of_a_csv_is_read_by_its_content(tmp_path):
    write_xlsx(tmp_path / "s.xlsx", workbook(rows())).rename(tmp_path / "s.csv")
    assert list(checked(tmp_path / "s.csv").cells) == good_cells()


def test_days_of_a_workbook_are_days(tmp_path):
    book = workbook(rows())
    column = HEADER.index("date") + 1
    book.active.cell(2, column, datetime(2026, 3, 2, 9, 30))
    book.active.cell(3, column, date(2026, 3, 2))
    assert list(checked(write_xlsx(tmp_path / "s.xlsx", book)).cells) == good_cells()


def test_a_serial_number_is_a_day_with_a_warning(tmp_path):
    for path in (
        write_xlsx(tmp_path / "s.xlsx", workbook(changed("A11", date="46083"))),
        write_csv(tmp_path / "s.csv", changed("A11", date="46083")),
    ):
        found = checked(path)
        assert list(found.cells) == good_cells()
        assert [w.column for w in found.warnings] == ["date"]
        assert "2026-03-02" in found.warnings[0].why


@pytest.mark.parametrize(
    ("column", "value", "mend"),
    [
        ("lifetime_h", "=10*60", "never calculated"),
        ("replicate", date(2026, 3, 1), "made a date"),
        ("cell_id", date(2026, 3, 1), "made a date"),
        ("note", "#REF!", "formula failed"),
    ],
)
def test_a_cell_without_a_value_of_its_own_is_a_fault(tmp_path, column, value, mend):
    book = workbook(rows())
    book.active.cell(5, HEADER.index(column) + 1, value)
    (fault,) = read_sheet(write_xlsx(tmp_path / "s.xlsx", book)).faults
    assert (fault.row, fault.column) == (5, column)
    assert mend in fault.mend
    assert "A11" not in {cell.cell_id for cell in checked(tmp_path / "s.xlsx").cells}


def test_a_formula_with_its_last_value_is_taken_and_remarked(tmp_path):
    path = write_xlsx(tmp_path / "s.xlsx", workbook(rows()))
    packed = zipfile.ZipFile(path)
    parts = {name: packed.read(name) for name in packed.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert parts[sheet].count(b"<v>600</v>") == 2
    parts[sheet] = parts[sheet].replace(b"<v>600</v>", b"<f>300*2</f><v>600</v>")
    with zipfile.ZipFile(path, "w") as again:
        for name, part in parts.items():
            again.writestr(name, part)
    assert list(checked(path).cells) == good_cells()
    assert "took the last value of 2 formulas" in checked(path).remarks


def test_a_formula_in_a_csv_is_a_fault(tmp_path):
    (fault,) = checked(write_csv(tmp_path / "s.csv", changed("A11", lifetime_h="=600"))).faults
    assert (fault.row, fault.column, fault.value) == (5, "lifetime_h", "=600")


def test_a_value_in_percent_format_reads_as_it_is_seen(tmp_path):
    book = workbook(rows())
    cell = book.active.cell(8, HEADER.index("ce_avg_pct") + 1, 0.98)
    cell.number_format = "0.0%"
    (fault,) = checked(write_xlsx(tmp_path / "s.xlsx", book)).faults
    assert fault.value == "98%"


def test_a_row_that_breaks_off_or_overflows_is_a_fault(tmp_path):
    lines = text_of(rows()).splitlines()
    lines[4] = lines[4].rsplit(",", 3)[0]
    lines[5] = lines[5].replace(",5,2.5,", ",5,2,5,")
    (tmp_path / "s.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    short, long = checked(tmp_path / "s.csv").faults
    assert (short.row, short.column) == (5, "sha256")
    assert "breaks off" in short.mend
    assert (long.row, long.column) == (6, "note")
    assert "decimals with a point" in long.mend


def test_a_lone_text_is_a_heading_and_said(tmp_path):
    lines = text_of(rows()).splitlines()
    (tmp_path / "s.csv").write_text("\n".join([*lines[:4], "Batch A", *lines[4:], ""]), "utf-8")
    found = checked(tmp_path / "s.csv")
    assert list(found.cells) == good_cells()
    assert [(w.row, w.value) for w in found.warnings] == [(5, "Batch A")]


def test_a_column_that_nobody_reads_is_warned_of(tmp_path):
    header = [name.replace("note", "weather") for name in HEADER]
    (warning,) = read_sheet(write_csv(tmp_path / "s.csv", rows(), header=header)).cautions
    assert (warning.row, warning.column) == (1, "weather")


@pytest.mark.parametrize("name", ["lifetime", "lifetime (h)", "lifetime_hr"])
def test_a_misspelt_result_is_refused(tmp_path, name):
    header = [name if column == "lifetime_h" else column for column in HEADER]
    with pytest.raises(SheetError, match="lifetime_h"):
        read_sheet(write_csv(tmp_path / "s.csv", rows(), header=header))


def test_capitals_and_blanks_in_the_header_do_not_matter(tmp_path):
    header = [f" {name.upper()} " for name in HEADER]
    path = write_csv(tmp_path / "s.csv", rows(), header=header)
    assert list(checked(path).cells) == good_cells()


GOOD_BYTES = GOOD.read_bytes()


def packed(**parts):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), part)
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"", "empty file"),
        (b"\xef\xbb\xbf\r\n", "header"),
        (b"hello", "template"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, "old or encrypted"),
        (b"PK\x03\x04 nothing", "damaged workbook"),
        (packed(readme="no workbook"), "no workbook"),
        (packed(xl__workbook_xml="<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"), "entities"),
        (packed(xl__workbook_xml="0" * (limits.MOST_BYTES + 1)), "when unpacked"),
        (GOOD_BYTES.decode().encode("utf-16"), "UTF-16"),
        (GOOD_BYTES.replace(b"Zn", b"Z\0n", 1), "NUL"),
        (GOOD_BYTES.replace("김민지".encode(), "김민지".encode()[:-1], 1), "damaged"),
        (GOOD_BYTES.replace("김민지".encode(), b"\xff\xff" * 300), "neither"),
        (GOOD_BYTES.replace(b'plain', b'"plain', 1), "quotation marks"),
        (GOOD_BYTES.replace(b"cell_type", b"celltype", 1), "cell_type"),
        (GOOD_BYTES.replace(b"smiles", b"structure", 1).replace(b"candidate_id", b"x"), "smiles"),
        (GOOD_BYTES.replace(b"operator", b"note", 1), "more than once"),
        (GOOD_BYTES.splitlines()[0] + b"\n", "without rows"),
    ],
    ids=lambda value: value if isinstance(value, str) else "bytes",
)  # fmt: skip
def test_what_is_no_sheet_is_one_clear_line(tmp_path, data, named):
    path = tmp_path / "sheet.csv"
    path.write_bytes(data)
    with pytest.raises(SheetError, match=named) as error:
        read_sheet(path)
    assert str(error.value).startswith("sheet.csv: ")
    assert "expected" in str(error.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SheetError, match="absent"):
        read_sheet(tmp_path / "absent.csv")
    with pytest.raises(SheetError, match=tmp_path.name):
        read_sheet(tmp_path)


def test_two_worksheets_of_results_are_refused(tmp_path):
    book = workbook(rows())
    second = book.create_sheet("more")
    second.append(HEADER)
    with pytest.raises(SheetError, match="results, more"):
        read_sheet(write_xlsx(tmp_path / "s.xlsx", book))


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_sheet_of_too_many_rows_is_refused(tmp_path, monkeypatch, suffix):
    monkeypatch.setattr(limits, "MOST_ROWS", 10)
    path = tmp_path / f"s.{suffix}"
    if suffix == "csv":
        write_csv(path, rows())
    else:
        write_xlsx(path, workbook(rows()))
    with pytest.raises(SheetError, match="more than 10 rows"):
        read_sheet(path)


def test_a_file_that_is_too_large_is_not_even_read(tmp_path):
    with (tmp_path / "s.csv").open("wb") as file:
        file.truncate(limits.MOST_BYTES + 1)
    with pytest.raises(SheetError, match="at most 100 MB"):
        read_sheet(tmp_path / "s.csv")


def test_macros_are_not_run_and_said(tmp_path):
    path = write_xlsx(tmp_path / "s.xlsm", workbook(rows()))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"Shell")
    assert "the workbook's macros were not run" in read_sheet(path).remarks
    assert list(checked(path).cells) == good_cells()
