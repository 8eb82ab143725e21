"""ZINC: SMILES of purchasable compounds, as the 250k csv, tranches and .smi downloads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from molecules.sources.base import GIVE, Entry, Rejected, SourceError, Value, hold_paths
from molecules.sources.text import expect_columns, header, number, open_text, printable, rows

IDENTIFIER = re.compile(r"ZINC[0-9A-Za-z]+\Z")
COLUMNS = {"smiles", "zinc_id", "logp", "qed", "sas"}
"""Of the csv downloads; another table with SMILES is not ZINC's."""
LOGP = "Crippen, by RDKit"


@dataclass(frozen=True)
class Zinc:
    """A ZINC download: csv with `smiles`, or lines of SMILES and ZINC identifier; gzipped or not.

    The layout is seen from the first line: a csv header with `smiles,` (ZINC250k, with its line
    break inside the quotes), a tranche's header `smiles zinc_id ...`, or no header at all.
    """

    path: Path
    name: str = "zinc"
    licence: str = "ZINC: free to use, large parts may not be passed on without permission"
    citation: str = "10.1021/acs.jcim.0c00675"

    def __post_init__(self) -> None:
        hold_paths(self, "path")

    def entries(self) -> Iterator[Entry | Rejected]:
        """See Source."""
        columns = header(self.path)
        if len(columns) > 1 or columns == ["smiles"]:
            what = "a ZINC csv, smiles,logP,qed,SAS"
            expect_columns(self.path, columns, ["smiles"], what)
            others = {name.lower() for name in columns} - COLUMNS
            if others:
                raise SourceError(
                    f"got {self.path} with the column {printable(min(others))}; expected {what}; "
                    f"{GIVE}"
                )
            return (_of_row(n, row) for n, row in rows(self.path))
        return self._lines()

    def _lines(self) -> Iterator[Entry | Rejected]:
        with open_text(self.path) as file:
            for number_, line in enumerate(file, 1):
                fields = line.split()
                if not fields or (number_ == 1 and fields[0].lower() == "smiles"):
                    continue
                where = f"row {number_}"
                if len(fields) < 2 or not IDENTIFIER.match(fields[1]):
                    if number_ == 1:
                        raise SourceError(
                            f"got {self.path}, whose first line is {printable(line)[:60]}; "
                            "expected a SMILES and a ZINC identifier, or a csv with a column "
                            f"smiles; {GIVE}"
                        )
                    yield Rejected(where, "no ZINC identifier")
                    continue
                key = fields[2] if len(fields) > 2 and len(fields[2]) == 27 else ""
                yield Entry(fields[1], fields[0], inchikey=key)


def _of_row(number_: int, row: Mapping[str, str]) -> Entry:
    logp = number(row.get("logP", ""))
    values = () if logp is None else (Value("logp", logp, LOGP),)
    return Entry(row.get("zinc_id") or f"row {number_}", row["smiles"], values=values)
