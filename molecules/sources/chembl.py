"""ChEMBL: chemreps, SDF, and the compound and activity tables of the web pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from molecules.sources.base import Entry, Rejected, hold_paths
from molecules.sources.sdf import expect_tag, is_sdf, records
from molecules.sources.table import Column, delimiter, first_given, values_of
from molecules.sources.text import expect_columns, header, rows

IDENTIFIER = re.compile(r"CHEMBL\d+\Z")
NO_IDENTIFIER = "no ChEMBL identifier"
TAG = "chembl_id"
COLUMNS = {
    TAG: "canonical_smiles",
    "ChEMBL ID": "Smiles",
    "Molecule ChEMBL ID": "Smiles",
}
"""Of chemreps, of the compounds and of the activities: identifier and structure."""
INCHIKEYS = ("standard_inchi_key", "Inchi Key")
NAMES = ("Name", "Molecule Name")
VALUES = {
    "AlogP": Column("logp", "ALogP, ChEMBL"),
    "CX LogP": Column("logp", "CX LogP, ChEMBL"),
    "Polar Surface Area": Column("tpsa", "calculated by ChEMBL"),
}
WHAT = "ChEMBL's chemreps, SDF, or web table of compounds or activities"


@dataclass(frozen=True)
class ChEMBL:
    """A ChEMBL download, gzipped or not; the layout is seen from its first lines.

    No biological activities are kept: of the table of activities, which has many rows a molecule,
    each row gives its molecule and the calculated properties, and rows of one molecule merge.
    """

    path: Path
    name: str = "chembl"
    licence: str = "CC BY-SA 3.0"
    citation: str = "10.1093/nar/gkad1004"

    def __post_init__(self) -> None:
        hold_paths(self, "path")

    def entries(self) -> Iterator[Entry | Rejected]:
        """See Source."""
        if is_sdf(self.path):
            expect_tag(self.path, TAG, WHAT)
            return self._records()
        parts = delimiter(self.path)
        columns = header(self.path, parts)
        identifier = next((name for name in COLUMNS if name in columns), TAG)
        smiles = COLUMNS[identifier]
        expect_columns(self.path, columns, [identifier, smiles], WHAT)
        return (_entry(f"row {n}", row, identifier, smiles) for n, row in rows(self.path, parts))

    def _records(self) -> Iterator[Entry | Rejected]:
        for number, (tags, block) in enumerate(records(self.path), 1):
            if IDENTIFIER.match(tags.get(TAG, "")):
                yield Entry(tags[TAG], block, "molblock")
            else:
                yield Rejected(f"record {number}", NO_IDENTIFIER)


def _entry(where: str, row: Mapping[str, str], identifier: str, smiles: str) -> Entry | Rejected:
    name = row[identifier]
    if not IDENTIFIER.match(name):
        return Rejected(where, NO_IDENTIFIER)
    values = values_of(name, row, VALUES)
    if isinstance(values, Rejected):
        return values
    return Entry(
        name,
        first_given(row, (smiles,)),
        values=values,
        name=first_given(row, NAMES),
        inchikey=first_given(row, INCHIKEYS),
    )
