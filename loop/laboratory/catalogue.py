"""Catalogue: what can be bought, from a table of the user's own."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from rdkit import Chem

from loop.making import CampaignError
from molecules import InvalidMoleculeError, Molecule
from molecules.protonation import split_salt
from molecules.protonation.parent import neutral_parent
from oracles.lab.delimited import decode

COLUMNS = ("smiles", "cas", "supplier", "price")


@dataclass(frozen=True)
class Offer:
    """One line of a catalogue."""

    smiles: str
    """Of the whole substance; empty where only a CAS number is given."""
    cas: str
    supplier: str
    price: str
    """As it stands there, with its currency."""


@dataclass(frozen=True)
class Catalogue:
    """Offers by structure and by CAS number; of several for one molecule the first counts."""

    by_structure: Mapping[str, Offer]
    by_cas: Mapping[str, Offer]
    remarks: tuple[str, ...] = ()

    def offer(self, molecule: Molecule, cas: str = "") -> Offer | None:
        """What is offered of a molecule: any salt or protonation state of it."""
        return self.by_structure.get(skeleton(molecule)) or self.by_cas.get(cas)


def skeleton(molecule: Molecule) -> str:
    """What all salts and protonation states of a molecule share, stereo included."""
    main = split_salt(molecule.smiles).main.molecule
    return str(Chem.MolToSmiles(neutral_parent(main.rdkit)))


def read_catalogue(path: Path) -> Catalogue:
    """Read a csv with a header that has `smiles` or `cas`, and optionally `supplier` and `price`.

    Raises:
        CampaignError: it is no such table.
        SheetError: it is no text in an encoding that we know.
    """
    if not path.is_file():
        raise CampaignError(f"got catalogue={path}, expected a csv file")
    _, text = decode(path.read_bytes())
    header, rows = _table(text)
    if not {"smiles", "cas"} & set(header):
        raise CampaignError(
            f"catalogue {path}: got columns {', '.join(header) or 'none'}, expected smiles or "
            "cas, and optionally supplier and price; name the columns so"
        )
    by_structure: dict[str, Offer] = {}
    by_cas: dict[str, Offer] = {}
    remarks = []
    for number, row in enumerate(rows, 2):
        cells = dict(zip(header, map(str.strip, row), strict=False))
        offer = Offer(*(cells.get(name, "") for name in COLUMNS))
        try:
            if offer.smiles:
                by_structure.setdefault(skeleton(Molecule.from_smiles(offer.smiles)), offer)
        except InvalidMoleculeError as error:
            left = "read by its CAS number alone" if offer.cas else "row left out"
            remarks.append(f"catalogue row {number}: {error}; {left}")
            offer = replace(offer, smiles="")
        if offer.cas:
            by_cas.setdefault(offer.cas, offer)
    return Catalogue(by_structure, by_cas, tuple(remarks))


def _table(text: str) -> tuple[list[str], list[list[str]]]:
    """Header in lower case and rows, by the delimiter that makes most columns of the header."""
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    header = [name.strip().lower() for name in lines[0]] if lines else []
    return header, [line for line in lines[1:] if any(cell.strip() for cell in line)]
