"""The library: known molecules with their names and provenance, one Parquet table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from io import StringIO
from pathlib import Path
from typing import BinaryIO

import polars as pl

from molecules.molecule import InvalidMoleculeError, Molecule

STARTER = "starter_library.parquet"
ADDITIVES = "zib_additives.csv"


class LibraryError(ValueError):
    """A file that does not hold a table of molecules."""


@dataclass(frozen=True, eq=False)
class Library:
    """A table of distinct molecules, one row each."""

    frame: pl.DataFrame
    """Columns smiles (canonical, distinct) and, where known, inchikey, name, cas, source,
    licence, charge_class, n_heavy."""

    @classmethod
    def starter(cls) -> Library:
        """The library of the package: about 10,000 species of QM9, PubChem and the literature.

        Its SMILES were canonicalised when it was built (molecules/data/README.md) and are trusted.
        """
        with _data(STARTER).open("rb") as file:
            return cls(pl.read_parquet(file))

    @classmethod
    def of(cls, location: Path | str) -> Library:
        """The file of molecules that a campaign names, or for a folder of databases the starter.

        A folder of millions is not read here: do=screen makes a shortlist of it.
        """
        path = Path(location)
        return cls.read(path) if path.suffix and not path.is_dir() else cls.starter()

    @classmethod
    def read(cls, path: Path | str) -> Library:
        """Read a Parquet or csv table with a `smiles` column, or a .smi file of SMILES and names.

        SMILES are canonicalised; of molecules that occur twice the first row is kept.

        Raises:
            LibraryError: the file cannot be read, has no `smiles` column or no row, or a SMILES
                does not parse; the message names the first three such rows.
        """
        path = Path(path)
        frame = _read(path)
        if frame.is_empty():
            raise LibraryError(f"got no row in {path}, expected at least one molecule")
        canonical, faults = [], []
        first = 2 if path.suffix.lower() == ".csv" else 1  # rows as a spreadsheet counts them
        for number, text in enumerate(frame["smiles"], first):
            try:
                canonical.append(Molecule.from_smiles(text if isinstance(text, str) else "").smiles)
            except InvalidMoleculeError as error:
                faults.append(f"row {number}: {error}")
        if faults:
            more = f" (and {len(faults) - 3} more rows)" if len(faults) > 3 else ""
            raise LibraryError(f"{path}: {'; '.join(faults[:3])}{more}; mend or delete these rows")
        frame = frame.with_columns(pl.Series("smiles", canonical, dtype=pl.String))
        return cls(frame.unique("smiles", keep="first", maintain_order=True))

    @cached_property
    def molecules(self) -> tuple[Molecule, ...]:
        """The molecules, in the order of the table."""
        return tuple(map(Molecule, self.frame["smiles"]))

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Names by SMILES, of the molecules that have one."""
        if "name" not in self.frame.columns:
            return {}
        rows = self.frame.select("smiles", pl.col("name").cast(pl.String)).iter_rows()
        return {smiles: name for smiles, name in rows if name}

    def __len__(self) -> int:
        return self.frame.height

    def __iter__(self) -> Iterator[Molecule]:
        return iter(self.molecules)


def known_additives(*, drawn: bool = False) -> tuple[Molecule, ...]:
    """Zn additives of the literature, distinct, polymers left out.

    Args:
        drawn: as their sources draw them, instead of the form present at pH 4.5.
    """
    frame = additive_table().filter(pl.col("is_polymer") == 0)
    column = frame["drawn" if drawn else "smiles"].unique(maintain_order=True)
    return tuple(map(Molecule, column))


def additive_table() -> pl.DataFrame:
    """The sourced additives: name, smiles (at pH 4.5), drawn, chem_class, outcome, doi, ..."""
    with _data(ADDITIVES).open("rb") as file:
        return pl.read_csv(file, infer_schema_length=None)


def _data(name: str) -> Traversable:
    return resources.files("molecules") / "data" / name


def _read(path: Path) -> pl.DataFrame:
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise LibraryError(f"got {path}, expected a file that ends in {', '.join(READERS)}")
    try:
        with path.open("rb") as file:
            frame = reader(file)
    except (OSError, UnicodeDecodeError, pl.exceptions.PolarsError) as error:
        reason = str(error).splitlines()[0]
        raise LibraryError(f"got {path}, expected a readable table ({reason})") from error
    columns = {name.strip().lower(): name for name in frame.columns}
    if "smiles" not in columns:
        raise LibraryError(
            f"got the columns {', '.join(frame.columns)} in {path}, "
            "expected one named smiles; rename it"
        )
    return frame.rename({columns["smiles"]: "smiles"})


def _read_parquet(file: BinaryIO) -> pl.DataFrame:
    return pl.read_parquet(file)


def _read_csv(file: BinaryIO) -> pl.DataFrame:
    return pl.read_csv(file, infer_schema_length=None)


def _read_smi(file: BinaryIO) -> pl.DataFrame:
    lines = [line.split(maxsplit=1) for line in StringIO(file.read().decode("utf-8-sig"))]
    rows = [
        {"smiles": line[0], "name": line[1].strip() if line[1:] else ""} for line in lines if line
    ]
    return pl.DataFrame(rows, schema={"smiles": pl.String, "name": pl.String})


READERS: Mapping[str, Callable[[BinaryIO], pl.DataFrame]] = {
    ".parquet": _read_parquet,
    ".csv": _read_csv,
    ".smi": _read_smi,
}
