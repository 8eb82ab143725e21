"""Sorted rows: tables larger than memory are sorted piece by piece, and written as one file."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from string import ascii_uppercase as LETTERS
from tempfile import mkdtemp

import polars as pl

from molecules.files import replace_file

ORDER = ("inchikey", "smiles", "source", "identifier", "quantity", "method")
"""Rows that agree in all of them stay as they were read."""
ROW_GROUP = 20_000
"""Rows of a file that stays, so that a look-up by InChIKey reads little."""
PART_ROW_GROUP = 5_000
"""Rows of a file that is to be sorted with others: a piece has few rows of each."""
PIECE = 200_000
"""Rows that are sorted in memory at a time, on average: 0.4 GB."""
PREFIX = 3
"""Letters of an InChIKey by which pieces are told apart."""


@contextmanager
def staging(target: Path) -> Iterator[Path]:
    """A folder beside `target` that is gone afterwards; one that a kill left behind goes first."""
    target.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{target.stem}-"
    for stale in target.parent.glob(f"{prefix}*"):
        shutil.rmtree(stale, ignore_errors=True)
    folder = Path(mkdtemp(prefix=prefix, dir=target.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_part(rows: pl.DataFrame, file: Path) -> None:
    """Write some of the rows of a table, sorted."""
    in_order = rows.sort(ORDER, maintain_order=True)
    in_order.write_parquet(file, row_group_size=PART_ROW_GROUP)


def sort_in_pieces(files: Sequence[Path], folder: Path) -> int:
    """Write the distinct rows of `files` to files in `folder`, sorted from one to the next.

    Args:
        files: as `in_pieces` takes them.
        folder: that is there.

    Returns:
        Number of distinct SMILES.
    """
    n_molecules = 0
    for number, rows in enumerate(in_pieces(files)):
        distinct = rows.unique(maintain_order=True)
        piece = distinct.sort(ORDER, maintain_order=True).collect()
        n_molecules += piece["smiles"].n_unique()
        piece.write_parquet(folder / f"{number:06d}.parquet")
    return n_molecules


def in_pieces(files: Sequence[Path]) -> Iterator[pl.LazyFrame]:
    """The rows of `files` by ranges of the InChIKey: all rows of a molecule are in one piece.

    Args:
        files: each sorted by `ORDER`, so that of each only the rows of a piece are read.
    """
    table = pl.scan_parquet(list(files), glob=False)
    n_rows = table.select(pl.len()).collect().item()
    yield from map(table.filter, _ranges(max(1, -(-n_rows // PIECE))))


def join_pieces(folder: Path, target: Path, metadata: Mapping[str, str]) -> None:
    """Write what `sort_in_pieces` left in `folder` as one file, whole or not at all."""
    pieces = pl.scan_parquet(sorted(folder.glob("*.parquet")), glob=False)
    with replace_file(target) as temporary:
        pieces.sink_parquet(
            temporary, compression="zstd", row_group_size=ROW_GROUP, metadata=dict(metadata)
        )


def _ranges(n: int) -> Iterator[pl.Expr]:
    """Conditions that part rows by InChIKey into `n` ranges, in their order.

    InChIKeys are hashes, so ranges of equal width hold about as many rows, whatever the database.
    Molecules without one come first.
    """
    key = pl.col("inchikey")
    inner = [_letters(number * len(LETTERS) ** PREFIX // n) for number in range(1, n)]
    for low, high in pairwise([None, *inner, None]):
        is_below = pl.lit(True) if high is None else key < high
        yield is_below | key.is_null() if low is None else is_below & (key >= low)


def _letters(number: int) -> str:
    """A number written in the base of 26 letters."""
    places = (len(LETTERS) ** place for place in reversed(range(PREFIX)))
    return "".join(LETTERS[number // place % len(LETTERS)] for place in places)
