"""Template: an empty results sheet with its explanations, as CSV or XLSX."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from molecules.files import replace_file
from molecules.safe_cells import escape
from oracles.lab.columns import Column, Kind, Need, columns
from oracles.lab.faults import SheetError
from oracles.lab.grid import COMMENT
from oracles.lab.values import Value, parse

NEEDS = {
    Need.ALWAYS: ("needed", "필수"),
    Need.ADDITIVE: ("needed unless a control", "대조 셀이 아니면 필수"),
    Need.RESULT: ("result", "결과"),
    Need.OPTIONAL: ("optional", "선택"),
}
COLORS = {
    Need.ALWAYS: "F8CBAD",
    Need.ADDITIVE: "FFE699",
    Need.RESULT: "C6E0B4",
    Need.OPTIONAL: "D9D9D9",
}
HEADINGS = ("column 열", "need 필수 여부", "holds 값", "English", "한국어")
OPENING = (
    "One row per cell. Delete the example rows. Results may be filled later.",
    "셀 하나에 한 행씩 씁니다. 예시 행은 지우세요. 결과는 나중에 채워도 됩니다.",
)
LAST_ROW = 2000
"""To which lists of choices are offered."""
WIDTH = 16


def write_template(path: Path | str) -> None:
    """Write the template; the name's ending, .csv or .xlsx, says which.

    Raises:
        SheetError: another ending.
    """
    path = Path(path)
    writers = {".csv": _write_csv, ".xlsx": _write_xlsx}
    if path.suffix.lower() not in writers:
        raise SheetError(f"got {path.name}, expected a name that ends in .csv or .xlsx")
    with replace_file(path) as temporary:
        writers[path.suffix.lower()](temporary)


def examples() -> list[dict[str, str]]:
    """The rows that show how to fill the sheet."""
    text = files("oracles.lab").joinpath("data/examples.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _explanation(column: Column) -> Sequence[str]:
    needed = " ".join(NEEDS[column.need])
    return column.name, needed, column.expected, column.english, column.korean


def _write_csv(path: Path) -> None:
    """UTF-8 with BOM, by which Excel knows the encoding."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        for line in OPENING:
            writer.writerow([f"{COMMENT} {line}"])
        for column in columns().values():
            name, needed, expected, english, korean = _explanation(column)
            writer.writerow([f"{COMMENT} {name} ({needed}; {expected}): {english} / {korean}"])
        writer.writerow(columns())
        for row in examples():
            writer.writerow([escape(row.get(name, "")) for name in columns()])


def _write_xlsx(path: Path) -> None:
    from openpyxl import Workbook

    workbook = Workbook()
    results = workbook.active
    results.title = "results"
    for position, column in enumerate(columns().values(), 1):
        _write_column(results, position, column)
    results.freeze_panes = "B2"
    explained = workbook.create_sheet("explanations 설명")
    for line in OPENING:
        explained.append([line])
    explained.append(list(HEADINGS))
    for column in columns().values():
        explained.append([escape(text) for text in _explanation(column)])
    for letter, width in zip("ABCDE", (26, 30, 44, 70, 60), strict=True):
        explained.column_dimensions[letter].width = width
    with path.open("wb") as file:
        workbook.save(file)


def _write_column(sheet: Any, position: int, column: Column) -> None:
    """Header with its explanation, the examples below, and the list of choices."""
    from openpyxl.comments import Comment
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    head = sheet.cell(1, position, column.name)
    head.font = Font(bold=True)
    head.fill = PatternFill("solid", start_color=COLORS[column.need])
    head.comment = Comment("\n".join(_explanation(column)[1:]), "template", width=320, height=160)
    letter = get_column_letter(position)
    sheet.column_dimensions[letter].width = WIDTH
    # As text, or a spreadsheet makes dates and numbers of names such as 3-1 and 1E5.
    style = {Kind.NAME: "@", Kind.TEXT: "@", Kind.DATE: "yyyy-mm-dd"}.get(column.kind, "General")
    sheet.column_dimensions[letter].number_format = style
    for row, example in enumerate(examples(), 2):
        value: Value = parse(column, example.get(column.name, ""))
        if value is not None:
            shown = int(value) if isinstance(value, bool) else value
            cell = sheet.cell(row, position, escape(shown) if isinstance(shown, str) else shown)
            cell.number_format = style
    listed = column.choices or (("0", "1") if column.kind is Kind.FLAG else ())
    if listed:
        choices = DataValidation(type="list", formula1=f'"{",".join(listed)}"', allow_blank=True)
        choices.add(f"{letter}2:{letter}{LAST_ROW}")
        sheet.add_data_validation(choices)
