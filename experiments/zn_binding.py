"""Zn2+ binding computed by GFN2-xTB against measured log K1: does the physics rank ligands?

    python experiments/zn_binding.py --data FILE             ask what is missing, then the table
    python experiments/zn_binding.py --data FILE --tables     the table of what there is

FILE: zn2_logK1_309.csv with the columns SMILES, logK1 and suspect (NIST SRD 46 by
qteddie/GNN-MetalChelators). It is no part of this repository: only aggregate figures are written.

log K1 refers to the deprotonated ligand, so that species is computed whatever is drawn. Rows marked
suspect, without a value, or outside the size limit are left out. Every figure is cross-validated
over Murcko scaffolds, and over Butina clusters where there is no ring; a ligand whose calculation
failed is ranked last. Answers are kept in experiments/zn_binding/ and not asked twice.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from hydra import compose, initialize_config_module
from hydra.utils import instantiate
from numpy.typing import NDArray
from rdkit.Chem import rdFingerprintGenerator
from rdkit.Chem.Scaffolds import MurckoScaffold
from rdkit.DataStructs import BulkTanimotoSimilarity
from rdkit.ML.Cluster import Butina
from scipy.stats import spearmanr
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import GroupKFold
from tqdm import tqdm

from loop import questions
from loop.schema import register
from molecules import InvalidMoleculeError, Label, Molecule
from molecules.protonation import deprotonated_ligand
from molecules.store import Store
from oracles.computed import Computed
from oracles.recipes.bites import find_bites
from oracles.recipes.donors import Donor, find_donors
from oracles.workers.local import LocalWorkers

HERE = Path(__file__).parent
HOME = HERE / "zn_binding"
MOST_HEAVY = 20
KINDS = (
    "anion", "aromatic N", "amine N", "nitrile or imine N", "oxo O", "thioxo S", "hydroxyl O",
    "ether O", "aniline N", "thioether S",
)  # fmt: skip
FREE = "zn_exchange_free_energy"
REPEATS = 5
FOLDS = 10
RESAMPLES = 2000
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Ligand:
    """A deprotonated ligand, its measured constant, and what was computed (kcal/mol)."""

    molecule: Molecule
    log_k: float
    exchange: float = math.nan
    chelate: float = math.nan
    free: float = math.nan
    n_donors: int = 0
    """Donors in the complex of lowest free energy."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--tables", action="store_true", help="ask nothing")
    arguments = parser.parse_args()
    measured = read(arguments.data)
    HOME.mkdir(parents=True, exist_ok=True)
    store = Store.open(HOME / "store.db")
    with LocalWorkers(arguments.workers, HOME / "work") as workers:
        oracle = tier()
        oracle.open(workers, store.calculations)
        if not arguments.tables:
            ask(oracle, store, sorted(measured, key=lambda m: (m.n_heavy, m)))
        ligands = known(oracle, store, measured)
    store.close()
    write_table(ligands, len(measured))


def read(path: Path) -> dict[Molecule, float]:
    """Deprotonated ligands within the size limit and their log K1; the first row of each counts."""
    found: dict[Molecule, float] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["suspect"] != "False" or not row["logK1"] or row["logK1"] == "nan":
                continue
            try:
                drawn = Molecule.from_smiles(row["SMILES"])
            except InvalidMoleculeError:
                continue
            if "." not in drawn.smiles and drawn.n_heavy <= MOST_HEAVY:
                found.setdefault(deprotonated_ligand(drawn), float(row["logK1"]))
    return found


def tier() -> Computed:
    """The zinc shell at tier 1, as the campaign zn_ligands configures it."""
    register()
    with initialize_config_module("conf", version_base="1.3"):
        oracle = instantiate(compose("loop", ["+campaign=zn_ligands"]).oracles.xtb)
    assert isinstance(oracle, Computed)
    return oracle


def ask(oracle: Computed, store: Store, molecules: Sequence[Molecule]) -> None:
    """Ask about what has no answer yet, small ligands first."""
    done = questions.answered(store.records(), oracle)
    waiting = [m for m in molecules if not done.get(m, False)]
    with tqdm(total=len(waiting), desc="asking xtb", unit="ligand") as bar:
        for outcome, is_last in questions.ask(oracle, waiting):
            store.add(outcome)
            bar.update(int(is_last))


def known(oracle: Computed, store: Store, measured: Mapping[Molecule, float]) -> list[Ligand]:
    """Every measured ligand that was asked, with its energies; NaN where a calculation failed."""
    values: dict[Molecule, dict[str, float]] = {}
    for record in store.records():
        outcome = record.outcome
        mine = values.setdefault(outcome.molecule, {})
        if isinstance(outcome, Label):
            mine[outcome.quantity.name] = outcome.value
    ligands = []
    for molecule, log_k in measured.items():
        if molecule in values:
            details = (oracle.details(molecule, "binding") or {}).get(FREE, {})
            ligands.append(
                Ligand(
                    molecule,
                    log_k,
                    values[molecule].get("zn_exchange_energy", math.nan),
                    values[molecule].get("zn_chelate_energy", math.nan),
                    values[molecule].get(FREE, math.nan),
                    len(details.get("donors", ())),
                )
            )
    return ligands


def write_table(ligands: Sequence[Ligand], n_measured: int) -> None:
    """Rank correlations, cross-validated, with what was fitted and what was not."""
    y = np.array([ligand.log_k for ligand in ligands])
    groups = clusters([ligand.molecule for ligand in ligands])
    counted = np.array([counts(ligand.molecule) for ligand in ligands])
    physics = np.array([energies(ligand) for ligand in ligands])
    failed = np.array([math.isnan(ligand.exchange) for ligand in ligands])
    baseline = predicted(counted, y, groups, failed)
    both = predicted(np.hstack([counted, physics]), y, groups, failed)
    gain = paired_bootstrap(y, baseline, both)
    lines = [
        "# Zn2+ binding by GFN2-xTB against measured log K1",
        "",
        "Made by `python experiments/zn_binding.py --data FILE`. Of "
        f"{n_measured} clean ligands within {MOST_HEAVY} heavy atoms {len(ligands)} were computed, "
        f"{int(failed.sum())} failed. {len(set(groups))} scaffolds and clusters, {FOLDS}-fold, "
        f"{REPEATS} times.",
        "",
        "| what | ligands | Spearman with log K1 |",
        "|---|---|---|",
        row("(i) donor counts, charge, denticity: random forest", y, baseline),
        row("(ii) the same and the computed energies", y, both),
        f"| gain of (ii) over (i), paired bootstrap | {len(y)} | {gain} |",
    ]
    raw = np.where(failed, 1e3, np.array([ligand.exchange for ligand in ligands]))
    single = np.array([not find_bites(ligand.molecule) for ligand in ligands])
    lines.append(row("(iii) exchange energy, no fit, monodentate ligands", y[single], -raw[single]))
    for name in ("carboxylate", "amine N", "aromatic N"):
        mine = np.array([kind(ligand.molecule) == name for ligand in ligands])
        lines.append(row(f"(iii) exchange energy, no fit, {name}", y[mine], -raw[mine]))
        alone = mine & single
        lines.append(row("... of these the monodentate ones", y[alone], -raw[alone]))
    (HERE / "zn_binding.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def row(name: str, y: Array, scores: Array) -> str:
    value = f"{spearmanr(y, scores).statistic:.3f}" if len(y) > 3 else "-"
    return f"| {name} | {len(y)} | {value} |"


def counts(molecule: Molecule) -> list[float]:
    """Donors by kind, charge, and the most donors that can hold the metal at once."""
    donors = find_donors(molecule, most=20, distinct=False)
    bites = find_bites(molecule)
    by_kind = [float(sum(d.kind == kind for d in donors)) for kind in KINDS]
    return [*by_kind, float(molecule.charge), float(max(map(len, bites), default=1))]


def energies(ligand: Ligand) -> list[float]:
    """What was computed; where nothing is, a value that no ligand has."""
    exchange = 50.0 if math.isnan(ligand.exchange) else ligand.exchange
    chelate = 50.0 if math.isnan(ligand.chelate) else ligand.chelate
    return [exchange, chelate, min(exchange, chelate), float(ligand.n_donors)]


def kind(molecule: Molecule) -> str:
    """The class of the strongest donor."""
    donors: list[Donor] = find_donors(molecule)
    if not donors:
        return "none"
    first = donors[0]
    atom = molecule.rdkit.GetAtomWithIdx(first.atom)
    is_carboxylate = first.kind == "anion" and any(
        n.GetSymbol() == "C" and len([o for o in n.GetNeighbors() if o.GetSymbol() == "O"]) == 2
        for n in atom.GetNeighbors()
    )
    return "carboxylate" if is_carboxylate else first.kind


def clusters(molecules: Sequence[Molecule]) -> list[str]:
    """One name a molecule: its Murcko scaffold, or its Butina cluster among those without rings."""
    names = [MurckoScaffold.MurckoScaffoldSmiles(mol=m.rdkit) for m in molecules]
    acyclic = [i for i, name in enumerate(names) if not name]
    make = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    prints = [make.GetCountFingerprint(molecules[i].rdkit) for i in acyclic]
    distances = [
        1.0 - s
        for k in range(1, len(prints))
        for s in BulkTanimotoSimilarity(prints[k], prints[:k])
    ]
    for number, members in enumerate(
        Butina.ClusterData(distances, len(prints), 0.5, isDistData=True)
    ):
        for member in members:
            names[acyclic[member]] = f"acyclic {number}"
    return names


def predicted(X: Array, y: Array, groups: Sequence[str], failed: Array) -> Array:
    """Cross-validated predictions, mean over repeats; failed ligands get less than any other."""
    total = np.zeros(len(y))
    for seed in range(REPEATS):
        folds = GroupKFold(FOLDS, shuffle=True, random_state=seed)
        for train, test in folds.split(X, y, groups):
            model = RandomForestRegressor(500, min_samples_leaf=2, random_state=seed, n_jobs=1)
            total[test] += model.fit(X[train], y[train]).predict(X[test]) / REPEATS
    return np.where(failed, y.min() - 100.0, total)


def paired_bootstrap(y: Array, first: Array, second: Array) -> str:
    """Difference of the rank correlations with its 90 % interval, resampling ligands."""
    random = np.random.default_rng(0)
    differences = []
    for _ in range(RESAMPLES):
        pick = random.integers(len(y), size=len(y))
        differences.append(
            spearmanr(y[pick], second[pick]).statistic - spearmanr(y[pick], first[pick]).statistic
        )
    low, middle, high = np.quantile(differences, (0.05, 0.5, 0.95))
    return f"{middle:+.3f} ({low:+.3f} to {high:+.3f})"


if __name__ == "__main__":
    main()
