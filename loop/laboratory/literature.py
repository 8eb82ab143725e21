"""Literature: reported lifetimes as labels of their own source, with little weight."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from loop.making import CampaignError
from molecules import VOCABULARY, InvalidMoleculeError, Label, Molecule, Provenance
from molecules.protonation import form_at, split_salt
from oracles.lab.delimited import decode

LITERATURE = "literature"
"""Name of the source in the record."""
STD = 0.5
"""Standard error of a reported ratio, log10 [P]: other cells, other hands, and only successes are
reported, so a ratio of 20 means about as much as one of the bench's own cells at a ratio of 2."""
CONDITIONS = {
    "current_mA_cm2": "symm_current_mA_cm2",
    "capacity_mAh_cm2": "symm_capacity_mAh_cm2",
}
NEEDED = ("row_id", "smiles", "lifetime_ratio")


@dataclass(frozen=True)
class Reported:
    """What a table of the literature says, and what of it could not be used."""

    labels: tuple[Label, ...]
    remarks: tuple[str, ...]


def read_literature(path: Path, ph: float | None = 4.5) -> Reported:
    """Lifetime ratios of a csv with `row_id`, `smiles`, `lifetime_ratio`, optionally `lifetime_op`.

    A ratio that is given as > is a lower bound. Doses are not read: most reports give none, and
    where a condition is not stated the laboratory's reference stands in.

    Args:
        path: of the table; `doi` and the columns of `CONDITIONS` are kept where it has them.
        ph: the form at this pH is meant; None: as drawn.

    Raises:
        CampaignError: it is no such table, or no row of it has a ratio.
        SheetError: it is no text in an encoding that we know.
    """
    if not path.is_file():
        raise CampaignError(f"got do.file={path}, expected a csv file")
    table = csv.DictReader(io.StringIO(decode(path.read_bytes())[1], newline=""))
    missing = [name for name in NEEDED if name not in (table.fieldnames or ())]
    if missing:
        raise CampaignError(
            f"{path}: got no column {', '.join(missing)}, expected {', '.join(NEEDED)} for "
            "do.literature=true; a results sheet is imported without it"
        )
    labels, remarks = [], []
    for row in table:
        if not (row["lifetime_ratio"] or "").strip():
            continue
        ratio = _number(row, "lifetime_ratio")
        if ratio is None or ratio <= 0 or row.get("lifetime_op") == "<":
            written = f"{row.get('lifetime_op') or ''}{row['lifetime_ratio']}"
            remarks.append(f"{row['row_id']}: got {written!r}, expected a ratio above 0; left out")
            continue
        if "*" in row["smiles"] or row.get("is_polymer") == "1":
            remarks.append(f"{row['row_id']}: a polymer, left out")
            continue
        try:
            drawn = split_salt(row["smiles"]).main.molecule
        except InvalidMoleculeError as error:
            remarks.append(f"{row['row_id']}: {error}; left out")
            continue
        molecule = drawn if ph is None else form_at(drawn, ph).molecule
        labels.append(_label(row, molecule, ratio))
    if not labels:
        raise CampaignError(f"{path}: got no row with a lifetime_ratio, expected at least one")
    return Reported(tuple(labels), tuple(remarks))


def _label(row: Mapping[str, str], molecule: Molecule, ratio: float) -> Label:
    stated = {name: _number(row, column) for name, column in CONDITIONS.items()}
    return Label(
        molecule,
        VOCABULARY["lifetime_ratio"],
        math.log10(ratio),
        STD,
        LITERATURE,
        censored=row.get("lifetime_op") == ">",
        conditions=(
            ("row", row["row_id"]),
            ("batch", f"{LITERATURE} {row['row_id']}"),
            *((name, value) for name, value in stated.items() if value),
        ),
        provenance=Provenance(method=f"reported, {row.get('doi') or 'no DOI'}"),
    )


def _number(row: Mapping[str, str], column: str) -> float | None:
    try:
        value = float(row.get(column) or "nan")
    except ValueError:
        return None
    return value if math.isfinite(value) else None
