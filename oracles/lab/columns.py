"""Columns: every column of a results sheet, once; template, checks and documents derive from it."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files


class Kind(StrEnum):
    """What a column holds."""

    NAME = "name"
    """One line without invisible characters: it is compared."""
    TEXT = "text"
    NUMBER = "number"
    WHOLE = "whole"
    FLAG = "flag"
    """0 or 1."""
    CHOICE = "choice"
    DATE = "date"


class Need(StrEnum):
    """Which rows must fill a column."""

    ALWAYS = "always"
    ADDITIVE = "additive"
    """Every row but those of controls."""
    RESULT = "result"
    """What was measured; any subset."""
    OPTIONAL = "optional"


@dataclass(frozen=True)
class Column:
    """One column: what it holds, within which bounds, and what it means."""

    name: str
    kind: Kind
    need: Need
    low: float | None
    """Least value, allowed itself."""
    above: float | None
    """Least value, not allowed itself."""
    high: float | None
    """Greatest value, allowed itself."""
    unit: str
    choices: tuple[str, ...]
    english: str
    korean: str

    @property
    def is_in_header(self) -> bool:
        """Whether a sheet without this column is refused."""
        return self.need in (Need.ALWAYS, Need.ADDITIVE)

    @property
    def expected(self) -> str:
        """What a cell of this column has to hold, in words."""
        match self.kind:
            case Kind.CHOICE:
                return f"one of {', '.join(self.choices)}"
            case Kind.FLAG:
                return "0 or 1"
            case Kind.DATE:
                return "a day such as 2026-03-05"
            case Kind.NAME:
                return "a name in one line"
            case Kind.TEXT:
                return "a text"
        number = "a whole number" if self.kind is Kind.WHOLE else "a number"
        return " ".join(part for part in (number, self._bounds(), self._in_unit()) if part)

    def _bounds(self) -> str:
        least = f"above {self.above:.12g}" if self.above is not None else ""
        least = f"of at least {self.low:.12g}" if self.low is not None else least
        most = f"at most {self.high:.12g}" if self.high is not None else ""
        return " and ".join(part for part in (least, most) if part)

    def _in_unit(self) -> str:
        return f"in {self.unit}" if self.unit else ""


@cache
def columns() -> Mapping[str, Column]:
    """Every column by name, in the order of the template."""
    text = files("oracles.lab").joinpath("data/columns.csv").read_text(encoding="utf-8")
    return {row["name"]: _column(row) for row in csv.DictReader(text.splitlines())}


@cache
def by_spelling() -> Mapping[str, str]:
    """The name of each column by its small letters: a header may be in capitals."""
    return {name.casefold(): name for name in columns()}


def _column(row: Mapping[str, str]) -> Column:
    low, above, high = (
        float(row[name]) if row[name] else None for name in ("low", "above", "high")
    )
    return Column(
        row["name"],
        Kind(row["kind"]),
        Need(row["need"]),
        low,
        above,
        high,
        row["unit"],
        tuple(row["choices"].split()),
        row["english"],
        row["korean"],
    )
