"""Faults: what is wrong with a sheet or a cell of it, in words that say how to mend it."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_SHOWN = 60


class SheetError(ValueError):
    """A file that cannot be read as a results sheet at all."""


@dataclass(frozen=True, order=True)
class Fault:
    """Why one row of a sheet is rejected."""

    row: int
    """As a spreadsheet numbers it, from 1."""
    column: str
    value: str
    """What the sheet says; `str` shortens it."""
    expected: str
    mend: str

    def __str__(self) -> str:
        return (
            f"row {self.row}, {self.column}: got {shown(self.value)}, "
            f"expected {self.expected}; {self.mend}"
        )


@dataclass(frozen=True, order=True)
class Caution:
    """What a person should look at in a row that is accepted."""

    row: int
    column: str
    value: str
    why: str
    mend: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.column} = {shown(self.value)}: {self.why}; {self.mend}"


def shown(value: str) -> str:
    """The text of a cell as an error message quotes it."""
    if not value:
        return "nothing"
    return repr(value if len(value) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]}...")
