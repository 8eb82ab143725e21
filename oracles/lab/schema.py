"""Schema: pandera's checks of every column, and their failures as faults with row and mend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from oracles.lab.columns import Column, Kind, Need, columns
from oracles.lab.faults import Fault
from oracles.lab.rows import Row
from oracles.lab.values import UnreadableValueError, Value, parse


def parse_row(number: int, texts: Mapping[str, str]) -> tuple[Row, list[Fault]]:
    """A row as values, and a fault for every text that is none."""
    values: dict[str, Value] = {}
    faults = []
    for name, column in columns().items():
        try:
            values[name] = parse(column, texts[name])
        except UnreadableValueError as error:
            values[name] = None
            faults.append(Fault(number, name, texts[name], column.expected, str(error)))
    return Row(number, texts, values), faults


def column_faults(rows: Sequence[Row]) -> list[Fault]:
    """Values out of bounds, and cells that must not be empty."""
    controls = [row for row in rows if row.flag("is_control") is not False]
    additives = [row for row in rows if row.flag("is_control") is False]
    return [*_validate(controls, False), *_validate(additives, True)]


def _validate(rows: Sequence[Row], has_additive: bool) -> list[Fault]:
    import pandas as pd
    import pandera.pandas as pa

    by_number = {row.number: row for row in rows}
    frame = pd.DataFrame(
        {
            name: pd.Series([row.values[name] for row in rows], dtype=_dtype(column))
            for name, column in columns().items()
        }
    ).set_axis(list(by_number))
    try:
        _schema(has_additive).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        failures = error.failure_cases[["index", "column", "check"]].itertuples(index=False)
        return [
            _fault(by_number[number], columns()[name], check) for number, name, check in failures
        ]
    return []


@cache
def _schema(has_additive: bool) -> Any:
    """The columns of a sheet, for its cells with additive or for its controls."""
    import pandera.pandas as pa  # a second of loading, for those who import a sheet

    filled = {Need.ALWAYS, Need.ADDITIVE} if has_additive else {Need.ALWAYS}
    return pa.DataFrameSchema(
        {
            name: pa.Column(_dtype(column), _limits(column), nullable=column.need not in filled)
            for name, column in columns().items()
        }
    )


def _limits(column: Column) -> list[Any]:
    import pandera.pandas as pa

    limits = ((pa.Check.ge, column.low), (pa.Check.gt, column.above), (pa.Check.le, column.high))
    checks = [check(limit) for check, limit in limits if limit is not None]
    return [*checks, pa.Check.isin(column.choices)] if column.choices else checks


def _dtype(column: Column) -> str:
    return "float64" if column.kind in (Kind.NUMBER, Kind.WHOLE) else "object"


def _fault(row: Row, column: Column, check: str) -> Fault:
    if check == "not_nullable":
        return row.fault(column.name, column.expected, f"fill the cell: {column.english}")
    mend = f"check the value and its unit: {column.english}"
    return row.fault(column.name, column.expected, mend)
