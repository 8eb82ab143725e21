"""Row: one row of a sheet as values, with the ways to speak of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from oracles.lab.faults import Caution, Fault
from oracles.lab.values import Value

Finding = Fault | Caution


@dataclass(frozen=True)
class Row:
    """A row whose texts were parsed; a value that failed is None, and a fault says so."""

    number: int
    texts: Mapping[str, str]
    values: Mapping[str, Value]

    def fault(self, column: str, expected: str, mend: str) -> Fault:
        """A reason to reject this row."""
        return Fault(self.number, column, self.texts[column], expected, mend)

    def caution(self, column: str, why: str, mend: str) -> Caution:
        """A remark on this row."""
        return Caution(self.number, column, self.texts[column], why, mend)

    def text(self, column: str) -> str:
        """A name, text or choice; empty where there is none."""
        value = self.values[column]
        return value if isinstance(value, str) else ""

    def number_of(self, column: str) -> float | None:
        """A number, whole or not."""
        value = self.values[column]
        return float(value) if isinstance(value, int | float) else None

    def whole(self, column: str) -> int | None:
        """A whole number."""
        value = self.values[column]
        return value if isinstance(value, int) else None

    def flag(self, column: str) -> bool | None:
        """0 or 1."""
        value = self.values[column]
        return value if isinstance(value, bool) else None

    def day(self, column: str) -> date | None:
        """A date."""
        value = self.values[column]
        return value if isinstance(value, date) else None
