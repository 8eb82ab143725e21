"""QM9: small molecules with B3LYP properties, in the forms in which people hand it round."""

from __future__ import annotations

import bz2
import importlib.util
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path, PurePath
from typing import ClassVar

from ase.units import Hartree
from rdkit import Chem
from scipy.constants import calorie

from molecules.molecule import LONGEST_SMILES
from molecules.sources.base import GIVE, NO_NUMBER, Entry, Rejected, SourceError, Value, hold_paths
from molecules.sources.sdf import records
from molecules.sources.text import expect_columns, header, number, open_bytes, open_text, rows

METHOD = "B3LYP/6-31G(2df,p), gas"
QUANTITIES = {
    "mu": ("dipole", 1.0, "Dipole_debye"),
    "alpha": ("polarizability", 1.0, "Polarizability_bohr3"),
    "homo": ("homo", Hartree, "HOMO_au"),
    "lumo": ("lumo", Hartree, "LUMO_au"),
    "gap": ("gap", Hartree, "HOMO_LUMO_gap_au"),
    "r2": ("spatial_extent", 1.0, "R2_bohr2"),
    "zpve": ("zero_point_energy", Hartree, "ZPVE_au"),
    "u0": ("total_energy", Hartree, "InternalEnergy_0K_au"),
    "u298": ("internal_energy", Hartree, "InternalEnergy_298K_au"),
    "h298": ("enthalpy", Hartree, "Enthalphy_298K_au"),
    "g298": ("free_energy", Hartree, "GibbsFreeEnergy_298K_au"),
    "cv": ("heat_capacity", calorie, "Heatcapacity_Cv_cal_mol_K"),
}
"""By MoleculeNet's columns, in the order of the xyz files: our name, our unit over theirs, and
qm9pack's column. The files have Hartree, debye, bohr^3, bohr^2 and cal/(mol K)."""
XYZ_FIELDS = ("A", "B", "C", *QUANTITIES)
PACKAGE = Path("qm9pack")
IDENTIFIER = re.compile(r"gdb_[0-9]+\Z")
XYZ_FILE = re.compile(r"dsgdb9nsd_[0-9]+\.xyz\Z")
"""Not the isomers of C7H10O2, whose files look alike and hold G4MP2 energies."""
MISSING = {"", "nan", "none"}
WHAT = "dsgdb9nsd.xyz.tar.bz2, gdb9.sdf with gdb9.sdf.csv, qm9.csv or a csv of qm9pack"
READ = 1 << 20
"""Bytes at a time."""
NO_IDENTIFIER = "no QM9 identifier"
NO_XYZ = "not a QM9 xyz file"
UNCHARACTERIZED = "uncharacterized: the calculation ended in another molecule"
NOT_WHOLE = "structure has other atoms or charges than were calculated"


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
        if self.path.is_dir() or _is_archive(self.path):
            texts = _folder(self.path) if self.path.is_dir() else _archive(self.path)
            vouched = self.uncharacterized is not None
            return (_of_xyz(where, text, vouched) for where, text in texts)
        if self.path == PACKAGE and not self.path.exists():
            tables = map(rows, _package())
            return (_of_qm9pack(n, row) for n, row in chain.from_iterable(tables))
        columns = header(self.path)
        if _is_title(columns):
            raise SourceError(
                f"got {self.path}, structures alone; give their numbers too: "
                "source.table=gdb9.sdf.csv"
            )
        if "XYZ_file" in columns:
            expect_columns(self.path, columns, ["Index", "SMILES", "HOMO_au"], "a csv of qm9pack")
            return (_of_qm9pack(n, row) for n, row in rows(self.path))
        expect_columns(self.path, columns, ["mol_id", "smiles", "gap", "u0"], WHAT)
        return (_of_csv(n, row) for n, row in rows(self.path))


def _of_csv(row_number: int, row: Mapping[str, str]) -> Entry | Rejected:
    if not IDENTIFIER.match(row["mol_id"]):
        return Rejected(f"row {row_number}", NO_IDENTIFIER)
    values = _values(row)
    if values is None:
        return Rejected(row["mol_id"], NO_NUMBER)
    return Entry(row["mol_id"], row["smiles"], values=values)


def _of_qm9pack(row_number: int, row: Mapping[str, str]) -> Entry | Rejected:
    renamed = {ours: row.get(theirs, "") for ours, (_, _, theirs) in QUANTITIES.items()}
    named = {"mol_id": f"gdb_{row['Index']}", "smiles": row["SMILES"]}
    return _of_csv(row_number, named | renamed)


def _values(row: Mapping[str, str]) -> tuple[Value, ...] | None:
    """The values of a row under MoleculeNet's names, or None where one is no number."""
    found = {}
    for column, (quantity, factor, _) in QUANTITIES.items():
        text = row.get(column, "").replace("*^", "e")  # Mathematica's way to write 1e-6
        value = number(text)
        if value is not None:
            found[quantity] = value * factor
        elif text.lower() not in MISSING:
            return None
    internal_energy_0k = found.pop("total_energy", None)
    zero_point_energy = found.get("zero_point_energy")
    if internal_energy_0k is not None and zero_point_energy is not None:
        found["total_energy"] = internal_energy_0k - zero_point_energy
    return tuple(Value(quantity, value, METHOD) for quantity, value in found.items())


def _is_whole(mol: Chem.Mol | None, n_atoms: int) -> bool:
    """Whether a structure is a neutral closed-shell molecule of so many atoms with hydrogens."""
    return (
        mol is not None
        and Chem.GetFormalCharge(mol) == 0
        and not any(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms())
        and sum(1 + atom.GetTotalNumHs() for atom in mol.GetAtoms()) == n_atoms
    )


def _of_xyz(where: str, text: str, vouched: bool) -> Entry | Rejected:
    lines = text.splitlines()
    fields = lines[1].split() if len(lines) > 1 else []
    if len(fields) != 2 + len(XYZ_FIELDS) or fields[0] != "gdb" or not lines[0].strip().isdecimal():
        return Rejected(where, NO_XYZ)
    identifier, n_atoms = f"gdb_{fields[1]}", int(lines[0])
    smiles = lines[n_atoms + 3].split() if len(lines) > n_atoms + 3 else []
    if not IDENTIFIER.match(identifier) or len(smiles) != 2:
        return Rejected(where, NO_XYZ)
    values = _values(dict(zip(XYZ_FIELDS, fields[2:], strict=True)))
    if values is None:
        return Rejected(identifier, NO_NUMBER)
    gdb17, relaxed = smiles
    if len(relaxed) <= LONGEST_SMILES and _is_whole(Chem.MolFromSmiles(relaxed), n_atoms):
        return Entry(identifier, relaxed, values=values)
    return Entry(identifier, gdb17, values=values) if vouched else Rejected(identifier, NOT_WHOLE)


def _folder(path: Path) -> Iterator[tuple[str, str]]:
    files = sorted(file for file in path.iterdir() if XYZ_FILE.match(file.name))
    if not files:
        raise SourceError(f"got the folder {path} without dsgdb9nsd_*.xyz; expected {WHAT}; {GIVE}")
    for file in files:
        yield file.name, _decoded(file.read_bytes())


def _decoded(content: bytes) -> str:
    """The text of an xyz file; nothing, which is none, where it is no UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return ""


def _is_archive(path: Path) -> bool:
    if path == PACKAGE and not path.exists():
        return False
    with open_bytes(path) as file:
        start = file.read(512)
    return start.startswith(b"BZh") or start[257:262] == b"ustar"


def _archive(path: Path) -> Iterator[tuple[str, str]]:
    """File name and text of every xyz file of a tar, packed or not, one after the other."""
    is_empty = True
    with open_bytes(path) as file:
        is_bzip2 = file.read(3) == b"BZh"
        file.seek(0)
        try:
            unpacked = bz2.BZ2File(file) if is_bzip2 else file
            with tarfile.open(fileobj=unpacked, mode="r|") as archive:
                for member in archive:
                    archive.members = []  # type: ignore[attr-defined]  # else it keeps them all
                    name = PurePath(member.name).name
                    content = archive.extractfile(member) if XYZ_FILE.match(name) else None
                    if content is not None:
                        is_empty = False
                        yield name, _decoded(content.read())
            while unpacked.read(READ):  # to the end, where a packed file has its checksum
                pass
        except (tarfile.TarError, OSError) as error:
            raise SourceError(
                f"got {path}, a damaged archive ({error}); expected a whole one; download it again"
            ) from error
    if is_empty:
        raise SourceError(f"got {path} without dsgdb9nsd_*.xyz in it; expected {WHAT}; {GIVE}")


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
        return _of_csv(row_number, row)
    found = _of_csv(row_number, {**row, "smiles": ""})
    if isinstance(found, Rejected):
        return found
    counts = "".join(block.split("\n")[3:4])[:3].strip()
    if not counts.isdecimal() or not _is_whole(Chem.MolFromMolBlock(block), int(counts)):
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
