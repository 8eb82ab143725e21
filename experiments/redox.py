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
import time
from importlib import resources
from pathlib import Path
from typing import TextIO

import numpy as np
from kept_rows import read_rows
from redox_fit import calibrate, chosen, numbers, predictors

from molecules import Molecule
from oracles.base import OracleError
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
        best = [row for row in mine if row["level"] == CHOSEN]
        calibration = calibrate(direction, best, ENGINES[CHOSEN].settings, "gfn2")
        lines += [f"Level `{CHOSEN}`.", "", *chosen(calibration, best)]
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
    return read_rows(ROWS)


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
