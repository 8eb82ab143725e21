"""Workbook: an XLSX file as text; nothing in it is ever run."""

from __future__ import annotations

import io
import math
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from oracles.lab.faults import SheetError
from oracles.lab.grid import (
    MOST_BYTES,
    MOST_ROWS,
    MOST_TITLE_LINES,
    Grid,
    Line,
    expect_few,
    is_header,
    no_header,
)

ZIP = b"PK\x03\x04"
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
MOST_COLUMNS = 256
ENTITY = (b"<!DOCTYPE", b"<!ENTITY")
NOT_A_WORKBOOK = "expected an XLSX workbook or a CSV; save the sheet again as .xlsx"

Trouble = tuple[str, str, str]
_Row = tuple[int, Sequence[Any], Sequence[Any]]


def read_workbook(data: bytes) -> Grid:
    """The worksheet with our header, in the bytes of an XLSX file.

    Raises:
        SheetError: no workbook, too large, or not exactly one worksheet with our header.
    """
    remarks = _inspect(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl remarks on styles and lists we do not read
        try:
            tables = list(_tables(data))
        except SheetError:
            raise
        except Exception as error:  # a foreign parser on foreign bytes: its errors are of any type
            raise SheetError(
                f"got a workbook that cannot be read ({type(error).__name__}: {error}), "
                f"{NOT_A_WORKBOOK}"
            ) from error
    found = [(name, grid) for name, grid in tables if grid is not None]
    if not found:
        raise no_header(f"worksheet {', '.join(name for name, _ in tables)}")
    if len(found) > 1:
        raise SheetError(
            f"got results in the worksheets {', '.join(name for name, _ in found)}, "
            "expected one; keep one in each file"
        )
    name, grid = found[0]
    if len(tables) > 1:
        remarks.append(f"read the worksheet {name!r}")
    return Grid(
        grid.encoding,
        grid.header,
        grid.header_row,
        grid.lines,
        grid.unreadable,
        grid.dates,
        (*remarks, *grid.remarks),
        is_text=False,
    )


def _inspect(data: bytes) -> list[str]:
    """Refuse what must not be unpacked; remark on macros."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > MOST_BYTES:
                raise SheetError(
                    f"got a workbook of more than {MOST_BYTES // 10**6} MB when unpacked, "
                    "expected a results sheet; split it"
                )
            if "xl/workbook.xml" not in archive.namelist():
                raise SheetError(f"got a zip archive that is no workbook, {NOT_A_WORKBOOK}")
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    text = archive.read(part).replace(b"\0", b"")
                    if any(mark in text for mark in ENTITY):
                        raise SheetError(f"got a workbook with XML entities, {NOT_A_WORKBOOK}")
            has_macros = any(part.filename.endswith("vbaProject.bin") for part in parts)
    except SheetError:
        raise
    except Exception as error:  # damaged archives raise errors of many types
        raise SheetError(f"got a damaged workbook ({error}), {NOT_A_WORKBOOK}") from error
    return ["the workbook's macros were not run"] if has_macros else []


def _tables(data: bytes) -> Iterator[tuple[str, Grid | None]]:
    """Name of each worksheet, and its grid where it has our header."""
    from openpyxl import load_workbook

    values = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    written = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    for name in values.sheetnames:
        sheets = values[name], written[name]
        if all(hasattr(sheet, "reset_dimensions") for sheet in sheets):
            yield name, _grid(_rows(*sheets))


def _rows(values: Any, written: Any) -> Iterator[_Row]:
    """Row number, and its cells with values and as written (a formula is what was written)."""
    for sheet in (values, written):
        sheet.reset_dimensions()  # what the file says of its size may be a lie
    pairs = zip(
        values.iter_rows(max_col=MOST_COLUMNS),
        written.iter_rows(max_col=MOST_COLUMNS),
        strict=True,
    )
    for number, (shown, typed) in enumerate(pairs, 1):
        if any(cell.value is not None for cell in typed):
            yield number, shown, typed


def _grid(rows: Iterator[_Row]) -> Grid | None:
    header: list[str] = []
    header_row = n_titles = n_formulas = 0
    lines: list[Line] = []
    unreadable: dict[tuple[int, int], Trouble] = {}
    dates: set[tuple[int, int]] = set()
    for number, shown, typed in rows:
        texts = [_text(cell) for cell in shown]
        if not header:
            header, header_row = (texts, number) if is_header(texts) else ([], 0)
            n_titles += 1
            if n_titles > MOST_TITLE_LINES:
                return None
            continue
        for position, (cell, source) in enumerate(zip(shown, typed, strict=True)):
            n_formulas += source.data_type == "f"
            if isinstance(cell.value, date):
                dates.add((number, position))
            if trouble := _trouble(cell, source):
                unreadable[number, position] = trouble
        lines.append((number, texts))
        expect_few(max(len(lines), number - MOST_ROWS))
    if not header:
        return None
    remarks = (f"took the last value of {n_formulas} formulas",) if n_formulas else ()
    return Grid("XLSX", header, header_row, lines, unreadable, frozenset(dates), remarks)


def _text(cell: Any) -> str:
    """What a cell holds, in the writing of our columns."""
    match cell.value:
        case None:
            return ""
        case bool(flag):
            return "TRUE" if flag else "FALSE"
        case datetime() as moment:
            return moment.date().isoformat()
        case int() | float() as number:
            if "%" in (cell.number_format or ""):
                return f"{number * 100:.12g}%"
            is_whole = math.isfinite(number) and number == int(number)
            return str(int(number)) if is_whole else repr(number)
        case other:
            return str(other)


def _trouble(cell: Any, source: Any) -> Trouble | None:
    """What a cell shows, what was expected and the mend, where it holds no value of its own."""
    if source.data_type == "f" and cell.value is None:
        return (
            str(source.value)[:60],
            "a value",
            "the formula was never calculated: paste its value",
        )
    if cell.data_type == "e":
        return str(cell.value), "a value", "the formula failed: paste a value or empty the cell"
    return None
