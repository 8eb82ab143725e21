"""Redox at tier 1 against aqueous one-electron potentials, and the calibrations made of it.

    python experiments/redox.py                  compute what is missing, then the tables
    python experiments/redox.py --calibrate      write oracles/data/*.json as well

The potentials are those of oracles/data/aqueous_potentials.csv, recalled from reviews (the file
says which). redox.csv holds every molecule and is kept between calls: delete it to compute anew.
A straight line is fitted for each direction and predictor to all organic molecules; its errors are
those of a molecule left out, and of a whole class left out.
"""

from __future__ import annotations

import argparse
import csv
import math
import time
from collections import Counter
from importlib import resources
from pathlib import Path
from typing import TextIO

import numpy as np

from molecules import Molecule
from oracles.base import OracleError
from oracles.calibration import Chemistry, LinearCalibration, fit_line, left_out_errors
from oracles.engines.tblite import Tblite
from oracles.recipes.base import Subject
from oracles.recipes.ground import GroundState
from oracles.recipes.redox import Redox

HERE = Path(__file__).parent
ROWS, REPORT = HERE / "redox.csv", HERE / "redox.md"
DATA = resources.files("oracles") / "data"
SEED = 0
GROUND = GroundState(Tblite())
ENGINES = {"spin polarized": Tblite(spin_polarization=1.0), "unpolarized": Tblite()}
CHOSEN = "spin polarized"
"""Kept although neutral doublets fit no better with it: without it triplets come out too high."""
NOT_FITTED = ("small", "inorganic anion")
"""Of one to three heavy atoms, no kin of an organic molecule; left out after a first look at all.
They measure the error outside."""
FEWEST_OF_A_CLASS = 3
GROUPS = {
    "quinone": "[$(O=C1[#6]~[#6]C(=O)[#6]~[#6]1),$(O=C1C(=O)[#6]~[#6]~[#6]~[#6]1)]",
    "nitroarene": "c[N+](=O)[O-]",
    "viologen": "[$([n+]1ccc(-c2cc[n+]cc2)cc1),$([n+]1ccccc1-c1cccc[n+]1)]",
    "phenolate": "c[O-]",
    "aniline": "c[NX3;+0;!$(N~[#6]=[O,S,N]);!$(N~[S,P,N,O])]",
    "alkoxybenzene": "c[OX2][CX4]",
    "nitroxide": "[#6][NX3]([#6])[O;X1;v1;+0]",
    "thiolate": "[c,CX4][S-]",
}
FATES = {  # one-electron reduction in water: what is known to break, and what is not
    "carbon tetrachloride": ("ClC(Cl)(Cl)Cl", True),
    "chloroform": ("ClC(Cl)Cl", True),
    "benzyl bromide": ("BrCc1ccccc1", True),
    "benzyl chloride": ("ClCc1ccccc1", True),
    "iodobenzene": ("Ic1ccccc1", True),
    "bromobenzene": ("Brc1ccccc1", True),
    "iodoacetamide": ("NC(=O)CI", True),
    "ethyl bromoacetate": ("CCOC(=O)CBr", True),
    "chloroacetonitrile": ("N#CCCl", True),
    "hydrogen peroxide": ("OO", True),
    "dimethyl disulfide": ("CSSC", False),
    "benzonitrile": ("N#Cc1ccccc1", False),
    "benzophenone": ("O=C(c1ccccc1)c1ccccc1", False),
    "naphthalene": ("c1ccc2ccccc2c1", False),
    "maleic anhydride": ("O=C1C=CC(=O)O1", False),
    "pyrazine": ("c1cnccn1", False),
    "ethylene sulfate": ("O=S1(=O)OCCO1", None),
    "saccharin": ("O=C1NS(=O)(=O)c2ccccc12", None),
    "trifluoroacetate": ("O=C([O-])C(F)(F)F", None),
    "triethyl phosphate": ("CCOP(=O)(OCC)OCC", None),
    "ethylene carbonate": ("O=C1OCCO1", None),
    "glycerol": ("OCC(O)CO", None),
    "urea": ("NC(N)=O", None),
}
COLUMNS = (
    "name smiles direction family potential_v error_v level orbital_ev vertical_ev adiabatic_ev "
    "irreversible seconds"
).split()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calibrate", action="store_true", help="write the calibrations")
    arguments = parser.parse_args()
    asked = questions()
    compute(asked)
    rows = brought_up_to_date(asked)
    lines = ["# Redox at tier 1 against experiment", "", *introduction(rows)]
    for direction in ("reduction", "oxidation"):
        mine = [row for row in rows if row["direction"] == direction]
        lines += predictors(direction, mine)
        calibration = calibrate(direction, [r for r in mine if r["level"] == CHOSEN])
        lines += chosen(calibration, [r for r in mine if r["level"] == CHOSEN])
        if arguments.calibrate:
            calibration.write(Path(str(DATA)) / f"{direction}_gfn2.json")
    lines += fates(rows)
    REPORT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def questions() -> list[dict[str, str]]:
    """The measured molecules, then those whose fate alone is known or asked for."""
    with (DATA / "aqueous_potentials.csv").open(encoding="utf-8", newline="") as file:
        asked = list(csv.DictReader(file))
    for name, (smiles, _) in FATES.items():
        asked.append({"name": name, "smiles": smiles, "direction": "reduction", "family": "fate"})
    return asked


def read() -> list[dict[str, str]]:
    if not ROWS.exists():
        return []
    with ROWS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def compute(asked: list[dict[str, str]]) -> None:
    """Append a row for each question and level that redox.csv lacks; fates at one level."""
    known = {(row["smiles"], row["direction"], row["level"]) for row in read()}
    is_new = not ROWS.exists()
    with ROWS.open("a", encoding="utf-8", newline="") as file:
        table = writer(file)
        if is_new:
            table.writeheader()
        for row in asked:
            wanted = ENGINES if row.get("potential_v") else [CHOSEN]
            levels = [x for x in wanted if (row["smiles"], row["direction"], x) not in known]
            if levels:
                molecule = Molecule.from_smiles(row["smiles"])
                subject = Subject(molecule, GROUND.relax(molecule, SEED), SEED)
            for level in levels:
                table.writerow({**row, "level": level, **answers(subject, row["direction"], level)})
                file.flush()


def brought_up_to_date(asked: list[dict[str, str]]) -> list[dict[str, str]]:
    """The rows of redox.csv with the potentials and classes that the data hold now."""
    current = {(row["smiles"], row["direction"]): row for row in asked}
    keys = [(row["smiles"], row["direction"]) for row in read()]
    rows = [
        {**row, **current[key]} for row, key in zip(read(), keys, strict=True) if key in current
    ]
    with ROWS.open("w", encoding="utf-8", newline="") as file:
        table = writer(file)
        table.writeheader()
        table.writerows(rows)
    return read()


def writer(file: TextIO) -> csv.DictWriter:
    return csv.DictWriter(file, COLUMNS, extrasaction="ignore", restval="")


def answers(subject: Subject, direction: str, level: str) -> dict[str, str]:
    started = time.perf_counter()
    recipe = Redox(direction, ENGINES[level])
    values = recipe.answer(subject, None).values
    seconds = time.perf_counter() - started
    found = {name: value for name, (value, _) in values.items()}
    numbers = {
        "orbital_ev": orbital(subject, direction, level),
        "vertical_ev": found[f"vertical_{direction}_energy"],
        "adiabatic_ev": found.get(f"adiabatic_{direction}_energy"),
    }
    texts = {k: "" if v is None else f"{v:.4f}" for k, v in numbers.items()}
    is_broken = found.get(f"{direction}_irreversible")
    return {**texts, "irreversible": "" if is_broken is None else f"{is_broken:.0f}"} | {
        "seconds": f"{seconds:.2f}"
    }


def orbital(subject: Subject, direction: str, level: str) -> float | None:
    """LUMO of what is reduced, HOMO of what is oxidised; None for radicals and bare halides."""
    if subject.ground.species.unpaired:
        return None
    try:
        point = ENGINES[level].single_point(subject.ground.species)
    except OracleError:
        return None
    return point.lumo_ev if direction == "reduction" else point.homo_ev


PREDICTORS = {
    "reduction": {
        "orbital_ev": "lumo",
        "vertical_ev": "vertical_reduction_energy",
        "adiabatic_ev": "adiabatic_reduction_energy",
    },
    "oxidation": {
        "orbital_ev": "homo",
        "vertical_ev": "vertical_oxidation_energy",
        "adiabatic_ev": "adiabatic_oxidation_energy",
    },
}


def fitted(rows: list[dict[str, str]], column: str) -> list[dict[str, str]]:
    return [r for r in rows if r["potential_v"] and r["family"] not in NOT_FITTED and r[column]]


def numbers(rows: list[dict[str, str]], column: str) -> np.ndarray:
    return np.array([float(row[column]) for row in rows])


def errors(rows: list[dict[str, str]], column: str, by: str) -> np.ndarray:
    """Errors in V of each row by the line without the rows that share its `by`."""
    groups = [row[by] for row in rows]
    return left_out_errors(numbers(rows, column), numbers(rows, "potential_v"), groups)


def calibrate(direction: str, rows: list[dict[str, str]]) -> LinearCalibration:
    """The line of the predictor with the smallest error on classes left out."""

    def mae(column: str, by: str) -> float:
        return float(np.abs(errors(fitted(rows, column), column, by)).mean())

    column = min(PREDICTORS[direction], key=lambda c: mae(c, "family"))
    mine = fitted(rows, column)
    x, y = numbers(mine, column), numbers(mine, "potential_v")
    slope, intercept, residual_std = fit_line(x, y)
    counts = Counter(row["family"] for row in mine)
    groups = {f: GROUPS[f] for f, n in counts.items() if n >= FEWEST_OF_A_CLASS}
    molecules = [Molecule.from_smiles(row["smiles"]) for row in mine]
    at_home = [m for m, row in zip(molecules, mine, strict=True) if row["family"] in groups]
    symbols = {atom.GetSymbol() for m in molecules for atom in m.rdkit.GetAtoms()}
    chemistry = Chemistry(
        groups,
        tuple(sorted({m.charge_class for m in at_home})),
        tuple(sorted(symbols)),
        max(m.n_heavy for m in at_home),
    )
    strangers = np.array(list(outside(rows, column, chemistry).values()))
    return LinearCalibration(
        version=f"{direction}-gfn2-1",
        quantity=f"{direction}_potential",
        predictor=PREDICTORS[direction][column],
        engine=dict(ENGINES[CHOSEN].settings),
        slope=round(slope, 4),
        intercept=round(intercept, 4),
        residual_std=round(residual_std, 3),
        outside_std=round(max(residual_std, float(np.sqrt((strangers**2).mean()))), 3),
        low=math.floor(10 * x.min()) / 10,
        high=math.ceil(10 * x.max()) / 10,
        n=len(x),
        mae_left_out=round(mae(column, "smiles"), 3),
        mae_class_left_out=round(mae(column, "family"), 3),
        reference="one-electron aqueous potentials recalled from reviews, aqueous_potentials.csv",
        chemistry=chemistry,
    )


def outside(rows: list[dict[str, str]], column: str, chemistry: Chemistry) -> dict[str, float]:
    """Name -> error in V of each molecule outside the chemistry, by a line without its class."""
    mine = fitted(rows, column)
    by_class = dict(zip((r["name"] for r in mine), errors(mine, column, "family"), strict=True))
    slope, intercept, _ = fit_line(numbers(mine, column), numbers(mine, "potential_v"))
    found = {}
    for row in rows:
        if row["potential_v"] and row[column]:
            guess = slope * float(row[column]) + intercept - float(row["potential_v"])
            if chemistry.objection(Molecule.from_smiles(row["smiles"])):
                found[row["name"]] = float(by_class.get(row["name"], guess))
    return found


def introduction(rows: list[dict[str, str]]) -> list[str]:
    measured = [r for r in rows if r["potential_v"] and r["level"] == CHOSEN]
    seconds = numbers(measured, "seconds")
    return [
        "Made by `python experiments/redox.py`. GFN2-xTB/ALPB(water), one neutral geometry (8 "
        "conformers), one electron more or less; energies of `redox.csv` in eV, potentials in V vs "
        f"SHE. {len(measured)} one-electron potentials, all **recalled** from the reviews named in "
        "`oracles/data/aqueous_potentials.csv`, none looked up: their own errors are 0.01 to 0.07 "
        "V. A line is fitted for each direction to all organic molecules, whatever their charge. "
        "Left out: each molecule is predicted by the line without it; class left out: without all "
        "molecules of its class. "
        "Which species to fit (no small inorganic ones) and which predictor to take were decided "
        "on these same data, so the errors of the lines chosen are somewhat too small. "
        f"The recipe takes {np.median(seconds):.2f} s a molecule and direction (median).",
        "",
    ]


def predictors(direction: str, rows: list[dict[str, str]]) -> list[str]:
    lines = [
        f"## {direction.capitalize()}",
        "",
        "| level | predictor | molecules | classes | slope (V/eV) | r | MAE left out (V) | "
        "MAE class left out (V) |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for level in ENGINES:
        for column, name in PREDICTORS[direction].items():
            mine = fitted([r for r in rows if r["level"] == level], column)
            x, y = numbers(mine, column), numbers(mine, "potential_v")
            one, many = (np.abs(errors(mine, column, by)) for by in ("smiles", "family"))
            lines.append(
                f"| {level} | {name} | {len(x)} | {len({r['family'] for r in mine})} | "
                f"{fit_line(x, y)[0]:.2f} | {np.corrcoef(x, y)[0, 1]:.2f} | {one.mean():.3f} | "
                f"{many.mean():.3f} |"
            )
    return [*lines, ""]


def chosen(calibration: LinearCalibration, rows: list[dict[str, str]]) -> list[str]:
    columns = {name: c for c, name in PREDICTORS[rows[0]["direction"]].items()}
    column = columns[calibration.predictor]
    mine = fitted(rows, column)
    one, many = (errors(mine, column, by) for by in ("smiles", "family"))
    lines = [
        f"Chosen, by the last column at the level `{CHOSEN}`: {calibration.quantity} = "
        f"{calibration.slope:.3f} * {calibration.predictor} + {calibration.intercept:.3f}; "
        f"standard error {calibration.residual_std:.2f} V inside its chemistry, "
        f"{calibration.outside_std:.2f} V outside. At home: {calibration.chemistry}.",
        "",
        "| class | molecules | MAE left out (V) | bias left out | MAE class left out | largest |",
        "|---|---|---|---|---|---|",
    ]
    for family in dict.fromkeys(row["family"] for row in mine):
        of = np.array([row["family"] == family for row in mine])
        worst = int(np.argmax(np.where(of, np.abs(one), -1)))
        lines.append(
            f"| {family} | {of.sum()} | {np.abs(one[of]).mean():.3f} | {one[of].mean():+.3f} | "
            f"{np.abs(many[of]).mean():.3f} | {mine[worst]['name']} {one[worst]:+.2f} |"
        )
    strangers = outside(rows, column, calibration.chemistry)
    listed = ", ".join(f"{name} {error:+.2f}" for name, error in strangers.items())
    return [*lines, "", f"Outside its chemistry (error in V): {listed}.", ""]


def fates(rows: list[dict[str, str]]) -> list[str]:
    """What breaks without a barrier once reduced, against what is known."""
    mine = [r for r in rows if r["direction"] == "reduction" and r["level"] == CHOSEN]
    known = {name: breaks for name, (_, breaks) in FATES.items()}
    whole = [r for r in mine if known.get(r["name"], False) is False]
    broken = [r for r in mine if known.get(r["name"]) is True]
    wrong = [r["name"] for r in whole if r["irreversible"] == "1"]
    missed = [r["name"] for r in broken if r["irreversible"] == "0"]
    lines = [
        "## Irreversible reduction",
        "",
        f"Of {len(broken)} molecules known to lose a part on reduction, "
        f"{len(broken) - len(missed)} do so without a barrier in the calculation (missed: "
        f"{', '.join(missed) or 'none'}); of {len(whole)} whose radical ion lives, "
        f"{len(whole) - len(wrong)} stay whole (wrongly broken: {', '.join(wrong) or 'none'}).",
        "",
        "| additive or solvent | vertical (eV) | adiabatic (eV) | breaks without a barrier |",
        "|---|---|---|---|",
    ]
    for row in mine:
        if row["family"] == "fate" and known[row["name"]] is None:
            answer = {"1": "yes", "0": "no", "": "not converged"}[row["irreversible"]]
            lines.append(
                f"| {row['name']} | {row['vertical_ev']} | {row['adiabatic_ev']} | {answer} |"
            )
    return lines


if __name__ == "__main__":
    main()
