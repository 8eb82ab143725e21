"""Lines from computed redox energies to measured potentials: fits, their errors, their tables."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from molecules import Molecule
from oracles.base import Json
from oracles.calibration import Chemistry, LinearCalibration, fit_line, left_out_errors

Row = dict[str, str]
"""Of redox.csv or redox_dft.csv; an energy that was not computed is an empty text."""
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


def columns(direction: str, rows: list[Row]) -> dict[str, str]:
    """Column -> quantity of the predictors that these rows have."""
    known = PREDICTORS[direction].items()
    return {column: name for column, name in known if any(row[column] for row in rows)}


def fitted(rows: list[Row], column: str) -> list[Row]:
    return [r for r in rows if r["potential_v"] and r["family"] not in NOT_FITTED and r[column]]


def numbers(rows: list[Row], column: str) -> np.ndarray:
    return np.array([float(row[column]) for row in rows])


def errors(rows: list[Row], column: str, by: str) -> np.ndarray:
    """Errors in V of each row by the line without the rows that share its `by`."""
    groups = [row[by] for row in rows]
    return left_out_errors(numbers(rows, column), numbers(rows, "potential_v"), groups)


def calibrate(direction: str, rows: list[Row], engine: Json, name: str) -> LinearCalibration:
    """The line of the predictor with the smallest error on classes left out.

    Args:
        direction: reduction or oxidation.
        rows: of that direction and of one level.
        engine: settings of the engine that computed them.
        name: of that level, for the version.
    """

    def mae(column: str, by: str) -> float:
        return float(np.abs(errors(fitted(rows, column), column, by)).mean())

    column = min(columns(direction, rows), key=lambda c: mae(c, "family"))
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
    if not len(strangers):
        strangers = errors(mine, column, "family")
    return LinearCalibration(
        version=f"{direction}-{name}-1",
        quantity=f"{direction}_potential",
        predictor=PREDICTORS[direction][column],
        engine=engine,
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


def outside(rows: list[Row], column: str, chemistry: Chemistry) -> dict[str, float]:
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


def predictors(direction: str, rows: list[Row]) -> list[str]:
    lines = [
        f"## {direction.capitalize()}",
        "",
        "| level | predictor | molecules | classes | slope (V/eV) | r | MAE left out (V) | "
        "MAE class left out (V) |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for level in dict.fromkeys(row["level"] for row in rows):
        at_level = [row for row in rows if row["level"] == level]
        for column, name in columns(direction, at_level).items():
            mine = fitted(at_level, column)
            x, y = numbers(mine, column), numbers(mine, "potential_v")
            one, many = (np.abs(errors(mine, column, by)) for by in ("smiles", "family"))
            lines.append(
                f"| {level} | {name} | {len(x)} | {len({r['family'] for r in mine})} | "
                f"{fit_line(x, y)[0]:.2f} | {np.corrcoef(x, y)[0, 1]:.2f} | {one.mean():.3f} | "
                f"{many.mean():.3f} |"
            )
    return [*lines, ""]


def chosen(calibration: LinearCalibration, rows: list[Row]) -> list[str]:
    names = {name: c for c, name in PREDICTORS[rows[0]["direction"]].items()}
    column = names[calibration.predictor]
    mine = fitted(rows, column)
    one, many = (errors(mine, column, by) for by in ("smiles", "family"))
    lines = [
        f"Chosen, by the last column: {calibration.quantity} = "
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
