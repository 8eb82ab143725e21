"""Sheets of the tests: twelve sound cells, and ways to write what was changed in them."""

import csv
import io
from datetime import date
from pathlib import Path

from openpyxl import Workbook

from oracles.lab import check, read_sheet

FOLDER = Path(__file__).parent / "lab_sheets"
GOOD = FOLDER / "good.csv"
EVERY_FAULT = FOLDER / "every_fault.csv"
TODAY = date(2026, 7, 1)
with GOOD.open(encoding="utf-8", newline="") as file:
    HEADER, *LINES = list(csv.reader(file))


def rows():
    """The sound rows, fresh."""
    return [dict(zip(HEADER, line, strict=True)) for line in LINES]


def changed(name, /, **values):
    """The sound rows, one of them changed."""
    return [row | values if row["cell_id"] == name else row for row in rows()]


def text_of(records, header=None, delimiter=",", quoting=csv.QUOTE_MINIMAL, line="\r\n"):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=line)
    writer.writerow(header or HEADER)
    writer.writerows([[row.get(name, "") for name in HEADER] for row in records])
    return text.getvalue()


def write_csv(path, records, encoding="utf-8", **settings):
    path.write_bytes(text_of(records, **settings).encode(encoding))
    return path


def as_typed(text):
    """What a spreadsheet makes of a typed text."""
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return text or None


def workbook(records, header=None, texts=("cell_id", "batch_id", "note")):
    """An XLSX workbook of the rows, numbers as numbers."""
    book = Workbook()
    book.active.title = "results"
    book.active.append(header or HEADER)
    for row in records:
        book.active.append([row[n] if n in texts else as_typed(row[n]) for n in HEADER])
    return book


def write_xlsx(path, book):
    book.save(path)
    return path


def checked(path, **settings):
    return check(read_sheet(path), **{"today": TODAY, **settings})


def check_rows(tmp_path, records, **settings):
    return checked(write_csv(tmp_path / "sheet.csv", records), **settings)


def good_cells():
    return list(checked(GOOD).cells)
