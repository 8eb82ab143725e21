"""Hydration free energies at tier 2 (SMD) against experiment, beside tier 1 on the same molecules.

    python experiments/hydration_dft.py --freesolv FILE              compute what is missing, then
    python experiments/hydration_dft.py --freesolv FILE --tables     the table

FILE as for experiments/hydration.py: only aggregate figures are written. The molecules are chosen
by a rule and not by their errors: of those with 3 to 8 heavy atoms the 20 that MaxMin picking finds
most unlike each other. Every level computes on the same geometry, that of the tiers. Answers are
kept in experiments/hydration_dft/ and not computed twice.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
from hydra.utils import instantiate
from hydration import freesolv, row
from kept_rows import append_rows, read_rows
from omegaconf import OmegaConf
from rdkit.Chem import rdFingerprintGenerator
from rdkit.SimDivFilters import MaxMinPicker

from molecules import Molecule
from oracles.base import OracleError
from oracles.computed import Computed
from oracles.recipes.base import Subject
from oracles.recipes.hydration import Hydration

HERE = Path(__file__).parent
ROWS = HERE / "hydration_dft" / "answers.csv"
N_MOLECULES = 20
FEWEST_HEAVY, MOST_HEAVY = 3, 8
COLUMNS = "smiles level hydration cpu_seconds status".split()


def tier(name: str) -> Computed:
    """An oracle as conf/oracle configures it."""
    oracle = instantiate(OmegaConf.load(str(resources.files("conf") / "oracle" / f"{name}.yaml")))
    assert isinstance(oracle, Computed)
    return oracle


DFT = tier("dft")


def levels() -> dict[str, Hydration]:
    """Level -> recipe: both tiers as configured, and tier 2 by a hybrid."""
    xtb, dft = tier("xtb").recipes["hydration"], DFT.recipes["hydration"]
    knobs = {"xc": "b3lyp", "dispersion": "d3bj"}
    solution, gas = replace(dft.solution, **knobs), replace(dft.gas, **knobs)
    hybrid = replace(dft, solution=solution, gas=gas)
    return {recipe.solution.name: recipe for recipe in (xtb, dft, hybrid)}


LEVELS = levels()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--freesolv", type=Path, required=True)
    parser.add_argument("--levels", nargs="+", choices=list(LEVELS), default=list(LEVELS))
    parser.add_argument("--tables", action="store_true", help="compute nothing")
    arguments = parser.parse_args()
    measured = freesolv(arguments.freesolv)
    chosen = choose(sorted(measured))
    if not arguments.tables:
        compute(chosen, arguments.levels)
    rows = read_rows(ROWS)
    if not any(r["level"] == next(iter(LEVELS)) for r in rows):
        parser.error("nothing is computed yet; run without --tables first")
    write_table({m: measured[m] for m in chosen}, rows)


def choose(molecules: list[Molecule]) -> list[Molecule]:
    """The most diverse ones by Morgan fingerprints, small ones first."""
    small = [m for m in molecules if FEWEST_HEAVY <= m.n_heavy <= MOST_HEAVY]
    fingerprint = rdFingerprintGenerator.GetMorganGenerator(radius=2).GetFingerprint
    prints = [fingerprint(m.rdkit) for m in small]
    picks = MaxMinPicker().LazyBitVectorPick(prints, len(prints), N_MOLECULES, seed=0)
    return sorted((small[i] for i in picks), key=lambda m: (m.n_heavy, m))


def compute(molecules: list[Molecule], names: list[str]) -> None:
    """Append a row for each molecule and level that has none."""
    known = {(r["smiles"], r["level"]) for r in read_rows(ROWS)}
    for molecule in molecules:
        waiting = [n for n in names if (molecule.smiles, n) not in known]
        if waiting:
            subject = Subject(molecule, DFT.ground.relax(molecule, DFT.seed), DFT.seed)
        for name in waiting:
            answered = answer(LEVELS[name], subject)
            row_ = {"smiles": molecule.smiles, "level": name, **answered}
            append_rows(ROWS, COLUMNS, [row_])


def answer(recipe: Hydration, subject: Subject) -> dict[str, str]:
    started = time.process_time()
    try:
        value, _ = recipe.answer(subject, None).values["hydration_free_energy"]
    except OracleError as error:
        return {"status": f"{error.status}: {error.reason}"}
    spent = time.process_time() - started
    return {"hydration": f"{value:.3f}", "cpu_seconds": f"{spent:.1f}", "status": "ok"}


def write_table(measured: Mapping[Molecule, float], rows: list[dict[str, str]]) -> None:
    """Every level on the molecules that all levels shown have answered."""
    computed: dict[str, dict[Molecule, float]] = {}
    seconds: dict[str, list[float]] = {}
    for r in rows:
        molecule = Molecule.from_smiles(r["smiles"])
        if molecule in measured and r["status"] == "ok":
            computed.setdefault(r["level"], {})[molecule] = float(r["hydration"])
            seconds.setdefault(r["level"], []).append(float(r["cpu_seconds"]))
    n_failed = sum(r["status"] != "ok" for r in rows)
    lines = [
        "# Hydration free energies at tier 2 (SMD) against experiment",
        "",
        "Made by `python experiments/hydration_dft.py --freesolv FILE`. kcal/mol; error = computed",
        f"- experiment, for {N_MOLECULES} FreeSolv molecules of {FEWEST_HEAVY} to {MOST_HEAVY} "
        "heavy atoms, chosen by MaxMin",
        f"picking before any was computed; {n_failed} calculations failed. Where a level lacks "
        "some,",
        "tier 1 is given for the same molecules as well.",
        "",
        "| level | molecules of | molecules | MAE | RMSE | mean error | Spearman |",
        "|---|---|---|---|---|---|---|",
    ]
    first = next(iter(LEVELS))
    for name in LEVELS:
        both = [m for m in measured if m in computed.get(name, {}) and m in computed[first]]
        if len(both) > 2:
            y = [measured[m] for m in both]
            lines.append(row(name, "this level", y, [computed[name][m] for m in both]))
            if name != first and len(both) < len(computed[first]):
                lines.append(row(first, name, y, [computed[first][m] for m in both]))
    lines += ["", "CPU seconds of one molecule, median and largest (geometry not counted):", ""]
    lines += [f"- {n}: {np.median(s):.1f}, {max(s):.1f}" for n, s in seconds.items()]
    (HERE / "hydration_dft.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
