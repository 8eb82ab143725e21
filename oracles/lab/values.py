"""Values: the text of a cell becomes what its column holds, or a reason why not."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from oracles.lab.columns import Column, Kind
from oracles.lab.grid import COMMENT, narrow

Value = str | float | int | bool | date | None

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DATE = re.compile(
    r"(\d{4})\s*[-./]\s*(\d{1,2})\s*[-./]\s*(\d{1,2})\.?(?:[T ]\d\d?:\d\d.*)?"
    r"|(\d{4})년\s*(\d{1,2})월\s*(\d{1,2})일",
    re.ASCII,
)
_MARKS = str.maketrans({"\N{MINUS SIGN}": "-"})
_BARS = str.maketrans({"\N{DOUBLE VERTICAL LINE}": "||", "\N{PARALLEL TO}": "||"})
_FLAGS = {"1": True, "1.0": True, "true": True, "0": False, "0.0": False, "false": False}
_NOTHING = {"-", "--", "\N{EN DASH}", "\N{EM DASH}", "n/a", "na", "n.a.", "nan", "none", "없음"}
_EPOCH = date(1899, 12, 30)
"""Day 0 of a spreadsheet's serial numbers, from March 1900 on."""
SMALLEST = 1e-9
"""Below it a number other than 0 is a slip: no column has so small a unit."""
SERIALS = range(36_526, 73_051)
"""Serial numbers of the years 2000 to 2099."""


class UnreadableValueError(ValueError):
    """A text that its column cannot hold; the message says how to mend it."""


def parse(column: Column, text: str) -> Value:
    """The value that `text` writes; None where it is empty.

    Nothing is guessed: only writings with one meaning are taken.

    Raises:
        UnreadableValueError: the text writes no value of this column.
    """
    return _PARSERS[column.kind](text, column) if text else None


def is_serial(text: str) -> bool:
    """Whether a date is written as a spreadsheet's serial number."""
    return text.isdecimal() and text.isascii() and len(text) == 5 and int(text) in SERIALS


def _number(text: str, column: Column) -> float:
    plain = narrow(text).translate(_MARKS).strip()
    if not _NUMBER.fullmatch(plain):
        raise UnreadableValueError(_mend_number(plain, column))
    value = float(plain)
    is_written_zero = not re.search(r"[1-9]", re.split("[eE]", plain)[0])
    if not math.isfinite(value) or (abs(value) < SMALLEST and not is_written_zero):
        raise UnreadableValueError("the number is beyond all bounds: check it")
    return value


def _mend_number(text: str, column: Column) -> str:
    if text.casefold() in _NOTHING:
        return "leave the cell empty where nothing was measured"
    if re.fullmatch(r"[+-]?[\d.]*,[\d.,]*", text):
        return "decimal comma: write the decimals with a point, and thousands without a separator"
    if text[0] in "<>\N{LESS-THAN OR EQUAL TO}\N{GREATER-THAN OR EQUAL TO}~":
        return "give the bare number; that a cell still ran is said by censored = 1"
    if re.match(r"[+-]?[\d.]+\s*\S*", text):
        unit = f"in {column.unit}" if column.unit else "a bare number"
        return f"leave out the unit or sign behind the number: the column is {unit}"
    return "write a number with digits and a decimal point, or leave the cell empty"


def _whole(text: str, column: Column) -> int:
    value = _number(text, column)
    if value != int(value):
        raise UnreadableValueError("write a number without decimals")
    return int(value)


def _flag(text: str, column: Column) -> bool:
    if (flag := _FLAGS.get(narrow(text).casefold())) is None:
        raise UnreadableValueError("write 1 for yes and 0 for no")
    return flag


def _choice(text: str, column: Column) -> str:
    """One of the choices; capitals matter in units alone, where m and M differ."""
    plain = narrow(text).translate(_BARS)
    if plain in column.choices:
        return plain
    if not column.name.endswith("unit"):
        same = [c for c in column.choices if c.casefold() == plain.casefold()]
        if same:
            return same[0]
    raise UnreadableValueError("write it exactly as listed")


def _date(text: str, column: Column) -> date:
    plain = narrow(text)
    if is_serial(plain):
        return _EPOCH + timedelta(days=int(plain))
    found = _DATE.fullmatch(plain)
    if found is None:
        raise UnreadableValueError("write year, month and day in this order: 2026-03-05")
    year, month, day = (int(part) for part in found.groups() if part)
    try:
        return date(year, month, day)
    except ValueError as error:
        raise UnreadableValueError(f"there is no such day ({error})") from error


def _name(text: str, column: Column) -> str:
    if text.startswith(COMMENT):
        raise UnreadableValueError(f"begin the name with another character than {COMMENT}")
    if not text.isprintable():
        raise UnreadableValueError("type it again: it holds an invisible character")
    return text


def _text(text: str, column: Column) -> str:
    return text


_PARSERS: Mapping[Kind, Callable[[str, Column], Value]] = {
    Kind.NAME: _name,
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.WHOLE: _whole,
    Kind.FLAG: _flag,
    Kind.CHOICE: _choice,
    Kind.DATE: _date,
}
