"""Table: any csv, tsv or .smi with SMILES; and what the readers of tables share."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from molecules.quantity import VOCABULARY
from molecules.sources.base import GIVE, NO_NUMBER, Entry, Rejected, SourceError, Value, hold_paths
from molecules.sources.text import expect_columns, header, number, open_text, rows

MISSING = {"", "nan", "none", "null", "na", "n/a"}
"""How people and programs write, in any case, that they have nothing to say."""
LONGEST_HEADER = 100_000
"""Characters of a first line."""
LINES = (".smi", ".smiles", ".ism")
"""Endings of files that hold a SMILES and a name a line."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*\Z")


@dataclass(frozen=True, slots=True)
class Column:
    """What a column of numbers means."""

    quantity: str
    """A name of the vocabulary."""
    method: str
    factor: float = 1.0
    """The vocabulary's unit per unit of the column."""
    offset: float = 0.0
    """In the vocabulary's unit, added after the factor."""

    def __post_init__(self) -> None:
        if self.quantity not in VOCABULARY:
            near = ", ".join(get_close_matches(self.quantity, VOCABULARY, cutoff=0.0))
            raise SourceError(
                f"got the quantity {self.quantity!r}, expected a name of the vocabulary "
                f"(molecules/quantity.py), such as {near}"
            )
        if not all(isinstance(number_, int | float) for number_ in (self.factor, self.offset)):
            raise SourceError(f"got {self}, expected numbers as factor and offset")

    def value(self, cell: float) -> Value:
        """A number of the column, in the vocabulary's unit."""
        return Value(self.quantity, cell * self.factor + self.offset, self.method)


def values_of(
    where: str, row: Mapping[str, str], columns: Mapping[str, Column]
) -> tuple[Value, ...] | Rejected:
    """The numbers of a row; empty cells are left out, and one that is no number rejects it."""
    values = []
    for name, column in columns.items():
        text = row.get(name, "")
        if text.lower() in MISSING:
            continue
        if (cell := number(text)) is None:
            return Rejected(where, NO_NUMBER)
        values.append(column.value(cell))
    return tuple(values)


def first_given(row: Mapping[str, str], columns: Sequence[str]) -> str:
    """The first of these columns in which something stands, or an empty text."""
    cells = (row.get(name, "") for name in columns)
    return next((cell for cell in cells if cell.lower() not in MISSING), "")


def first_line(path: Path) -> str:
    """The first line of a text, or the beginning of a very long one; raises as `open_text`."""
    with open_text(path) as file:
        return file.readline(LONGEST_HEADER)


def delimiter(path: Path) -> str:
    """What parts the first line most often: comma, semicolon or tab.

    Raises:
        SourceError: as `open_text`, or where the first line does not end.
    """
    line = first_line(path)
    if len(line) == LONGEST_HEADER:
        raise SourceError(
            f"got {path}, whose first line is longer than {LONGEST_HEADER} characters; expected "
            f"a table with the names of its columns; {GIVE}"
        )
    return max(",;\t", key=line.count)


@dataclass(frozen=True)
class Table:
    """A table of your own: csv or tsv (also with `;`) with a header, or .smi; gzipped or not.

    A .smi has a SMILES and, after a blank, a name a line; it has no columns of values.
    """

    path: Path
    name: str
    licence: str = "not stated"
    citation: str = ""
    smiles: str = "smiles"
    """The column of structures."""
    identifier: str | None = None
    """The column of names; without one, rows are called by their numbers."""
    values: Mapping[str, Mapping[str, Any]] | None = None
    """Columns of numbers by name: quantity, method, and factor and offset where they are needed."""

    def __post_init__(self) -> None:
        hold_paths(self, "path")
        if not NAME.match(self.name):
            raise SourceError(
                f"got source.name={self.name!r}, expected letters, digits, '_', '-' or '.': it "
                "becomes the name of a file"
            )
        _columns(self.values)

    def entries(self) -> Iterator[Entry | Rejected]:
        """See Source."""
        if self.path.name.lower().removesuffix(".gz").endswith(LINES):
            return self._lines()
        return self._rows()

    def _lines(self) -> Iterator[Entry | Rejected]:
        if self.values or self.identifier:
            raise SourceError(
                f"got {self.path}, which has no columns; expected a csv or tsv; give one, or leave "
                "out source.values and source.identifier"
            )
        with open_text(self.path) as file:
            for number_, line in enumerate(file, 1):
                smiles, *rest = line.split(maxsplit=1) or [""]
                if smiles and not (number_ == 1 and smiles.lower() == "smiles"):
                    yield Entry(rest[0].strip() if rest else f"row {number_}", smiles)

    def _rows(self) -> Iterator[Entry | Rejected]:
        columns, parts = _columns(self.values), delimiter(self.path)
        names = [self.identifier] if self.identifier else []
        expected = [self.smiles, *names, *columns]
        action = "give their names as source.smiles, source.identifier and source.values"
        expect_columns(self.path, header(self.path, parts), expected, "these columns", action)
        for number_, row in rows(self.path, parts):
            where = first_given(row, names) or f"row {number_}"
            values = values_of(where, row, columns)
            if isinstance(values, Rejected):
                yield values
            else:
                yield Entry(where, row[self.smiles], values=values)


def _columns(values: Mapping[str, Mapping[str, Any]] | None) -> dict[str, Column]:
    return {name: Column(**column) for name, column in (values or {}).items()}
