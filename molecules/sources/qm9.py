"""QM9: small molecules with B3LYP properties, in the forms in which people hand it round."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import ClassVar

from rdkit import Chem

from molecules.sources.base import Entry, Rejected, SourceError, hold_paths
from molecules.sources.qm9_rows import IDENTIFIER, NOT_WHOLE, WHAT, is_whole, of_csv, of_qm9pack
from molecules.sources.qm9_xyz import is_archive, of_xyz, xyz_texts
from molecules.sources.sdf import records
from molecules.sources.text import expect_columns, header, open_text, rows

PACKAGE = Path("qm9pack")
UNCHARACTERIZED = "uncharacterized: the calculation ended in another molecule"


@dataclass(frozen=True)
class Qm9:
    """A QM9 download; its form is seen from what `path` is.

    - `dsgdb9nsd.xyz.tar.bz2` (or .gz, or a folder of its files). Of the two SMILES of a file the
      second is taken, which was read from the relaxed geometry: the values belong to that
      geometry, and it alone names the stereoisomer. Open Babel wrote it without charges, so that
      zwitterions and some 750 others come out as radicals or not at all; there the first, from
      GDB-17, stands in, provided that `uncharacterized` is given, which vouches that relaxation
      kept the molecule.
    - `gdb9.sdf`, with `gdb9.sdf.csv` as `table`. Many of its blocks have charges or hydrogens
      that the molecule has not (deepchem issue 4413); these are rejected. With qm9.csv as `table`
      the SMILES there are taken.
    - `qm9.csv` of MoleculeNet.
    - a csv of the package qm9pack, or the word qm9pack for the installed package. Its SMILES are
      GDB-17's, without stereo; the uncharacterized are left out of it.

    U0 of QM9 contains the zero-point energy, so total_energy is U0 - ZPVE, and is left out where a
    file has no ZPVE.
    """

    reads_folders: ClassVar[bool] = True
    path: Path
    table: Path | None = None
    uncharacterized: Path | None = None
    name: str = "qm9"
    licence: str = "QM9: CC0 1.0"
    citation: str = "10.1038/sdata.2014.22"

    def __post_init__(self) -> None:
        hold_paths(self, "path", "table", "uncharacterized")

    def entries(self) -> Iterator[Entry | Rejected]:
        """See Source."""
        dropped = _listed(self.uncharacterized) if self.uncharacterized else frozenset()
        for found in self._all():
            where = found.where if isinstance(found, Rejected) else found.identifier
            yield Rejected(where, UNCHARACTERIZED) if where in dropped else found

    def _all(self) -> Iterator[Entry | Rejected]:
        if self.table is not None:
            return _of_sdf(self.path, self.table)
        if self.path == PACKAGE and not self.path.exists():
            tables = map(rows, _package())
            return (of_qm9pack(n, row) for n, row in chain.from_iterable(tables))
        if self.path.is_dir() or is_archive(self.path):
            vouched = self.uncharacterized is not None
            return (of_xyz(where, text, vouched) for where, text in xyz_texts(self.path))
        columns = header(self.path)
        if _is_title(columns):
            raise SourceError(
                f"got {self.path}, structures alone; give their numbers too: "
                "source.table=gdb9.sdf.csv"
            )
        if "XYZ_file" in columns:
            expect_columns(self.path, columns, ["Index", "SMILES", "HOMO_au"], "a csv of qm9pack")
            return (of_qm9pack(n, row) for n, row in rows(self.path))
        expect_columns(self.path, columns, ["mol_id", "smiles", "gap", "u0"], WHAT)
        return (of_csv(n, row) for n, row in rows(self.path))


def _is_title(columns: list[str]) -> bool:
    """Whether the first line of a file is the title of a block of gdb9.sdf."""
    return len(columns) == 1 and IDENTIFIER.match(columns[0]) is not None


def _of_sdf(path: Path, table: Path) -> Iterator[Entry | Rejected]:
    if not _is_title(header(path)):
        raise SourceError(
            f"got {path} with source.table={table}, expected gdb9.sdf; give it, or no source.table"
        )
    columns = header(table)
    expect_columns(table, columns, ["mol_id", "gap", "u0"], "gdb9.sdf.csv or qm9.csv")
    blocks = (block for _, block in records(path))
    for block, numbered in zip_longest(blocks, rows(table)):
        title = block.partition("\n")[0].strip() if block is not None else "no block"
        mol_id = numbered[1]["mol_id"] if numbered is not None else "no row"
        if block is None or numbered is None or title != mol_id:
            raise SourceError(
                f"got {title} in {path} beside {mol_id} in {table}, expected the same molecules in "
                "the same order; download both again"
            )
        yield _of_block(block, *numbered)


def _of_block(block: str, row_number: int, row: Mapping[str, str]) -> Entry | Rejected:
    if "smiles" in row:
        return of_csv(row_number, row)
    found = of_csv(row_number, {**row, "smiles": ""})
    if isinstance(found, Rejected):
        return found
    counts = "".join(block.split("\n")[3:4])[:3].strip()
    if not counts.isdecimal() or not is_whole(Chem.MolFromMolBlock(block), int(counts)):
        return Rejected(found.identifier, NOT_WHOLE)
    return Entry(found.identifier, block, "molblock", found.values)


def _package() -> list[Path]:
    """The csv files of the installed package, which is not imported: that needs setuptools."""
    found = importlib.util.find_spec(str(PACKAGE))
    folders = found.submodule_search_locations if found is not None else None
    files = sorted(Path(folders[0], "data").glob("qm9_part*.csv")) if folders else []
    if not files:
        raise SourceError("got the package qm9pack, which is not here; run: pip install qm9pack")
    return files


def _listed(path: Path) -> frozenset[str]:
    """Identifiers of uncharacterized.txt: `index SMILES SMILES SMILES D_IJ`, or an index a line."""
    with open_text(path) as file:
        fields = (line.split() for line in file)
        found = frozenset(
            f"gdb_{int(f[0])}" for f in fields if len(f) in {1, 5} and f[0].isdecimal()
        )
    if not found:
        raise SourceError(
            f"got {path}, expected the indices of uncharacterized.txt of QM9; give that file"
        )
    return found
