"""Safe cells: a text that a spreadsheet would run as a formula is written as a text.

A cell that begins with = + - @ (also behind blanks, tabs or carriage returns, and in the
full-width forms of East Asian keyboards) gets an apostrophe in front, after OWASP's advice on
CSV injection; numbers stay numbers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

_DANGEROUS = re.compile(r"(?:[\s\ufeff\u200b]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|[\t\r\n])")
_WRITTEN = re.compile(r"'+" + _DANGEROUS.pattern)
_BARE = re.compile(r"'*" + _DANGEROUS.pattern)


def escape(value: str | int | float) -> str | int | float:
    """`value` as it may be written into a cell of a CSV or XLSX file."""
    return f"'{value}" if isinstance(value, str) and _BARE.match(value) else value


def escaped(rows: pl.LazyFrame) -> pl.LazyFrame:
    """The same rows as they may be written into a csv file: every text as `escape` writes it."""
    import polars as pl  # here, because the laboratory's sheets need it nowhere else

    return rows.with_columns(pl.col(pl.String).str.replace(f"^({_BARE.pattern})", "'${1}"))


def unescape(text: str) -> str:
    """The text that `escape` was given."""
    return text[1:] if _WRITTEN.match(text) else text
