"""Text files as people download them: plain or gzipped, with clear words for a damaged one."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from molecules.sources.base import GIVE, SourceError

GZIP = b"\x1f\x8b"
LARGEST_FIELD = 10_000_000
"""Characters of one csv field; Python's own limit ends at 131,072."""


@contextmanager
def open_bytes(path: Path) -> Iterator[BinaryIO]:
    """Open a file, unpacked where it is gzipped, whatever its name ends in.

    Raises:
        SourceError: there is no such file, it is empty, or its packing breaks off.
    """
    if not path.is_file():
        raise SourceError(f"got {path}, expected a file; give source.path=FILE")
    with path.open("rb") as raw:
        magic = raw.read(2)
        raw.seek(0)
        if not magic:
            raise SourceError(f"got the empty file {path}, expected rows; download it again")
        try:
            yield gzip.GzipFile(fileobj=raw) if magic == GZIP else raw  # type: ignore[misc]
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise SourceError(
                f"got {path}, whose gzip packing is damaged or breaks off ({error}); expected a "
                "whole file; download it again"
            ) from error


@contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    """Open a UTF-8 text file as `open_bytes` does, with or without a byte order mark.

    Raises:
        SourceError: as `open_bytes`, or where it is no UTF-8.
    """
    with open_bytes(path) as binary:
        text = io.TextIOWrapper(binary, encoding="utf-8-sig", newline="")
        try:
            yield text
        except UnicodeDecodeError as error:
            raise SourceError(
                f"got {path}, which is no UTF-8 text (byte {error.object[error.start]:#04x}: "
                f"{error.reason}); expected UTF-8; save it as UTF-8, or unpack it"
            ) from error
        finally:
            text.detach()


def rows(path: Path, delimiter: str = ",") -> Iterator[tuple[int, Mapping[str, str]]]:
    """Row number and fields of a table with a header, by column; fields are stripped.

    Rows are numbered as a spreadsheet does: the header is 1. A field that is missing is empty.

    Raises:
        SourceError: as `open_text`, or where the file is no such table.
    """
    csv.field_size_limit(LARGEST_FIELD)
    with open_text(path) as file:
        reader = csv.reader(file, delimiter=delimiter)
        try:
            header = _names(path, next(reader, []))
            for number, fields in enumerate(reader, 2):
                if fields:
                    padded = [*map(str.strip, fields), *[""] * (len(header) - len(fields))]
                    yield number, dict(zip(header, padded, strict=False))
        except csv.Error as error:
            raise _no_table(path, error) from error


def header(path: Path, delimiter: str = ",") -> list[str]:
    """The column names of a table; raises SourceError as `rows`."""
    csv.field_size_limit(LARGEST_FIELD)
    with open_text(path) as file:
        try:
            return [name.strip() for name in next(csv.reader(file, delimiter=delimiter), [])]
        except csv.Error as error:
            raise _no_table(path, error) from error


def _names(path: Path, fields: Sequence[str]) -> list[str]:
    names = [name.strip() for name in fields]
    twice = [name for name, n in Counter(names).items() if name and n > 1]
    if twice:
        raise SourceError(
            f"got {path} with two columns {printable(twice[0])}; expected one; rename or delete one"
        )
    return names


def _no_table(path: Path, error: csv.Error) -> SourceError:
    return SourceError(f"got {path}, which is no table ({error}); expected one; {GIVE}")


def printable(text: str) -> str:
    """The beginning of what stands in a file, for one line of an error."""
    one_line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return one_line[:200] or "nothing"


def expect_columns(
    path: Path, found: Sequence[str], expected: Sequence[str], what: str, action: str = GIVE
) -> None:
    """Refuse a table that lacks a column.

    Raises:
        SourceError: names the columns that are missing, those found, the download expected, and
            what to do.
    """
    missing = [name for name in expected if name not in found]
    if missing:
        raise SourceError(
            f"got {path} with the columns {printable(', '.join(found[:8]))}, which lacks "
            f"{', '.join(missing)}; expected {what}; {action}"
        )


def number(text: str) -> float | None:
    """A finite number, or None for what is none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None
