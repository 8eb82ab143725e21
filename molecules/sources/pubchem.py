"""PubChem: SDF, CID-SMILES, and the csv files of PUG REST, of the web pages and of identifiers."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from molecules.sources.base import Entry, Notation, Rejected, SourceError, hold_paths
from molecules.sources.sdf import expect_tag, is_sdf, records
from molecules.sources.table import Column, delimiter, first_given, first_line, values_of
from molecules.sources.text import expect_columns, header, open_text, printable, rows

CID_SMILES = re.compile(r"\d+\t\S+\s*\Z")
CID_INCHIKEY = re.compile(r"(\d+)\tInChI=\S+\t([A-Z-]{27})\s*\Z")
INCHI = "InChI=1S/"
"""The beginning of every InChI of PubChem; the identifiers csv leaves it out."""
TAG = "PUBCHEM_COMPOUND_CID"
CID = ("CID", "cid", "Compound_CID", TAG)
SMILES = (
    *("PUBCHEM_SMILES", "PUBCHEM_OPENEYE_ISO_SMILES", "IsomericSMILES", "SMILES", "isosmiles"),
    *("PUBCHEM_CONNECTIVITY_SMILES", "PUBCHEM_OPENEYE_CAN_SMILES"),
    *("ConnectivitySMILES", "CanonicalSMILES", "canonicalsmiles"),
)
"""Tags and columns, new and old, those with stereochemistry first."""
INCHIS = ("PUBCHEM_IUPAC_INCHI", "PUBCHEM_NIST_INCHI", "InChI", "inchi")
INCHIKEYS = ("PUBCHEM_IUPAC_INCHIKEY", "PUBCHEM_NIST_INCHIKEY", "InChIKey", "inchikey")
NAMES = (
    *("Title", "cmpdname", "Name", "PUBCHEM_IUPAC_TRADITIONAL_NAME"),
    *("PUBCHEM_IUPAC_NAME", "IUPACName", "iupacname", "IUPAC_Name"),
)
LOGP_OF_TABLES = Column("logp", "XLogP3 or XLogP3-AA")  # they do not say which
TPSA = Column("tpsa", "Cactvs")
COLUMNS = {
    "PUBCHEM_XLOGP3": Column("logp", "XLogP3"),
    "PUBCHEM_XLOGP3_AA": Column("logp", "XLogP3-AA"),
    **dict.fromkeys(("XLogP", "xlogp"), LOGP_OF_TABLES),
    **dict.fromkeys(("PUBCHEM_CACTVS_TPSA", "TPSA", "polararea", "Polar_Area"), TPSA),
}
WHAT = "PubChem's SDF, CID-SMILES or a csv with CID and SMILES"


@dataclass(frozen=True)
class PubChem:
    """A PubChem download, gzipped or not; the layout is seen from its first lines.

    Structures are taken from SMILES, where there are none from InChI, and from the molecule block
    where an SDF has neither.
    """

    path: Path
    inchikeys: Path | None = None
    """CID-InChI-Key.gz, whose keys are given to the rows of `path`; both go by rising CID."""
    name: str = "pubchem"
    licence: str = "PubChem: free to use; depositors may hold rights in their own contributions"
    citation: str = "10.1093/nar/gkae1059"

    def __post_init__(self) -> None:
        hold_paths(self, "path", "inchikeys")

    def entries(self) -> Iterator[Entry | Rejected]:
        """See Source."""
        entries = self._entries()
        return entries if self.inchikeys is None else _joined(entries, self.inchikeys)

    def _entries(self) -> Iterator[Entry | Rejected]:
        if is_sdf(self.path):
            expect_tag(self.path, TAG, WHAT)
            found = enumerate(records(self.path), 1)
            return (_entry(f"record {n}", tags, block) for n, (tags, block) in found)
        line = first_line(self.path)
        if CID_INCHIKEY.match(line):
            raise SourceError(
                f"got {self.path}, which is CID-InChI-Key; expected {WHAT}; give this file as "
                "source.inchikeys"
            )
        if CID_SMILES.match(line):
            return self._lines()
        parts = delimiter(self.path)
        columns = header(self.path, parts)
        structures = (*SMILES, *INCHIS)
        expected = [_known(columns, CID, "CID"), _known(columns, structures, "SMILES")]
        expect_columns(self.path, columns, expected, WHAT)
        return (_entry(f"row {n}", row) for n, row in rows(self.path, parts))

    def _lines(self) -> Iterator[Entry | Rejected]:
        with open_text(self.path) as file:
            for number, line in enumerate(file, 1):
                cid, _, smiles = line.strip().partition("\t")
                if cid.isdecimal():
                    yield Entry(f"CID{cid}", smiles)
                else:
                    yield Rejected(f"row {number}", "no CID")


def _known(found: Iterable[str], spellings: Iterable[str], otherwise: str) -> str:
    return next((name for name in spellings if name in found), otherwise)


def _entry(where: str, row: Mapping[str, str], block: str = "") -> Entry | Rejected:
    cid = first_given(row, CID)
    if not cid.isdecimal():
        return Rejected(where, "no CID")
    values = values_of(f"CID{cid}", row, COLUMNS)
    if isinstance(values, Rejected):
        return values
    structure, notation = _structure(row, block)
    name, key = first_given(row, NAMES), first_given(row, INCHIKEYS)
    return Entry(f"CID{cid}", structure, notation, values, name, first_given(row, ("CAS",)), key)


def _structure(row: Mapping[str, str], block: str) -> tuple[str, Notation]:
    if smiles := first_given(row, SMILES):
        return smiles, "smiles"
    if inchi := first_given(row, INCHIS):
        return inchi if inchi.startswith("InChI=") else INCHI + inchi, "inchi"
    return (block, "molblock") if block else ("", "smiles")


def _joined(entries: Iterable[Entry | Rejected], inchikeys: Path) -> Iterator[Entry | Rejected]:
    """Entries with their keys, one step in one file and then in the other."""
    keys = _keys(inchikeys)
    cid, key, last = -1, "", -1
    for entry in entries:
        if isinstance(entry, Rejected):
            yield entry
            continue
        wanted = int(entry.identifier.removeprefix("CID"))
        if wanted < last:
            raise SourceError(
                f"got {entry.identifier} after CID{last}, expected rising CIDs; leave out "
                "source.inchikeys, or sort both files by CID"
            )
        last = wanted
        while cid < wanted:
            cid, key = next(keys, (sys.maxsize, ""))
        yield replace(entry, inchikey=key) if cid == wanted else entry


def _keys(path: Path) -> Iterator[tuple[int, str]]:
    last = -1
    with open_text(path) as file:
        for number, line in enumerate(file, 1):
            match = CID_INCHIKEY.match(line)
            if not match or int(match[1]) < last:
                raise SourceError(
                    f"got {path}, whose row {number} is {printable(line)[:60]}; expected CID, "
                    "InChI and InChIKey by rising CID, as in CID-InChI-Key.gz; give that file"
                )
            last = int(match[1])
            yield last, match[2]
