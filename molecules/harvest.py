"""Harvest: the entries of a source, standardised on all cores, become one sorted Parquet file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import polars as pl
from tqdm import tqdm

from molecules.memory import forget_molecules
from molecules.parallel import batched, in_batches
from molecules.quantity import VOCABULARY
from molecules.sorted_rows import join_pieces, sort_in_pieces, staging, write_part
from molecules.sources.base import Entry, Rejected, Source, SourceError
from molecules.standardise import standardise

SCHEMA = {
    "smiles": pl.String,
    "inchikey": pl.String,
    "name": pl.String,
    "cas": pl.String,
    "charge_class": pl.String,
    "n_heavy": pl.Int64,
    "source": pl.String,
    "identifier": pl.String,
    "licence": pl.String,
    "quantity": pl.String,
    "value": pl.Float64,
    "unit": pl.String,
    "method": pl.String,
}
"""One row a value; a molecule of which a source says nothing has one row without a quantity."""
BATCH = 1_000
"""Entries a task of a worker."""
PART = 100_000
"""Rows that are held in memory before they are written."""
SECONDS_A_BATCH = 300.0
CRASHED = "crashed or hung the structure reader"
Row = tuple[str | int | float | None, ...]


@dataclass(frozen=True, slots=True)
class Accepted:
    """An entry that gave a molecule."""

    rows: list[Row]
    """Of `SCHEMA`, one a value."""
    remarks: tuple[str, ...]


@dataclass
class Tally:
    """What became of the rows of a source; read = kept + merged + all rejected."""

    source: str
    read: int = 0
    kept: int = 0
    """Distinct molecules."""
    merged: int = 0
    """Rows with a molecule that an earlier row of the source has."""
    rejected: Counter[str] = field(default_factory=Counter)
    """By reason."""
    remarks: Counter[str] = field(default_factory=Counter)
    """Rows kept or merged of which something is to be said, by what."""
    examples: dict[str, str] = field(default_factory=dict)
    """The first row that was rejected, by reason."""
    harvested: str = ""
    """UTC, ISO 8601."""

    def reject(self, row: Rejected) -> None:
        """Count a row that gave no molecule."""
        self.rejected[row.reason] += 1
        self.examples.setdefault(row.reason, row.where)

    @classmethod
    def from_json(cls, text: str) -> Tally:
        """Read what `as_json` wrote."""
        fields = json.loads(text)
        for key in ("rejected", "remarks"):
            fields[key] = Counter(fields[key])
        return cls(**fields)

    def as_json(self) -> str:
        """As it stands in the metadata of the file."""
        return json.dumps(vars(self))


def harvest(source: Source, target: Path, processes: int) -> Tally:
    """Read a source to its end and write `target`, whole or not at all.

    Args:
        source: reader of a download.
        target: Parquet file with the columns of `SCHEMA`, sorted by `ORDER`.
        processes: that standardise structures.

    Raises:
        SourceError: the download is damaged or of something else, or no row of it gives a molecule.
    """
    tally = Tally(source.name, harvested=datetime.now(UTC).isoformat(timespec="seconds"))
    with staging(target) as folder:
        parts, pieces = folder / "parts", folder / "pieces"
        parts.mkdir()
        pieces.mkdir()
        for number, rows in enumerate(_parts(_accepted(source, tally, processes))):
            frame = pl.DataFrame(rows, SCHEMA, orient="row")
            write_part(frame, parts / f"{number:06d}.parquet")
        if tally.read == tally.rejected.total():
            raise SourceError(_nothing(source, tally))
        tally.kept = sort_in_pieces(sorted(parts.iterdir()), pieces)
        tally.merged = tally.read - tally.rejected.total() - tally.kept
        join_pieces(pieces, target, {"tally": tally.as_json()})
    return tally


def _accepted(source: Source, tally: Tally, processes: int) -> Iterator[list[Row]]:
    """The rows of one accepted entry after the other; all others are counted."""
    with tqdm(desc=f"reading {source.name}", unit=" rows", unit_scale=True) as bar:
        entries = _read(source, tally, bar)
        for outcome in standardised(entries, source.name, source.licence, processes):
            if isinstance(outcome, Rejected):
                tally.reject(outcome)
            else:
                tally.remarks.update(outcome.remarks)
                yield outcome.rows


def _read(source: Source, tally: Tally, bar: tqdm[None]) -> Iterator[Entry]:
    for entry in source.entries():
        tally.read += 1
        bar.update()
        if isinstance(entry, Rejected):
            tally.reject(entry)
        else:
            yield entry


def standardised(
    entries: Iterable[Entry], source: str, licence: str, processes: int
) -> Iterator[Accepted | Rejected]:
    """Standardise in parallel, in order; a structure that crashes RDKit costs its own row alone."""
    function = partial(_standardise, source=source, licence=licence)
    batches = batched(entries, BATCH)
    for answers in in_batches(function, batches, processes, SECONDS_A_BATCH):
        for batch, outcomes in answers:
            yield from outcomes or [Rejected(batch[0].identifier, CRASHED)]


def _standardise(batch: list[Entry], source: str, licence: str) -> list[Accepted | Rejected]:
    found = [_standardise_one(entry, source, licence) for entry in batch]
    forget_molecules()
    return found


def _standardise_one(entry: Entry, source: str, licence: str) -> Accepted | Rejected:
    found = standardise(entry)
    if isinstance(found, Rejected):
        return found
    molecule = found.molecule
    head: Row = (
        *(molecule.smiles, molecule.inchikey, entry.name, entry.cas, molecule.charge_class),
        *(molecule.n_heavy, source, entry.identifier, licence),
    )
    rows: list[Row] = [
        (*head, v.quantity, v.value, VOCABULARY[v.quantity].unit, v.method) for v in entry.values
    ]
    rows = rows or [(*head, None, None, None, None)]
    return Accepted(rows, found.remarks)


def _parts(entries: Iterable[list[Row]]) -> Iterator[Sequence[Row]]:
    rows: list[Row] = []
    for found in entries:
        rows += found
        if len(rows) >= PART:
            yield rows
            rows = []
    if rows:
        yield rows


def _nothing(source: Source, tally: Tally) -> str:
    reasons = ", ".join(f"{reason} ({n})" for reason, n in tally.rejected.most_common(3))
    return (
        f"got {tally.read} rows for {source.name} and no molecule in them"
        f"{': ' + reasons if reasons else ''}; expected a download of {source.name}; give that, or "
        "read this one by another source=NAME"
    )
