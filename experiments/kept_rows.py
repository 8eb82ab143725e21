"""Rows of a csv file that an experiment keeps between calls and adds to as it computes."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

Row = dict[str, str]


def read_rows(path: Path) -> list[Row]:
    """Every row so far; none where there is no file yet."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def append_rows(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> None:
    """Write rows at the end, a header first where the file is new.

    A column that a row lacks stays empty; what is no column is a ValueError.
    """
    path.parent.mkdir(exist_ok=True)
    is_new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, columns, restval="")
        if is_new:
            table.writeheader()
        table.writerows(rows)
