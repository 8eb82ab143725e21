"""Delimited text: a CSV file as Korean and other Excels, and people, write it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from oracles.lab.faults import SheetError
from oracles.lab.grid import MOST_TITLE_LINES, Grid, Line, expect_few, is_comment, is_header
from oracles.lab.grid import no_header as no_header_error

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
BOM = b"\xef\xbb\xbf"


def read_delimited(data: bytes) -> Grid:
    """The table in the bytes of a text file.

    Raises:
        SheetError: no text in one of our encodings, no header, or quotes that do not close.
    """
    encoding, text = decode(data)
    delimiter, header_row, header = _find_header(text)
    lines: list[Line] = []
    for number, cells in _records(text, delimiter):
        if number > header_row and any(cell.strip() for cell in cells):
            lines.append((number, cells))
            expect_few(len(lines))
    is_open_ended = not text.endswith(("\n", "\r"))
    remarks = _remarks(delimiter)
    return Grid(encoding, header, header_row, lines, remarks=remarks, is_open_ended=is_open_ended)


def decode(data: bytes) -> tuple[str, str]:
    """Name of the encoding, and the text.

    Raises:
        SheetError: neither UTF-8 nor CP949, binary, or UTF-8 with damaged places.
    """
    if b"\0" in data or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise SheetError(
            "got a file with NUL bytes (UTF-16 or binary), expected text; save it as 'CSV UTF-8'"
        )
    try:
        text = data.decode("utf-8-sig")
        return ("UTF-8 with BOM" if data.startswith(BOM) else "UTF-8"), text
    except UnicodeDecodeError as error:
        if data.startswith(BOM) or _is_nearly_utf8(data):
            raise SheetError(
                f"got text in UTF-8 that is damaged at byte {error.start}, expected it whole; "
                "save the sheet again as 'CSV UTF-8'"
            ) from error
    try:
        return "CP949", data.decode("cp949")
    except UnicodeDecodeError as error:
        raise SheetError(
            f"got text that is neither UTF-8 nor CP949 (byte {error.start}), expected one of "
            "them; save the sheet as 'CSV UTF-8'"
        ) from error


def _is_nearly_utf8(data: bytes) -> bool:
    """Whether most characters beyond ASCII are sound UTF-8; read as CP949 they would be garbled."""
    text = data.decode("utf-8", errors="surrogateescape")
    n_damaged = sum("\udc80" <= character <= "\udcff" for character in text)
    n_sound = sum(character > "\x7f" for character in text) - n_damaged
    return n_sound > n_damaged


def _find_header(text: str) -> tuple[str, int, Sequence[str]]:
    """Delimiter, row number and cells of the header, under the first delimiter that shows one."""
    broken: SheetError | None = None
    for delimiter in DELIMITERS:
        n_titles = 0
        try:
            for number, cells in _records(text, delimiter):
                if is_header(cells):
                    return delimiter, number, cells
                n_titles += bool(cells) and not is_comment(cells)
                if n_titles > MOST_TITLE_LINES:
                    break
        except SheetError as error:
            broken = broken or error
    raise broken or no_header_error(text.strip()[:60])


def _records(text: str, delimiter: str) -> Iterator[Line]:
    """Row number and cells; a record over several lines is one row, as in a spreadsheet."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        yield from enumerate(reader, 1)
    except csv.Error as error:
        raise SheetError(
            f"got quotation marks that do not close, or an endless cell, near line "
            f'{reader.line_num} ({error}), expected each " to have its partner; '
            "save the sheet again from the spreadsheet"
        ) from error


def _remarks(delimiter: str) -> tuple[str, ...]:
    if delimiter == ",":
        return ()
    return (f"the cells are separated by a {DELIMITERS[delimiter]}, not by a comma",)
