"""Species of QM9 and PubChem, as drawn and as present at pH 4.5: the raw material of the library.

QM9 comes from the package qm9pack (MIT), PubChem identifiers with names and CAS numbers from the
package chemicals (MIT), protonation states from dimorphite-dl (Apache-2.0). None is needed at
run time; `pip install -e ".[data]"` brings all three.
"""

from __future__ import annotations

import importlib.util
import multiprocessing
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from tqdm import tqdm

from molecules import InvalidMoleculeError, Molecule
from molecules.filters import (
    ClosedShell,
    Elements,
    Filters,
    HeavyAtoms,
    NetCharge,
    Plausible,
    RingSize,
    SingleFragment,
    Strain,
)

PH = 4.5
PKA_SPREAD = 0.5
"""Width in standard deviations of a site's pKa within which both of its forms are kept."""

ORGANIC = Filters(
    {
        "fragments": SingleFragment(),
        "elements": Elements("H B C N O F Si P S Cl Br I".split()),
        "heavy_atoms": HeavyAtoms(3, 20),
        "charge": NetCharge(-3, 2),
        "radicals": ClosedShell(),
        "ring_size": RingSize(18),
        "plausible": Plausible(),
        "strain": Strain(),
    }
)


@dataclass(frozen=True)
class Row:
    """One entry of a database as it was read."""

    smiles: str
    source: str
    name: str = ""
    cas: str = ""


@dataclass(frozen=True)
class Species:
    """One organic species and where it came from."""

    smiles: str
    source: str
    """`qm9` or `pubchem`; `-ion` after it: split from a salt; `-pH4.5`: form present there."""
    name: str
    cas: str
    charge_class: str


def package_folder(package: str) -> Path:
    """Folder of an installed data package, without importing it."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise SystemExit(f'{package} is not installed; run: pip install -e ".[data]"')
    return Path(found.submodule_search_locations[0])


def read_qm9() -> list[Row]:
    """The SMILES of QM9's 130,831 characterised molecules."""
    files = sorted((package_folder("qm9pack") / "data").glob("qm9_part*.csv"))
    frame = pl.concat(
        pl.read_csv(file, columns=["Index", "SMILES"], infer_schema_length=100) for file in files
    )
    return [Row(smiles, "qm9") for smiles in frame.sort("Index")["SMILES"]]


def read_pubchem() -> list[Row]:
    """The 73,000 PubChem compounds that chemicals lists with name and CAS number."""
    folder = package_folder("chemicals") / "Identifiers"
    rows = []
    for size in ("small", "large"):
        path = folder / f"chemical identifiers pubchem {size}.tsv"
        for line in path.read_text(encoding="utf-8").splitlines():
            _, cas, _, _, smiles, _, _, systematic, *names = line.split("\t")
            rows.append(Row(smiles, "pubchem", names[0] if names else systematic, cas))
    return rows


def present_forms(smiles: str, most: int) -> list[str]:
    """Forms of a species present at pH 4.5, the `most` probable ones."""
    from dimorphite_dl import protonate_smiles
    from loguru import logger

    logger.disable("dimorphite_dl")
    forms = protonate_smiles(
        smiles, ph_min=PH, ph_max=PH, precision=PKA_SPREAD, max_variants=most
    )
    return [str(form) for form in forms]


def species_of(row: Row) -> list[Species]:
    """Organic species of one entry: its ions if it is a salt, as drawn and as present at pH 4.5."""
    fragments = row.smiles.split(".")
    source = row.source if len(fragments) == 1 else f"{row.source}-ion"
    found: dict[str, Species] = {}
    for fragment in fragments:
        drawn = _species(fragment, source, row)
        if drawn is None:
            continue
        found.setdefault(drawn.smiles, drawn)
        for form in present_forms(drawn.smiles, most=2):
            present = _species(form, f"{row.source}-pH4.5", row)
            if present is not None:
                found.setdefault(present.smiles, present)
    return list(found.values())


def _species(smiles: str, source: str, row: Row) -> Species | None:
    try:
        molecule = Molecule.from_smiles(smiles)
    except InvalidMoleculeError:
        return None
    if not ORGANIC.allows(molecule) or not any(c in molecule.smiles for c in "Cc"):
        return None
    return Species(molecule.smiles, source, row.name, row.cas, molecule.charge_class)


def build(rows: Iterable[Row], processes: int) -> pl.DataFrame:
    """The corpus, one row a distinct species: smiles, source, name, cas, charge_class."""
    rows = list(rows)
    found: dict[str, Species] = {}
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        answers: Iterator[list[Species]] = pool.imap(species_of, rows, chunksize=500)
        for species in tqdm(answers, total=len(rows), desc="species", unit=" rows"):
            for one in species:
                known = found.get(one.smiles)
                if known is None or ("-" in known.source and "-" not in one.source):
                    found[one.smiles] = one
    return pl.DataFrame([vars(one) for one in found.values()]).sort("smiles")
