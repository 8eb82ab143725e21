"""Inputs: molecules that a person hands in as a file."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from loop.build import CampaignError
from molecules import InvalidMoleculeError, Molecule


def read_molecules(path: Path) -> list[Molecule]:
    """Read a csv with a smiles column or a .smi file; all rows are checked before any is used.

    Raises:
        CampaignError: the file is missing, has no smiles column, or a row does not parse.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CampaignError(
            f"cannot read {path}: {error}; expected a UTF-8 csv or smi file"
        ) from error
    rows = _csv_smiles(path, text) if path.suffix.lower() == ".csv" else _smi_smiles(text)
    molecules, faults = [], []
    for number, smiles in rows:
        try:
            molecules.append(Molecule.from_smiles(smiles))
        except InvalidMoleculeError as error:
            faults.append(f"row {number}: {error}")
    if faults:
        more = f" (and {len(faults) - 3} more rows)" if len(faults) > 3 else ""
        raise CampaignError(f"{path}: {'; '.join(faults[:3])}{more}; nothing was asked")
    return list(dict.fromkeys(molecules))


def _csv_smiles(path: Path, text: str) -> Sequence[tuple[int, str]]:
    table = csv.DictReader(text.splitlines())
    columns = table.fieldnames or []
    if "smiles" not in columns:
        raise CampaignError(f"{path}: got columns {', '.join(columns)}, expected one named smiles")
    return [(table.line_num, row["smiles"] or "") for row in table]


def _smi_smiles(text: str) -> Sequence[tuple[int, str]]:
    return [(n, line.split()[0]) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
