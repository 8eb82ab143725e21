"""Dossier: everything known about one molecule, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from molecules.descriptors import DESCRIPTORS
from molecules.filters import Filters
from molecules.library import additive_table
from molecules.molecule import Molecule
from molecules.protonation import ProtonationError, form_at
from molecules.quantity import VOCABULARY
from molecules.text_table import columns

PH = 4.5
"""Of 1-3 M ZnSO4."""


def dossier(molecule: Molecule, rows: pl.DataFrame, filters: Filters) -> str:
    """What the library, the literature table and the cheap rules say about a molecule.

    Args:
        molecule: asked about.
        rows: of the library, with its SMILES or InChIKey.
        filters: of an electrolyte.
    """
    parts = [
        "\n".join(_identity(molecule, rows)),
        "\n".join(_rules(molecule, filters)),
        *reported(molecule),
        _values(molecule, rows),
        *_others(molecule, rows),
    ]
    return "\n\n".join(parts) + "\n"


def _identity(molecule: Molecule, rows: pl.DataFrame) -> Iterator[str]:
    own = _of(molecule, rows)
    yield f"{molecule}   InChIKey {molecule.inchikey or 'none'}"
    for label, column in (("names", "name"), ("CAS", "cas"), ("sources", "source")):
        found = _distinct(own, column)
        if found:
            yield f"{label}: {', '.join(found)}"
    identifiers = (
        [
            f"{s} {i}"
            for s, i in own.select("source", "identifier")
            .unique()
            .sort("source", "identifier")
            .iter_rows()
        ]
        if len(own)
        else []
    )
    if identifiers:
        yield f"identifiers: {', '.join(identifiers[:12])}{' ...' if identifiers[12:] else ''}"


def _rules(molecule: Molecule, filters: Filters) -> Iterator[str]:
    yield f"{molecule.charge_class}, {molecule.n_heavy} heavy atoms, charge {molecule.charge:+d}"
    cheap = (f"{name} {function(molecule):.2f}" for name, function in DESCRIPTORS.items())
    yield ", ".join(cheap)
    reason = filters.reason(molecule)
    yield f"filters: {reason or 'passes'}"
    try:
        form = form_at(molecule, PH)
    except ProtonationError as error:
        yield f"form at pH {PH}: {error}"
        return
    yield f"form at pH {PH}: {form.molecule}"
    yield from (f"  {step}" for step in form.steps)


def reported(molecule: Molecule) -> list[str]:
    """What the literature table says of a molecule, or of its form as drawn there."""
    table = additive_table()
    known = table.filter(
        (pl.col("smiles") == molecule.smiles) | (pl.col("drawn") == molecule.smiles)
    )
    return [
        f"reported additive: {row['name']}, {row['outcome']}, "
        f"{row['doi'] or row['url'] or 'no address'} ({row['source_status']})"
        for row in known.iter_rows(named=True)
    ]


def _values(molecule: Molecule, rows: pl.DataFrame) -> str:
    own = _of(molecule, rows)
    if not len(own):
        return "not in the library"
    known = own.filter(pl.col("quantity").is_not_null()).sort("quantity", "method", "source")
    if not len(known):
        return "in the library without any value"
    header = ["quantity", "value", "unit", "method", "source", "identifier", "licence"]
    cells = [
        [q, f"{value:.6g}", VOCABULARY[q].unit, method, source, identifier, licence]
        for q, value, method, source, identifier, licence in known.select(
            "quantity", "value", "method", "source", "identifier", "licence"
        ).iter_rows()
    ]
    return columns(header, cells)


def _others(molecule: Molecule, rows: pl.DataFrame) -> list[str]:
    if not len(rows):
        return []
    others = rows.filter(pl.col("smiles") != molecule.smiles)
    found = _distinct(others, "smiles")
    return [f"other forms with the same InChIKey: {', '.join(found)}"] if found else []


def _of(molecule: Molecule, rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col("smiles") == molecule.smiles) if len(rows) else rows


def _distinct(rows: pl.DataFrame, column: str) -> Sequence[str]:
    return [text for text in rows[column].unique().sort() if text] if len(rows) else []
