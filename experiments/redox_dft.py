"""Redox at tier 2 (a hybrid with diffuse functions, SMD) against aqueous one-electron potentials.

    python experiments/redox_dft.py --most 20                compute what is missing, then the table
    python experiments/redox_dft.py --tables                 the table of what there is
    python experiments/redox_dft.py --tables --calibrate     write oracles/data/*_pbe0.json as well

The engine is that of conf/oracle/dft_redox.yaml; geometries, potentials and classes are those of
experiments/redox.py. Computed are the smallest species of each direction, `--most` organic ones
and the inorganic ones among them. redox_dft.csv holds every species and is kept between calls; tier
1 on the same species is read from redox.csv.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
from hydra.utils import instantiate
from kept_rows import append_rows, read_rows
from omegaconf import OmegaConf
from redox import CHOSEN, COLUMNS, DATA, GROUND, SEED, questions
from redox import read as read_tier_1
from redox_fit import NOT_FITTED, Row, calibrate, chosen, fitted, numbers, predictors

from molecules import Molecule
from oracles.base import OracleError
from oracles.recipes.base import Subject
from oracles.recipes.redox import Redox

HERE = Path(__file__).parent
ROWS, REPORT = HERE / "redox_dft.csv", HERE / "redox_dft.md"
NAME = "pbe0"
DIRECTIONS = ("reduction", "oxidation")
OPTION = OmegaConf.load(str(resources.files("conf") / "oracle" / "dft_redox.yaml"))
RECIPES: dict[str, Redox] = {d: instantiate(OPTION.recipes[d], _convert_="all") for d in DIRECTIONS}
FINER = {"grid_level": 3, "cavity_points": 302}
"""The defaults of the engine, to see what the coarser grids of the option cost."""
N_CHECKED = 2
FEWEST_FITTED = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=int, default=20, help="organic species of each direction")
    parser.add_argument("--tables", action="store_true", help="compute nothing")
    parser.add_argument("--calibrate", action="store_true", help="write the calibrations")
    arguments = parser.parse_args()
    if not arguments.tables:
        for row, recipe, level in waiting(arguments.most):
            append({**row, "level": level, **answer(recipe, row["smiles"])})
    rows = read_rows(ROWS)
    if not any(row["seconds"] for row in rows if row["level"] == NAME):
        parser.error("nothing is computed yet; run without --tables first")
    write_table(rows, arguments.calibrate)


def waiting(most: int) -> Iterator[tuple[Row, Redox, str]]:
    """What redox_dft.csv lacks, small species first and the check of the grids last."""
    asked = sorted((r for r in questions() if r.get("potential_v")), key=size)
    known = {(r["smiles"], r["direction"], r["level"]) for r in read_rows(ROWS)}
    wanted: list[Row] = []
    for direction in DIRECTIONS:
        mine = [r for r in asked if r["direction"] == direction]
        organic = [r for r in mine if is_organic(r)][:most]
        asked_here = [r for r in mine if r in organic or not is_organic(r)]
        wanted += [r for r in asked_here if size(r) <= max(map(size, organic))]
    for row in sorted(wanted, key=size):
        if (row["smiles"], row["direction"], NAME) not in known:
            yield row, RECIPES[row["direction"]], NAME
    for direction, recipe in RECIPES.items():
        finer = replace(recipe.engine, energies=replace(recipe.engine.energies, **FINER))
        for row in [r for r in asked if r["direction"] == direction and is_organic(r)][:N_CHECKED]:
            if (row["smiles"], direction, "finer grids") not in known:
                yield row, replace(recipe, engine=finer, calibration=None), "finer grids"


def is_organic(row: Row) -> bool:
    return row["family"] not in NOT_FITTED


def size(row: Row) -> int:
    return Molecule.from_smiles(row["smiles"]).n_heavy


def answer(recipe: Redox, smiles: str) -> Row:
    """Vertical and adiabatic energies; no orbitals, each would cost another calculation."""
    started = time.process_time()
    try:
        molecule = Molecule.from_smiles(smiles)
        subject = Subject(molecule, GROUND.relax(molecule, SEED), SEED)
        answered = recipe.answer(subject, None)
    except OracleError as error:
        return {"status": f"{error.status}: {error.reason}"}
    found = {name: f"{value:.4f}" for name, (value, _) in answered.values.items()}
    refusals = {f"{status}: {reason}" for status, reason in answered.refused.values()}
    return {
        "vertical_ev": found[f"vertical_{recipe.direction}_energy"],
        "adiabatic_ev": found.get(f"adiabatic_{recipe.direction}_energy", ""),
        "irreversible": found.get(f"{recipe.direction}_irreversible", "")[:1],
        "seconds": f"{time.process_time() - started:.1f}",
        "status": "; ".join(sorted(refusals)) or "ok",
    }


def append(row: Row) -> None:
    """Keep what has a column; a question holds more."""
    columns = [*COLUMNS, "status"]
    append_rows(ROWS, columns, [{k: v for k, v in row.items() if k in columns}])


def write_table(rows: list[Row], is_calibrated: bool) -> None:
    mine = [row for row in rows if row["level"] == NAME]
    lines = ["# Redox at tier 2 against experiment", "", *introduction(mine)]
    for direction, recipe in RECIPES.items():
        at_tier_2 = [r for r in mine if r["direction"] == direction]
        if len(fitted(at_tier_2, "vertical_ev")) < FEWEST_FITTED:
            continue
        both = {r["smiles"] for r in at_tier_2 if r["adiabatic_ev"]}
        tier_1 = [r for r in read_tier_1() if r["direction"] == direction and r["level"] == CHOSEN]
        same = [{**r, "level": "tier 1"} for r in tier_1 if r["smiles"] in both]
        tier_2 = [{**r, "level": "tier 2"} for r in at_tier_2 if r["smiles"] in both]
        lines += predictors(direction, [*tier_2, *same])
        calibration = calibrate(direction, tier_2, recipe.engine.settings, NAME)
        lines += chosen(calibration, tier_2)
        if is_calibrated:
            calibration.write(Path(str(DATA)) / f"{direction}_{NAME}.json")
    lines += grids(rows)
    REPORT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def introduction(rows: list[Row]) -> list[str]:
    seconds = numbers([r for r in rows if r["seconds"]], "seconds")
    wrong = [f"{r['name']} ({r['status']})" for r in rows if r["status"] != "ok"]
    return [
        f"Made by `python experiments/redox_dft.py`. {RECIPES['reduction'].engine.name}; energies "
        "in eV, potentials in V vs SHE, recalled as `experiments/redox.md` says. A line is fitted "
        "for each direction; left out: each molecule is predicted by the line without it; class "
        "left out: without all molecules of its class. Tier 1 is GFN2-xTB on the same species. "
        f"Computed: {len(rows)}, the smallest ones; CPU seconds of one, geometry included: median "
        f"{np.median(seconds):.0f}, largest {max(seconds):.0f}. Without an adiabatic energy: "
        f"{', '.join(wrong) or 'none'}.",
        "",
    ]


def grids(rows: list[Row]) -> list[str]:
    """What the coarser grids of the option change."""
    coarse = {(r["smiles"], r["direction"]): r for r in rows if r["level"] == NAME}
    finer = [r for r in rows if r["level"] != NAME and r["vertical_ev"]]
    changes = [
        f"{r['name']} {1e3 * (float(coarse[key]['vertical_ev']) - float(r['vertical_ev'])):+.0f}"
        for r in finer
        if (key := (r["smiles"], r["direction"])) in coarse
    ]
    knobs = " and ".join(f"{k}={v}" for k, v in FINER.items())
    return [f"Vertical energies against {knobs}, meV: {', '.join(changes) or 'not computed'}."]


if __name__ == "__main__":
    main()
