"""The meta-database: a folder of one Parquet file a source, and all of them merged in one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from filelock import FileLock, Timeout

from molecules.harvest import Tally, harvest
from molecules.library import LibraryError
from molecules.molecule import Molecule
from molecules.sorted_rows import in_pieces, join_pieces, sort_in_pieces, staging
from molecules.sources.base import Source

MERGED = "library.parquet"


@dataclass(frozen=True)
class Database:
    """A library's folder: `sources/NAME.parquet`, each replaced as a whole, and `library.parquet`.

    A row is one value of one molecule by one source, with its method and unit; values that
    disagree stand side by side. Molecules are told apart by SMILES, and rows are sorted by
    InChIKey, so that the forms of one compound lie together.
    """

    folder: Path

    @property
    def merged(self) -> Path:
        """The file of all sources."""
        return self.folder / MERGED

    @property
    def sources(self) -> tuple[Path, ...]:
        """The files of the sources, by name."""
        return tuple(sorted((self.folder / "sources").glob("[!.]*.parquet")))

    def add(self, source: Source, processes: int) -> Tally:
        """Harvest a source, in place of its earlier harvest if there is one, and merge.

        Raises:
            SourceError: the download cannot be used; the library is as it was.
            LibraryError: another harvest into this folder is running.
        """
        with self._alone():
            tally = harvest(source, self.folder / "sources" / f"{source.name}.parquet", processes)
            self._merge()
        return tally

    def _merge(self) -> None:
        with staging(self.merged) as folder:
            sort_in_pieces(self.sources, folder)
            join_pieces(folder, self.merged, {"harvests": self._harvests()})

    def _harvests(self) -> str:
        return json.dumps({tally.source: tally.harvested for tally in self.tallies()})

    def _is_merged(self) -> bool:
        """Whether the merged file is of these harvests: a kill may come before it is written."""
        if not self.merged.is_file():
            return False
        try:
            return pl.read_parquet_metadata(self.merged).get("harvests") == self._harvests()
        except pl.exceptions.PolarsError:  # damaged, and made again from the sources
            return False

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.folder / ".lock", timeout=0):
                yield
        except Timeout as error:
            raise LibraryError(
                f"another harvest into {self.folder} is running; wait for it, or give library=DIR"
            ) from error

    def tallies(self) -> list[Tally]:
        """What was read, kept, merged and rejected when each source was harvested."""
        return list(map(_tally, self.sources))

    def rows(self) -> pl.LazyFrame:
        """Every value of every source, columns of `SCHEMA`.

        Raises:
            LibraryError: nothing was harvested into this folder.
        """
        if not self.sources:
            raise LibraryError(
                f"got no library in {self.folder}; harvest a database into it first: "
                "python -m molecules do=harvest source=qm9 source.path=FILE"
            )
        if not self._is_merged():
            with self._alone():
                self._merge()
        return pl.scan_parquet(self.merged, glob=False)

    def counts(self) -> pl.DataFrame:
        """source, quantity, unit, method -> number of values and of molecules."""
        groups = ("source", "quantity", "unit", "method")
        values, molecules = pl.col("value").count(), pl.col("smiles").n_unique()
        self.rows()  # which mends the merged file where it has to be
        counted = [
            piece.group_by(groups)
            .agg(values.alias("values"), molecules.alias("molecules"))
            .collect()
            for piece in in_pieces([self.merged])
        ]
        return pl.concat(counted).group_by(groups).sum().sort(groups)

    def about(self, molecule: Molecule) -> pl.DataFrame:
        """Every row of the molecule, and of what its InChIKey does not tell from it."""
        key = molecule.inchikey
        is_wanted = pl.col("smiles") == molecule.smiles
        return (
            self.rows()
            .filter(is_wanted | (pl.col("inchikey") == key) if key else is_wanted)
            .collect()
        )

    def named(self, text: str) -> pl.DataFrame:
        """Every row with this InChIKey, CAS number, name or identifier."""
        columns = ("inchikey", "cas", "identifier")
        is_wanted = pl.any_horizontal(
            *(pl.col(c) == text for c in columns), pl.col("name").str.to_lowercase() == text.lower()
        )
        return self.rows().filter(is_wanted).collect()

    def molecules(self) -> pl.LazyFrame:
        """One row a molecule: smiles, inchikey, name, cas, charge_class, n_heavy, sources."""
        first = [pl.col(c).drop_nulls().first() for c in ("inchikey", "charge_class", "n_heavy")]
        spoken = [pl.col(c).filter(pl.col(c) != "").first() for c in ("name", "cas")]
        sources = pl.col("source").unique().sort().str.join(" ").alias("source")
        return self.rows().group_by("smiles").agg(*first, *spoken, sources)


def _tally(path: Path) -> Tally:
    try:
        return Tally.from_json(pl.read_parquet_metadata(path)["tally"])
    except (pl.exceptions.PolarsError, KeyError) as error:
        raise LibraryError(
            f"got {path}, which is damaged or no harvest of ours; expected what do=harvest wrote; "
            "move it away and harvest that database again"
        ) from error
