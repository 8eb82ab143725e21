"""Hydration free energies by GFN1-xTB against experiment, before and after a correction.

    python experiments/hydration.py --freesolv FILE --henry FILE     ask, then the table
    python experiments/hydration.py --freesolv FILE --henry FILE --tables
    python experiments/hydration.py --freesolv FILE --henry FILE --tables --calibrate

FILE: freesolv_database.txt of MobleyLab/FreeSolv, and a csv of Henry's law constants as hydration
free energies with the columns SMILES, dG_hyd_kcal and in_FreeSolv. Neither is part of this
repository: its rows are read, only coefficients and aggregate figures are written.

The correction is fitted on Henry-law molecules outside FreeSolv and judged on FreeSolv, so no
molecule is judged that it was fitted on; --calibrate writes oracles/data/hydration_gfn1.json, which
knows the molecules that its groups make up completely and was fitted on these alone. Answers are
kept in experiments/hydration/ and not asked twice.
"""

from __future__ import annotations

import argparse
import csv
import random
import subprocess
import sys
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import numpy as np
from hydration_fit import ALPHAS, ELEMENTS, GROUPS, MOST_HEAVY, QUANTITY, calibrate, chemistry
from rdkit import Chem
from scipy.stats import spearmanr
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import KFold, cross_val_predict

from molecules import InvalidMoleculeError, Label, Molecule
from molecules.store import Store
from oracles.calibration import LinearCalibration

HERE = Path(__file__).parent
HOME = HERE / "hydration"
SHIPPED = resources.files("oracles") / "data" / "hydration_gfn1.json"
FOLDS = KFold(10, shuffle=True, random_state=0)
EVERYTHING = chemistry(list(GROUPS))


def alone(molecule: Molecule, value: float) -> list[float]:
    return [value]


def with_groups(molecule: Molecule, value: float) -> list[float]:
    """The computed value and how often each group occurs."""
    return [value, *EVERYTHING.counts(molecule).values()]


MAPS = {"none": alone, "straight line": alone, "straight line and group counts": with_groups}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--freesolv", type=Path, required=True)
    parser.add_argument("--henry", type=Path, required=True)
    parser.add_argument("--molecules", type=int, default=600, help="of Henry's law, for the fit")
    parser.add_argument("--tables", action="store_true", help="ask nothing")
    parser.add_argument("--calibrate", action="store_true", help="write the calibration")
    arguments = parser.parse_args()
    judged = freesolv(arguments.freesolv)
    fitted = henry(arguments.henry, set(judged), arguments.molecules)
    if not arguments.tables:
        ask([*judged, *fitted])
    computed = answers()
    calibration = calibrate(fitted, computed)
    if arguments.calibrate:
        calibration.write(Path(str(SHIPPED)))
    write_tables(judged, fitted, computed, calibration)


def freesolv(path: Path) -> dict[Molecule, float]:
    """Experimental hydration free energies, kcal/mol, of the molecules this tier can treat."""
    rows = [line.split(";") for line in path.read_text("utf-8").splitlines() if line[0] != "#"]
    return usable({row[1].strip(): float(row[3]) for row in rows})


def henry(path: Path, judged: set[Molecule], n: int) -> dict[Molecule, float]:
    """A fixed random choice of `n` Henry-law molecules that are not judged in any form."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = {row["SMILES"]: float(row["dG_hyd_kcal"]) for row in csv.DictReader(file)}
    known = sorted(usable(rows).items())
    random.Random(0).shuffle(known)
    taken = {skeleton(molecule) for molecule in judged}
    return dict([pair for pair in known if skeleton(pair[0]) not in taken][:n])


def skeleton(molecule: Molecule) -> str:
    """The same for stereoisomers, however much of it is drawn, and for isotopes."""
    plain = Chem.Mol(molecule.rdkit)
    for atom in plain.GetAtoms():
        atom.SetIsotope(0)
    return str(Chem.MolToInchiKey(Chem.RemoveHs(plain)))[:14]


def usable(rows: Mapping[str, float]) -> dict[Molecule, float]:
    """Neutral single molecules of 2 to 20 heavy atoms and of the elements of the campaigns."""
    found = {}
    for smiles, value in rows.items():
        try:
            molecule = Molecule.from_smiles(smiles)
        except InvalidMoleculeError:
            continue
        symbols = {atom.GetSymbol() for atom in molecule.rdkit.GetAtoms()}
        if (
            symbols <= ELEMENTS
            and 2 <= molecule.n_heavy <= MOST_HEAVY
            and "." not in molecule.smiles
            and molecule.charge_class == "neutral"
        ):
            found[molecule] = value
    return found


def ask(molecules: list[Molecule]) -> None:
    HOME.mkdir(parents=True, exist_ok=True)
    given = HOME / "given.smi"
    given.write_text("\n".join(m.smiles for m in molecules) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "loop", "+campaign=xtb_benchmark", f"home={HOME}", "do=ask"]
    command += [f"do.molecules={given}", "do.oracle=xtb"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def answers() -> dict[Molecule, float]:
    store = Store.open(HOME / "store.db", create=False)
    outcomes = [record.outcome for record in store.records()]
    store.close()
    labels = [o for o in outcomes if isinstance(o, Label) and o.quantity.name == QUANTITY]
    return {label.molecule: label.value for label in labels}


def write_tables(
    judged: Mapping[Molecule, float],
    fitted: Mapping[Molecule, float],
    computed: Mapping[Molecule, float],
    calibration: LinearCalibration,
) -> None:
    """Aggregate figures: raw, after a straight line, after a line and group counts."""
    train = [m for m in fitted if m in computed]
    test = [m for m in judged if m in computed]
    measured = {**fitted, **judged}
    lines = [
        "# Hydration free energies at tier 1 (GFN1-xTB, ALPB, 1 M to 1 M) against experiment",
        "",
        "Made by `python experiments/hydration.py --freesolv FILE --henry FILE`, by the oracle",
        "conf/oracle/xtb_quick.yaml (fewer conformers than oracle/xtb). kcal/mol; error =",
        f"computed - experiment. Fitted on {len(train)} Henry-law molecules, judged on {len(test)}",
        f"FreeSolv molecules, of which {len(judged) - len(test)} have no label.",
        "",
        "| map | judged on | molecules | MAE | RMSE | mean error | Spearman |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, columns in MAPS.items():
        X = [columns(m, computed[m]) for m in train]
        y = [measured[m] for m in train]
        if name == "none":
            inside = [computed[m] for m in train]
            outside = [computed[m] for m in test]
        else:
            model = RidgeCV(alphas=ALPHAS).fit(X, y)
            inside = list(cross_val_predict(RidgeCV(alphas=ALPHAS), X, y, cv=FOLDS))
            outside = list(model.predict([columns(m, computed[m]) for m in test]))
        lines.append(row(name, f"Henry, {FOLDS.n_splits}-fold", y, inside))
        lines.append(row(name, "FreeSolv", [measured[m] for m in test], outside))
    lines += [
        "",
        f"The calibration `{calibration.version}`, fitted on {calibration.n} Henry-law molecules "
        f"that its groups make up completely: left out one by one MAE {calibration.mae_left_out}, "
        "all molecules with the same groups left out together MAE "
        f"{calibration.mae_class_left_out} kcal/mol; stated standard error "
        f"{calibration.residual_std} inside its chemistry, {calibration.outside_std} outside.",
        "",
        "| FreeSolv molecules | map | molecules | MAE | RMSE | mean error | Spearman |",
        "|---|---|---|---|---|---|---|",
    ]
    found = {m: calibration.of(m, computed[m]) for m in test}
    for where in ("inside", "outside"):
        mine = [m for m in test if bool(found[m].objection) == (where == "outside")]
        y = [judged[m] for m in mine]
        lines.append(row(where, "none", y, [computed[m] for m in mine]))
        lines.append(row(where, calibration.version, y, [found[m].value for m in mine]))
    (HERE / "hydration.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def row(name: str, where: str, measured: list[float], predicted: list[float]) -> str:
    error = np.array(predicted) - np.array(measured)
    figures = (abs(error).mean(), np.sqrt((error**2).mean()), error.mean())
    cells = [f"{figure:.2f}" for figure in figures]
    rank = spearmanr(measured, predicted).statistic
    return f"| {name} | {where} | {len(error)} | {' | '.join(cells)} | {rank:.3f} |"


if __name__ == "__main__":
    main()
