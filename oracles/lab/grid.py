"""Grid: the cells of a file as text, before anybody asks what they mean."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from oracles.lab.columns import by_spelling, columns
from oracles.lab.faults import SheetError

MOST_ROWS = 100_000
MOST_BYTES = 100_000_000
"""Of a file, and of a workbook when unpacked."""
LONGEST_CELL = 32_767
"""Characters, as in a spreadsheet."""
FEWEST_KNOWN = 5
"""Names of ours that make a line the header."""
MOST_TITLE_LINES = 30
COMMENT = "#"

Line = tuple[int, Sequence[str]]
"""Row number as a spreadsheet shows it, and the texts of its cells."""
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_BLANKS = "\ufeff\u200b\u200c\u200d\u2060"


@dataclass(frozen=True)
class Grid:
    """The lines of one table, from its header on."""

    encoding: str
    header: Sequence[str]
    """As it is written, cleaned."""
    header_row: int
    lines: Sequence[Line]
    """Below the header, those without any text left out."""
    unreadable: Mapping[tuple[int, int], tuple[str, str, str]] = field(default_factory=dict)
    """(row, position) of a cell that holds no text: what it shows, what was expected, the mend."""
    dates: frozenset[tuple[int, int]] = frozenset()
    """(row, position) of cells that the workbook keeps as a date."""
    remarks: tuple[str, ...] = ()
    is_open_ended: bool = False
    """Whether a text ends without a line break, and so perhaps within its last row."""
    is_text: bool = True
    """True for CSV, where a line with fewer cells than the header is one that breaks off."""


def clean(text: str) -> str:
    """A text without the blanks and marks around it that nobody sees; Hangul composed (NFC)."""
    previous = None
    while text != previous:
        previous, text = text, text.strip().strip(_BLANKS)
    return unicodedata.normalize("NFC", text)


def narrow(text: str) -> str:
    """The ASCII characters of their full-width forms, which a Korean keyboard may give."""
    return text.translate(_NARROW)


def canonical_name(text: str) -> str:
    """The name of the column that a cell of the header means, or the text as it is."""
    name = narrow(clean(text))
    return by_spelling().get(name.casefold(), name)


def is_header(cells: Sequence[str]) -> bool:
    """Whether a line names enough columns of ours to be the header."""
    return len({canonical_name(cell) for cell in cells} & set(columns())) >= FEWEST_KNOWN


def is_comment(cells: Sequence[str]) -> bool:
    """Whether a line above the header explains."""
    return bool(cells) and clean(cells[0]).startswith(COMMENT)


def expect_few(n_rows: int) -> None:
    """Refuse a table that is no results sheet by its size alone; raises SheetError."""
    if n_rows > MOST_ROWS:
        raise SheetError(
            f"got more than {MOST_ROWS} rows, expected one row per cell; split the sheet"
        )


def no_header(first: str) -> SheetError:
    """What to say of a table without a header."""
    return SheetError(
        f"got a sheet that begins with {first[:60]!r}, expected a header that names "
        f"{', '.join(list(columns())[:4])}, ... in English; start from the template"
    )
