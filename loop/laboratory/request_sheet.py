"""Request sheet: a workbook with pictures, and the same as csv; beside it the sheet to fill in."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.drawing.image import Image
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from loop.laboratory.request import Asked, cells, masses
from loop.report.pictures import molecule_grid
from molecules.files import replace_file
from molecules.safe_cells import escape
from oracles.lab.columns import columns
from oracles.lab.laboratory import Laboratory

PICTURE = 150
"""Pixels of a picture's side; a spreadsheet's row is 0.75 points a pixel."""
WIDTHS = {"picture": 22, "smiles": 26, "why": 44, "hazards": 40, "buy": 30, "name": 24}
TITLE = "request"
RESULTS = "results"


def write_request(asked: Sequence[Asked], laboratory: Laboratory, folder: Path) -> list[Path]:
    """Write request-NNN.xlsx and .csv, and results-NNN.csv with a row for every cell to build.

    Returns:
        the files, the workbook first. Its second worksheet is the results sheet.
    """
    number = asked[0].candidate_id.partition("-")[0]
    rows = [request_row(one, laboratory) for one in asked]
    results = [{name: row.get(name, "") for name in columns()} for row in cells(asked, laboratory)]
    folder.mkdir(parents=True, exist_ok=True)
    names = (f"request-{number}.xlsx", f"request-{number}.csv", f"results-{number}.csv")
    workbook, request, empty = (folder / name for name in names)
    with replace_file(request) as path:
        _write_csv(rows, path)
    with replace_file(empty) as path:
        _write_csv(results, path)
    with replace_file(workbook) as path:
        _write_workbook(rows, results, asked, path)
    return [workbook, request, empty]


def request_row(one: Asked, laboratory: Laboratory) -> dict[str, str | float]:
    """What a person needs to know of one molecule, by column."""
    reference = laboratory.reference
    doses = {
        f"dose_{i}": f"{dose:g} M = {mass:.3g} mg/mL"
        for i, (dose, mass) in enumerate(zip(one.doses, masses(one), strict=True), 1)
    }
    return {
        "candidate_id": one.candidate_id,
        "name": one.name or one.molecule.smiles,
        "smiles": one.molecule.smiles,
        "cas": one.cas,
        "inchikey": one.molecule.inchikey,
        "buy": f"{one.purchase.smiles} ({one.purchase.form})",
        "molar_mass_g_mol": round(one.purchase.molar_mass, 3),
        "buy_note": one.purchase.note,
        "availability": one.availability,
        "base_electrolyte": f"{reference['base_molar']:g} M {reference['base_salt']} in water",
        **doses,
        "replicates_per_dose": laboratory.replicates,
        "control_cells": laboratory.controls,
        "test": (
            f"{reference['cell_type']}, {reference['protocol']}, "
            f"{reference['current_mA_cm2']:g} mA/cm2, {reference['capacity_mAh_cm2']:g} mAh/cm2, "
            f"{reference['temperature_C']:g} degC"
        ),
        "hazards": "; ".join(one.hazards),
        "alerts": "; ".join(one.alerts),
        "computed_score": round(one.computed, 3),
        "score": round(one.score, 3),
        "why": one.why,
    }


def _write_csv(rows: Sequence[Mapping[str, str | float]], path: Path) -> None:
    """UTF-8 with a byte order mark, which a Korean Excel needs to see that it is UTF-8."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows({name: escape(value) for name, value in row.items()} for row in rows)


def _write_workbook(
    rows: Sequence[Mapping[str, str | float]],
    results: Sequence[Mapping[str, str | float]],
    asked: Sequence[Asked],
    path: Path,
) -> None:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = TITLE
    _fill(sheet, ["picture", *rows[0]], [["", *row.values()] for row in rows])
    for line, one in enumerate(asked, 2):
        picture = Image(io.BytesIO(molecule_grid([one.molecule], [""], panel=2 * PICTURE)))
        picture.width = picture.height = PICTURE
        sheet.add_image(picture, f"A{line}")
        sheet.row_dimensions[line].height = 0.75 * (PICTURE + 6)
    second = book.create_sheet(RESULTS)
    _fill(second, list(results[0]), [list(row.values()) for row in results])
    book.save(path)


def _fill(sheet: Worksheet, header: Sequence[str], rows: Sequence[Sequence[str | float]]) -> None:
    sheet.append(list(header))
    for row in rows:
        sheet.append([escape(value) for value in row])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for column, name in enumerate(header, 1):
        sheet.column_dimensions[get_column_letter(column)].width = WIDTHS.get(name, 16)
    for line in sheet.iter_rows(min_row=2):
        for cell in line:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "C2"
