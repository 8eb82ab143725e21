"""Species of QM9 and PubChem, as drawn and as present at pH 4.5: the raw material of the library.

QM9 comes from the package qm9pack (MIT), PubChem identifiers with names and CAS numbers from the
package chemicals (MIT), protonation states from dimorphite-dl (Apache-2.0). None is needed at
run time; `pip install -e ".[data]"` brings all three.
"""

from __future__ import annotations

import importlib.util
import multiprocessing
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import polars as pl
from hydra.utils import instantiate
from omegaconf import OmegaConf
from rdkit import Chem
from rdkit.Chem import rdChemReactions
from tqdm import tqdm

from molecules import InvalidMoleculeError, Molecule
from molecules.filters import Filters

PH = 4.5
PKA_SPREAD = 0.5
"""Width in standard deviations of a site's pKa within which both of its forms are kept."""
FORMS = 2
"""Most forms of one species that are kept."""
CONF = Path(__file__).parents[1] / "conf" / "filters"
CORPUS_RULES = (
    "elements fragments heavy_atoms charge radicals ring_size plausible strain blocked".split()
)
"""Rules of the default filters that the corpus obeys; the library obeys them all."""
CODE = re.compile(r"^[\d-]+$|^(ac1|brn|unii|zinc|nsc|schembl|chembl|einecs|hsdb|ccris)\W?\w*\d")
METHYLATION = rdChemReactions.ReactionFromSmarts(
    "[NX3;H0;+0;!$(N[!#6]);!$(N[#6]=,#[!#6]);!$(N[a]):1]([CX4:2])([CX4:3])[CX4:4]"
    ">>[N+:1]([C:2])([C:3])([C:4])C"
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
    """`qm9` or `pubchem`; `-ion`: split from a salt; `-pH4.5`: a form present there;
    `-methylated`: N-methylated tertiary amine, because known quaternary ions are few."""
    name: str
    cas: str
    """CAS number of the entry that the species comes from."""
    charge_class: str
    present: bool
    """True where the species is a form that exists at pH 4.5."""
    allowed: bool
    """True where the default filters let it pass."""


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
            spoken = [name for name in names[:3] if name and not CODE.match(name)]
            rows.append(Row(smiles, "pubchem", spoken[0] if spoken else systematic, cas))
    return rows


def present_forms(smiles: str, most: int) -> list[str]:
    """Canonical SMILES of the forms present at pH 4.5, the `most` probable ones."""
    from dimorphite_dl import protonate_smiles
    from loguru import logger

    logger.disable("dimorphite_dl")
    forms = protonate_smiles(smiles, ph_min=PH, ph_max=PH, precision=PKA_SPREAD, max_variants=most)
    return [Molecule.from_smiles(form).smiles for form in forms]


def species_of(row: Row) -> list[Species]:
    """Organic species of one entry: its ions if it is a salt, as drawn and as present at pH 4.5."""
    fragments = row.smiles.split(".")
    origin = row if len(fragments) == 1 else replace(row, source=f"{row.source}-ion")
    found: dict[str, Species] = {}
    for fragment in fragments:
        for one in (*_forms(fragment, origin, row), *_methylated(fragment, row)):
            found.setdefault(one.smiles, one)
    return list(found.values())


def _forms(fragment: str, origin: Row, row: Row) -> list[Species]:
    try:
        drawn = Molecule.from_smiles(fragment)
    except InvalidMoleculeError:
        return []
    if not _is_organic(drawn):
        return []
    present = present_forms(drawn.smiles, FORMS)
    others = (Molecule(smiles) for smiles in present if smiles != drawn.smiles)
    protonated = replace(row, source=f"{row.source}-pH4.5")
    return [
        _species(drawn, origin, drawn.smiles in present),
        *(_species(other, protonated, True) for other in others if _is_organic(other)),
    ]


def _methylated(fragment: str, row: Row) -> list[Species]:
    if row.source != "pubchem" or "N" not in fragment or "+" in fragment:
        return []
    origin = Row(fragment, f"{row.source}-methylated", f"N-methyl derivative of {row.name}")
    amine = Chem.MolFromSmiles(fragment)
    products = METHYLATION.RunReactants((amine,), maxProducts=1) if amine is not None else ()
    return [
        one
        for (product,) in products
        for one in _forms(Chem.MolToSmiles(product), origin, origin)
        if one.present
    ]


def _species(molecule: Molecule, row: Row, is_present: bool) -> Species:
    return Species(
        smiles=molecule.smiles,
        source=row.source,
        name=row.name,
        cas=row.cas,
        charge_class=molecule.charge_class,
        present=is_present,
        allowed=default_filters().allows(molecule),
    )


def _is_organic(molecule: Molecule) -> bool:
    mol = molecule.rdkit
    has_carbon = any(atom.GetAtomicNum() == 6 for atom in mol.GetAtoms())
    return has_carbon and _corpus_filters().allows(molecule)


@cache
def default_filters() -> Filters:
    """The hard limits of zn_anode."""
    filters = instantiate(OmegaConf.load(CONF / "zn_anode.yaml"))
    assert isinstance(filters, Filters)
    return filters


@cache
def _corpus_filters() -> Filters:
    return Filters({key: default_filters().rules[key] for key in CORPUS_RULES})


def build_corpus(rows: Sequence[Row], processes: int) -> pl.DataFrame:
    """One row a distinct species, with the fields of `Species`; an entry as drawn comes first."""
    found: dict[str, Species] = {}
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        answers = pool.imap(species_of, rows, chunksize=500)
        for species in tqdm(answers, total=len(rows), desc="species", unit=" rows"):
            for one in species:
                known = found.get(one.smiles)
                if known is None or ("-" in known.source and "-" not in one.source):
                    found[one.smiles] = one
    return pl.DataFrame([vars(one) for one in found.values()]).sort("smiles")
