"""The xyz files of QM9: a folder of them, or the archive as it is handed round."""

from __future__ import annotations

import bz2
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePath

from rdkit import Chem

from molecules.molecule import LONGEST_SMILES
from molecules.sources.base import GIVE, NO_NUMBER, Entry, Rejected, SourceError
from molecules.sources.qm9_rows import IDENTIFIER, NOT_WHOLE, QUANTITIES, WHAT, is_whole, values_of
from molecules.sources.text import open_bytes

XYZ_FIELDS = ("A", "B", "C", *QUANTITIES)
XYZ_FILE = re.compile(r"dsgdb9nsd_[0-9]+\.xyz\Z")
"""Not the isomers of C7H10O2, whose files look alike and hold G4MP2 energies."""
READ = 1 << 20
"""Bytes at a time."""
NO_XYZ = "not a QM9 xyz file"


def xyz_texts(path: Path) -> Iterator[tuple[str, str]]:
    """File name and text of every xyz file of a folder or of an archive.

    Raises:
        SourceError: there is none, or the archive is damaged.
    """
    return _folder(path) if path.is_dir() else _archive(path)


def is_archive(path: Path) -> bool:
    """Whether a file is a tar, or packed by bzip2."""
    with open_bytes(path) as file:
        start = file.read(512)
    return start.startswith(b"BZh") or start[257:262] == b"ustar"


def of_xyz(where: str, text: str, vouched: bool) -> Entry | Rejected:
    """The entry of one file; `vouched`: the first SMILES may stand in for the second."""
    lines = text.splitlines()
    fields = lines[1].split() if len(lines) > 1 else []
    if len(fields) != 2 + len(XYZ_FIELDS) or fields[0] != "gdb" or not lines[0].strip().isdecimal():
        return Rejected(where, NO_XYZ)
    identifier, n_atoms = f"gdb_{fields[1]}", int(lines[0])
    smiles = lines[n_atoms + 3].split() if len(lines) > n_atoms + 3 else []
    if not IDENTIFIER.match(identifier) or len(smiles) != 2:
        return Rejected(where, NO_XYZ)
    values = values_of(dict(zip(XYZ_FIELDS, fields[2:], strict=True)))
    if values is None:
        return Rejected(identifier, NO_NUMBER)
    gdb17, relaxed = smiles
    if len(relaxed) <= LONGEST_SMILES and is_whole(Chem.MolFromSmiles(relaxed), n_atoms):
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
