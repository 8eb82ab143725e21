"""Build the starter library and the corpus of the prior.

    python experiments/starter_library.py --additives FILE

writes experiments/starter_library/corpus.parquet (about 190,000 species, not in git) and
molecules/data/starter_library.parquet with molecules/data/zib_additives.csv (in the package).
Needs `pip install -e ".[data]"` and about ten minutes on two cores.
"""

from __future__ import annotations

import argparse
import hashlib
import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator
from rdkit.Chem.Scaffolds import MurckoScaffold
from starter_corpus import (
    build_corpus,
    default_filters,
    present_forms,
    read_pubchem,
    read_qm9,
)

from molecules import Molecule
from molecules.filters import Funnel

SEED = 20260101
HALF = 5_000
QM9_CHARGED = 1_000
"""Of the QM9 half, protonated amines and other charged forms."""
CORPUS = Path(__file__).with_suffix("") / "corpus.parquet"
DATA = Path(__file__).parents[1] / "molecules" / "data"
LICENCES = {
    "qm9": "MIT (qm9pack)",
    "pubchem": "MIT (chemicals), PubChem identifiers",
    "additive": "compiled facts",
}
SUFFIXES = {"ion": " (ion)", "pH4.5": " (form at pH 4.5)"}

QUATERNARY = Chem.MolFromSmarts("[NX4+]([#6])([#6])([#6])[#6]")
ENVIRONMENTS = rdFingerprintGenerator.GetMorganGenerator(radius=1)

CLASSES: dict[str, tuple[int, Callable[[Molecule], bool]]] = {
    "quaternary ammonium": (350, lambda m: m.rdkit.HasSubstructMatch(QUATERNARY)),
    "phosphorus": (350, lambda m: _has(m, 15)),
    "zwitterion": (500, lambda m: m.charge_class == "zwitterion"),
    "anion": (600, lambda m: m.charge_class == "anion"),
    "sulfur": (800, lambda m: _has(m, 16)),
    "cation": (900, lambda m: m.charge_class == "cation"),
}
"""Places kept for each class in the PubChem half, filled in this order."""


def _has(molecule: Molecule, atomic_number: int) -> bool:
    mol = molecule.rdkit
    return any(atom.GetAtomicNum() == atomic_number for atom in mol.GetAtoms())


def diverse(molecules: Sequence[Molecule], n: int) -> list[Molecule]:
    """`n` molecules, each family of size m represented in proportion to sqrt(m).

    A family is a Murcko scaffold, or for acyclic molecules the set of surroundings of their
    heteroatoms. Order inside a family is a hash of the SMILES: no database order, no chance.
    """
    families: dict[str, list[Molecule]] = defaultdict(list)
    for molecule in sorted(molecules, key=_hash):
        families[_family(molecule)].append(molecule)
    ranked = [
        ((i + 0.5) / math.sqrt(len(members)), _hash(molecule), molecule)
        for members in families.values()
        for i, molecule in enumerate(members)
    ]
    return [molecule for _, _, molecule in sorted(ranked)[:n]]


def _hash(molecule: Molecule) -> str:
    return hashlib.sha256(f"{SEED} {molecule.smiles}".encode()).hexdigest()


def _family(molecule: Molecule) -> str:
    mol = molecule.rdkit
    scaffold = MurckoScaffold.MurckoScaffoldSmiles(mol=mol)
    if scaffold:
        return str(scaffold)
    hetero = [atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() != 6]
    found = ENVIRONMENTS.GetSparseFingerprint(mol, fromAtoms=hetero).GetOnBits() if hetero else ()
    return " ".join(map(str, sorted(found)))


def judged_again(corpus: pl.DataFrame) -> pl.DataFrame:
    """Apply today's filters to what yesterday's allowed; looser filters need a new corpus."""
    filters = default_filters()
    good = corpus.filter("allowed")["smiles"]
    rejected = [smiles for smiles in good if not filters.allows(Molecule(smiles))]
    return corpus.with_columns(allowed=pl.col("allowed") & ~pl.col("smiles").is_in(rejected))


def choose(corpus: pl.DataFrame) -> list[Molecule]:
    """Half of the places to PubChem with a share for every class, half to QM9."""
    good = corpus.filter("allowed")
    is_present, is_qm9 = pl.col("present"), pl.col("source").str.starts_with("qm9")
    is_derived = pl.col("source").str.contains("-methylated")
    supplies = [
        [Molecule(smiles) for smiles in good.filter(~is_qm9 & which)["smiles"]]
        for which in (~is_derived & is_present, ~is_derived & ~is_present, is_derived)
    ]
    chosen: dict[Molecule, None] = {}
    for name, (places, belongs) in CLASSES.items():
        chosen |= dict.fromkeys(_fill(name, places, [list(filter(belongs, s)) for s in supplies]))
    plain = [m for m in supplies[0] if m.charge_class == "neutral" and m not in chosen]
    chosen |= dict.fromkeys(diverse(plain, HALF - len(chosen)))
    qm9 = [Molecule(smiles) for smiles in good.filter(is_qm9 & is_present)["smiles"]]
    charged = [m for m in qm9 if m.charge_class != "neutral"]
    neutral = [m for m in qm9 if m.charge_class == "neutral"]
    chosen |= dict.fromkeys(diverse(charged, QM9_CHARGED) + diverse(neutral, HALF - QM9_CHARGED))
    return list(chosen)


def _fill(name: str, places: int, supplies: Sequence[Sequence[Molecule]]) -> list[Molecule]:
    """Fill a class from known forms at pH 4.5; where they run out as drawn, then from derived."""
    picked: list[Molecule] = []
    for supply in supplies:
        picked += diverse(supply, places - len(picked))
    present, drawn, derived = map(len, supplies)
    print(f"{name}: {present} present + {drawn} as drawn + {derived} derived, {len(picked)} taken")
    return picked


def read_additives(path: Path) -> pl.DataFrame:
    """One row a distinct additive: as drawn in its source, and as present at pH 4.5."""
    frame = pl.read_csv(path, infer_schema_length=None)
    drawn = frame["drawn" if "drawn" in frame.columns else "smiles"]
    canonical = [Molecule.from_smiles(smiles).smiles for smiles in drawn]
    text = ("chem_class", "outcome", "is_polymer", "doi", "url", "source_status")
    return (
        frame.with_columns(
            pl.Series("drawn", canonical),
            pl.Series("smiles", [present_forms(smiles, 1)[0] for smiles in canonical]),
            pl.col("doi", "url").fill_null(""),
        )
        .group_by("drawn", maintain_order=True)
        .agg(
            pl.first("name", "smiles"),
            *(pl.col(c).unique(maintain_order=True).cast(pl.String).str.join(" ") for c in text),
        )
        .with_columns(pl.col("doi", "url").str.strip_chars())
        .select("name", "smiles", "drawn", *text)
        .sort("name")
    )


def additive_rows(additives: pl.DataFrame) -> dict[str, dict[str, str]]:
    """Names of the additives that pass the default filters, in both forms, by SMILES."""
    rows: dict[str, dict[str, str]] = {}
    for name, present, drawn in additives.select("name", "smiles", "drawn").iter_rows():
        for smiles in (present, drawn):
            if default_filters().allows(Molecule(smiles)):
                rows.setdefault(smiles, {"name": name, "cas": "", "source": "additive"})
    return rows


def tabulate(corpus: pl.DataFrame, additives: pl.DataFrame) -> pl.DataFrame:
    """The library: smiles, inchikey, name, cas, source, licence, charge_class, n_heavy."""
    provenance = {row["smiles"]: row for row in corpus.iter_rows(named=True)}
    known = additive_rows(additives)
    molecules = dict.fromkeys([*map(Molecule, known), *choose(corpus)])
    rows = []
    for molecule in molecules:
        row = known.get(molecule.smiles) or provenance[molecule.smiles]
        origin, _, step = row["source"].partition("-")
        rows.append(
            {
                "smiles": molecule.smiles,
                "inchikey": molecule.inchikey,
                "name": row["name"] + (SUFFIXES.get(step, "") if row["name"] else ""),
                "cas": row["cas"] or provenance.get(molecule.smiles, {}).get("cas", ""),
                "source": row["source"],
                "licence": LICENCES[origin],
                "charge_class": molecule.charge_class,
                "n_heavy": molecule.n_heavy,
            }
        )
    return pl.DataFrame(rows).sort("smiles")


def report(library: pl.DataFrame) -> None:
    """Print the counts that the data's README quotes."""
    molecules = [Molecule(smiles) for smiles in library["smiles"]]
    with pl.Config(tbl_rows=50):
        print(library.group_by("source", "charge_class").len().sort("source", "charge_class"))
    for name, (_, belongs) in CLASSES.items():
        print(f"{name}: {sum(map(belongs, molecules))}")
    print(f"all: {len(molecules)}; without InChIKey: {(library['inchikey'] == '').sum()}")


def main() -> None:
    """Build whatever is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--additives", type=Path, default=DATA / "zib_additives.csv")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--keep-corpus", action="store_true", help="use the corpus that is there")
    arguments = parser.parse_args()
    if not (arguments.keep_corpus and CORPUS.exists()):
        CORPUS.parent.mkdir(parents=True, exist_ok=True)
        corpus = build_corpus(read_pubchem() + read_qm9(), arguments.processes)
        fresh = CORPUS.with_suffix(".tmp")
        corpus.write_parquet(fresh, compression="zstd")
        fresh.replace(CORPUS)  # whoever trains on the old one reads it whole
    corpus = judged_again(pl.read_parquet(CORPUS))
    with pl.Config(tbl_rows=50):
        print(
            corpus.group_by("source", "charge_class")
            .agg(pl.len(), pl.sum("allowed"))
            .sort("source")
        )
    rejected = corpus.filter(~pl.col("allowed"))["smiles"]
    for stage in Funnel(default_filters().rules).sift(map(Molecule, rejected))[1]:
        print(f"{stage.stage} rejects {stage.entered - stage.passed}: {dict(stage.reasons)}")
    additives = read_additives(arguments.additives)
    additives.write_csv(DATA / "zib_additives.csv")
    library = tabulate(corpus, additives)
    library.write_parquet(
        DATA / "starter_library.parquet", compression="zstd", compression_level=19
    )
    report(library)


if __name__ == "__main__":
    main()
