"""Reading: a file becomes rows of text under our column names; nothing is judged or changed yet."""

from __future__ import annotations

import difflib
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from molecules.safe_cells import unescape
from oracles.lab.columns import Kind, Need, columns
from oracles.lab.delimited import read_delimited
from oracles.lab.faults import Caution, Fault, SheetError
from oracles.lab.grid import LONGEST_CELL, MOST_BYTES, Grid, Line, canonical_name, clean
from oracles.lab.workbook import OLD_EXCEL, ZIP, read_workbook


@dataclass(frozen=True)
class RawRow:
    """One row of a sheet: text by column name, empty where the sheet is."""

    number: int
    """As a spreadsheet shows it, from 1."""
    cells: Mapping[str, str]


@dataclass(frozen=True)
class RawSheet:
    """A sheet as it was read."""

    path: Path
    sha256: str
    """Of the file's bytes."""
    encoding: str
    """UTF-8, UTF-8 with BOM, CP949 or XLSX."""
    header: tuple[str, ...]
    """The columns of ours that the sheet has."""
    rows: tuple[RawRow, ...]
    faults: tuple[Fault, ...] = ()
    """Rows and cells that hold no text; the rows are rejected by `check`."""
    cautions: tuple[Caution, ...] = ()
    remarks: tuple[str, ...] = ()


def read_sheet(path: Path | str) -> RawSheet:
    """Read a results sheet, CSV or XLSX, whatever its name ends in.

    Raises:
        SheetError: it cannot be read as one; the message says what to do.
    """
    path = Path(path)
    data = _bytes(path)
    try:
        grid = _grid(path, data)
        return _sheet(path, hashlib.sha256(data).hexdigest(), grid)
    except SheetError as error:
        raise SheetError(f"{path.name}: {error}") from error


def _bytes(path: Path) -> bytes:
    try:
        if path.is_file() and path.stat().st_size > MOST_BYTES:
            raise SheetError(
                f"got {path} of {path.stat().st_size // 10**6} MB, expected at most "
                f"{MOST_BYTES // 10**6} MB; split the sheet"
            )
        return path.read_bytes()
    except (OSError, ValueError) as error:
        if isinstance(error, SheetError):
            raise
        raise SheetError(
            f"got {path}, which cannot be read ({error}), expected a CSV or XLSX file"
        ) from error


def _grid(path: Path, data: bytes) -> Grid:
    if not data.strip():
        raise SheetError("got an empty file, expected a results sheet; start from the template")
    if data.startswith(OLD_EXCEL):
        raise SheetError(
            "got an old or encrypted Excel file, expected XLSX or CSV; save it as .xlsx without "
            "a password"
        )
    return read_workbook(data) if data.startswith(ZIP) else read_delimited(data)


def _sheet(path: Path, sha256: str, grid: Grid) -> RawSheet:
    names = [canonical_name(text) for text in grid.header]
    while names and not names[-1]:
        names.pop()
    _expect_columns(names)
    faults: list[Fault] = []
    cautions = [*_unknown_columns(names, grid), *_open_end(names, grid)]
    rows = []
    for line in grid.lines:
        number, texts = line
        filled = [clean(text) for text in texts if clean(text)]
        if not filled:
            continue
        if len(filled) == 1:
            cautions.append(
                Caution(
                    number,
                    names[0],
                    filled[0],
                    "taken for a heading, for it is alone in its row",
                    "empty the row, or fill it",
                )
            )
            continue
        if fault := _wrong_length(line, names, grid.is_text):
            faults.append(fault)
            continue
        cells = {name: "" for name in columns()}
        for position, name in enumerate(names):
            if name not in columns():
                continue
            text = clean(texts[position]) if position < len(texts) else ""
            trouble = _trouble(number, position, name, text, grid)
            if trouble:
                faults.append(trouble)
            else:
                cells[name] = unescape(text)
        rows.append(RawRow(number, cells))
    if not rows and not faults:
        raise SheetError("got a header without rows, expected one row per cell; fill the sheet")
    header = tuple(name for name in names if name in columns())
    remarks = (f"read as {grid.encoding}", *grid.remarks)
    return RawSheet(
        path, sha256, grid.encoding, header, tuple(rows), tuple(faults), tuple(cautions), remarks
    )


def _expect_columns(names: Sequence[str]) -> None:
    """Refuse a header that lacks a column, or has one twice."""
    twice = [name for name, count in Counter(names).items() if count > 1 and name in columns()]
    if twice:
        raise SheetError(
            f"got the column {', '.join(twice)} more than once, expected it once; remove one"
        )
    missing = [c.name for c in columns().values() if c.is_in_header and c.name not in names]
    if not {"smiles", "candidate_id"} & set(names):
        missing.append("smiles (or candidate_id)")
    if missing:
        raise SheetError(
            f"got a sheet without the column {', '.join(missing)}, expected all that the template "
            "has; add it with its English name"
        )


def _unknown_columns(names: Sequence[str], grid: Grid) -> list[Caution]:
    """Columns that nobody reads.

    Raises:
        SheetError: one looks like a misspelt result; without it the cells would count, and their
            results be lost.
    """
    cautions = []
    for position, name in enumerate(names):
        is_filled = any(len(texts) > position and clean(texts[position]) for _, texts in grid.lines)
        if name in columns() or not is_filled:
            continue
        near = difflib.get_close_matches(name, [c for c in columns() if c not in names], 1, 0.7)
        if near and columns()[near[0]].need is Need.RESULT:
            raise SheetError(
                f"got the column {name!r}, which nobody reads, and none called {near[0]}; expected "
                f"the names of the template; call it {near[0]} if it is that"
            )
        mend = f"did you mean {near[0]}?" if near else "see the template for the names"
        cautions.append(Caution(grid.header_row, name, name, "unknown column, not read", mend))
    return cautions


def _open_end(names: Sequence[str], grid: Grid) -> list[Caution]:
    """The last row of a text that ends within a line: nobody can see whether it is whole."""
    if not (grid.is_open_ended and grid.lines):
        return []
    number, texts = grid.lines[-1]
    why, mend = "the file ends without a line break", "see that the last row is whole"
    return [Caution(number, names[-1], clean(texts[-1]), why, mend)]


def _wrong_length(line: Line, names: Sequence[str], is_text: bool) -> Fault | None:
    """A row that is longer than the header, or a line of text that breaks off."""
    number, texts = line
    beyond = [text for text in texts[len(names) :] if clean(text)]
    if beyond:
        return Fault(
            number,
            names[-1],
            beyond[0],
            f"{len(names)} cells as in the header, not {len(texts)}",
            "put a text with a comma between quotation marks, and write decimals with a point",
        )
    if is_text and len(texts) < len(names):
        return Fault(
            number,
            names[len(texts)],
            "",
            f"{len(names)} cells as in the header, not {len(texts)}",
            "the row breaks off: save the sheet again from the spreadsheet",
        )
    return None


def _trouble(number: int, position: int, name: str, text: str, grid: Grid) -> Fault | None:
    """Why a cell holds no text that we may take."""
    column = columns()[name]
    if (number, position) in grid.unreadable:
        value, expected, mend = grid.unreadable[number, position]
        return Fault(number, name, value, expected, mend)
    if (number, position) in grid.dates and column.kind is not Kind.DATE:
        mend = "the spreadsheet made a date of it: format the column as text and type it again"
        return Fault(number, name, text, column.expected, mend)
    if grid.is_text and text.startswith("="):
        return Fault(number, name, text, column.expected, "replace the formula by its value")
    if len(text) > LONGEST_CELL:
        expected = f"at most {LONGEST_CELL} characters"
        return Fault(number, name, text, expected, "shorten it")
    return None
