"""Zn2+ binding computed by GFN2-xTB against measured log K1: does the physics rank ligands?

    python experiments/zn_binding.py --data FILE             ask what is missing, then the table
    python experiments/zn_binding.py --data FILE --tables     the table of what there is
    ... --calibrate                                and write oracles/data/binding_gfn2.json

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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from hydra import compose, initialize_config_module
from hydra.utils import instantiate
from numpy.typing import NDArray
from scipy.stats import spearmanr
from tqdm import tqdm
from zn_binding_fit import (
    FOLDS,
    MODELS,
    REPEATS,
    calibrate,
    clusters,
    counts,
    kind,
    paired_bootstrap,
    predicted,
)

from loop import questions
from loop.schema import register
from molecules import InvalidMoleculeError, Label, Molecule
from molecules.protonation import deprotonated_ligand
from molecules.store import Store
from oracles.computed import Computed
from oracles.recipes.binding import Binding
from oracles.recipes.bites import find_bites
from oracles.workers.local import LocalWorkers

HERE = Path(__file__).parent
HOME = HERE / "zn_binding"
CALIBRATION = HERE.parent / "oracles" / "data" / "binding_gfn2.json"
MOST_HEAVY = 20
FREE = "zn_exchange_free_energy"
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Ligand:
    """A deprotonated ligand, its measured constant, and what was computed (kcal/mol)."""

    molecule: Molecule
    log_k: float
    exchange: float = math.nan
    chelate: float = math.nan
    dry: float = math.nan
    """Free energy without the waters on the free ligand."""
    free: float = math.nan


STAGES: tuple[Callable[[Ligand], float], ...] = (
    lambda ligand: ligand.exchange,
    lambda ligand: float(np.fmin(ligand.exchange, ligand.chelate)),
    lambda ligand: ligand.dry,
    lambda ligand: ligand.free,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--tables", action="store_true", help="ask nothing")
    parser.add_argument("--calibrate", action="store_true", help="write the correction")
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
    if arguments.calibrate:
        free = {one.molecule: one.free for one in ligands if not math.isnan(one.free)}
        binding = oracle.recipes["binding"]
        assert isinstance(binding, Binding)
        calibrate(measured, free, binding.settings).write(CALIBRATION)


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
            dry = [one["value"] + one["hydration"] for one in details.get("all", ())]
            mine = values[molecule]
            ligands.append(
                Ligand(
                    molecule,
                    log_k,
                    mine.get("zn_exchange_energy", math.nan),
                    mine.get("zn_chelate_energy", math.nan),
                    min(dry, default=math.nan),
                    mine.get(FREE, math.nan),
                )
            )
    return ligands


def write_table(ligands: Sequence[Ligand], n_measured: int) -> None:
    """Rank correlations, without any fit and cross-validated with one."""
    y = np.array([ligand.log_k for ligand in ligands])
    failed = np.array([math.isnan(ligand.free) for ligand in ligands])
    lines = [
        "# Zn2+ binding by GFN2-xTB against measured log K1",
        "",
        "Made by `python experiments/zn_binding.py --data FILE`. Of "
        f"{n_measured} clean ligands within {MOST_HEAVY} heavy atoms {len(ligands)} were computed, "
        f"{int(failed.sum())} failed and count as the last. Figures are Spearman correlations with "
        "log K1.",
        "",
        "## (iii) Nothing fitted",
        "",
        "One donor: the exchange energy. Lowest: of it and the chelate energy. Vibrations: free",
        "energies, the ligand in the continuum alone. All: with four waters on the free ligand",
        "(zn_exchange_free_energy).",
        "",
        "| ligands | number | one donor | lowest | vibrations | all |",
        "|---|---|---|---|---|---|",
    ]
    columns = [np.array([of(ligand) for ligand in ligands]) for of in STAGES]
    single = np.array([not find_bites(ligand.molecule) for ligand in ligands])
    kinds = np.array([kind(ligand.molecule) for ligand in ligands])
    everyone = np.ones(len(y), dtype=bool)
    groups = {"all": everyone, "monodentate": single}
    groups |= {name: kinds == name for name in sorted(set(kinds.tolist()))}
    for name, mask in groups.items():
        if mask.sum() > 4:
            cells = [rank(y[mask], -np.nan_to_num(v[mask], nan=1e3)) for v in columns]
            lines.append(f"| {name} | {mask.sum()} | {' | '.join(cells)} |")
    lines += fitted(ligands, y, failed)
    (HERE / "zn_binding.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def fitted(ligands: Sequence[Ligand], y: Array, failed: Array) -> list[str]:
    """What counting donors predicts, and what the free energy adds to it."""
    names = clusters([ligand.molecule for ligand in ligands])
    counted = np.array([counts(ligand.molecule) for ligand in ligands])
    free = np.array([ligand.free for ligand in ligands])
    physics = np.where(failed, np.nanmax(free), free)[:, None]
    lines = [
        "",
        "## (i) Donor counts, charge and denticity, and (ii) the same with the free energy",
        "",
        f"{len(set(names))} scaffolds and clusters, {FOLDS} folds, {REPEATS} times; the gain is "
        "that of resampled scaffolds and clusters, with its 90 % interval.",
        "",
        "| model | (i) | (ii) | gain |",
        "|---|---|---|---|",
    ]
    for model in MODELS:
        first = predicted(model, counted, y, names, failed)
        second = predicted(model, np.hstack([counted, physics]), y, names, failed)
        gain = paired_bootstrap(y, first, second, names)
        lines.append(f"| {model} | {rank(y, first)} | {rank(y, second)} | {gain} |")
    return lines


def rank(y: Array, scores: Array) -> str:
    return f"{spearmanr(y, scores).statistic:.3f}"


if __name__ == "__main__":
    main()
