"""The template imports without fault, and no cell that is written can run as a formula."""

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lab_sheet import checked
from openpyxl import load_workbook

from oracles.lab import SheetError, escape, labels, read_sheet, unescape, write_template
from oracles.lab.columns import Need, columns


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "XLSX"])
def test_the_template_imports_without_fault(tmp_path, suffix):
    path = tmp_path / f"서식.{suffix}"
    write_template(path)
    found = checked(path)
    assert not found.faults
    assert len(found.cells) == 4
    assert {w.column for w in found.warnings} == {"cell_id", "replicate"}
    assert len([x for x in labels(found.cells).labels if x.quantity.name == "lifetime_ratio"]) == 3
    assert read_sheet(path).header == tuple(columns())


def test_csv_and_workbook_say_the_same(tmp_path):
    for suffix in ("csv", "xlsx"):
        write_template(tmp_path / f"t.{suffix}")
    assert checked(tmp_path / "t.csv").cells == checked(tmp_path / "t.xlsx").cells


def test_the_csv_has_a_byte_order_mark_and_explains_every_column(tmp_path):
    write_template(tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    text = (tmp_path / "t.csv").read_text("utf-8-sig")
    for column in columns().values():
        assert f"# {column.name} (" in text
        assert column.korean.split(",")[0] in text


def test_the_workbook_offers_choices_and_explains(tmp_path):
    write_template(tmp_path / "t.xlsx")
    book = load_workbook(tmp_path / "t.xlsx")
    results, explained = book.worksheets
    choices = [c for c in columns().values() if c.choices or c.kind == "flag"]
    assert len(results.data_validations.dataValidation) == len(choices)
    assert all(cell.comment for cell in results[1])
    assert explained.max_row == len(columns()) + 3


def test_every_column_is_explained_in_both_languages():
    for column in columns().values():
        assert column.english and column.korean
        assert any("가" <= letter <= "힣" for letter in column.korean)
        assert column.expected
    needed = [c.name for c in columns().values() if c.need is Need.ALWAYS]
    assert {"cell_id", "batch_id", "base_salt", "replicate", "is_control"} <= set(needed)


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(SheetError, match=r"\.csv or \.xlsx"):
        write_template(tmp_path / "t.ods")


@pytest.mark.parametrize(
    "text",
    [
        *"=+-@＝＋－＠",
        "=1+1",
        "\t=1",
        "\r=1",
        "  =1",
        "-CO",
        "@SUM(A1)",
        "＝1",
        "'=1",
        "\ufeff=1",
        "\t",
        "\n",
    ],
)
def test_what_could_run_is_escaped(text):
    assert escape(text) == f"'{text}"


@pytest.mark.parametrize("value", [-1.5, 3, "OCC(O)CO", "[Na+]", "(-)-menthol", "", "O=C", "'tis"])
def test_what_cannot_run_stays(value):
    assert escape(value) == value


@given(st.text() | st.text(alphabet="'=+-@ \t\r\n＝a"))
@settings(deadline=None)
def test_escaping_loses_nothing(text):
    assert unescape(escape(text)) == text
    assert not str(escape(text)).lstrip("\ufeff\u200b \t\r\n").startswith(tuple("=+-@＝＋－＠"))


def test_an_escaped_cell_is_read_as_it_was(tmp_path):
    write_template(tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    lines[-1][list(columns()).index("note")] = escape("-20 °C overnight")
    with (tmp_path / "t.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(lines)
    assert checked(tmp_path / "t.csv").cells[-1].note == "-20 °C overnight"
