"""Tier-1 numbers against measured and B3LYP ones: ionization, dipoles, gaps, polarizabilities.

    python experiments/levels.py --dipoles FILE ... --qm9 200

Ionization energies come with ase (CCCBDB and NIST values at G2 geometries), QM9 with the package
qm9pack (B3LYP/6-31G(2df,p)); measured dipoles are read from csv files with the columns SMILES and
dipole_moment (debye). What was computed is kept in experiments/levels/; levels.md is the result.
"""

from __future__ import annotations

import argparse
import ast
import csv
import random
import statistics
from collections import defaultdict
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import polars
from ase import Atoms
from ase.build import molecule as g2_molecule
from ase.data import g2, g2_1
from ase.units import Hartree
from scipy.stats import spearmanr

from molecules import InvalidMoleculeError, Molecule
from oracles.base import OracleError
from oracles.calibration import fit_line, left_out_errors
from oracles.engines.base import Species
from oracles.engines.tblite import Tblite
from oracles.recipes.ground import GroundState
from oracles.recipes.polarizability import Polarizability

HERE = Path(__file__).parent
HOME = HERE / "levels"
GAS = Tblite(solvent=None)
SOLUTION = Tblite()
IONIC = Tblite(solvent=None, spin_polarization=1.0)
MOST_HEAVY_ATOMS = 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dipoles", type=Path, nargs="*", default=[], help="csv files")
    parser.add_argument("--most", type=int, default=150, help="molecules of those files")
    parser.add_argument("--qm9", type=int, default=200, help="random molecules of QM9")
    arguments = parser.parse_args()
    HOME.mkdir(exist_ok=True)
    tables = [
        kept("ionization", ionization()),
        kept("dipoles", dipoles(arguments.dipoles, arguments.most)),
        kept("qm9", qm9(arguments.qm9)),
    ]
    lines = [
        "# Tier-1 numbers against experiment and B3LYP",
        "",
        f"Made by `python experiments/levels.py --dipoles FILE ... --most {arguments.most} --qm9 "
        f"{arguments.qm9}`. Bias = computed minus reference. The last column is the mean absolute "
        "error of each molecule by a straight line through all the others.",
        "",
        "| quantity | computed by | reference | molecules | r | Spearman | bias | MAE | slope | "
        "MAE after a line |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *(line for rows in tables for line in compare(rows)),
    ]
    (HERE / "levels.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def kept(name: str, questions: Iterator[tuple[str, object]]) -> list[dict[str, str]]:
    """Rows of experiments/levels/NAME.csv, those missing computed now and appended one by one."""
    path = HOME / f"{name}.csv"
    columns = ["molecule", "what", "by", "reference", "computed", "expected"]
    if not path.exists():
        path.write_text(",".join(columns) + "\n", encoding="utf-8")
    with path.open(encoding="utf-8", newline="") as file:
        known = {row["molecule"] for row in csv.DictReader(file)}
    asked = set()
    with path.open("a", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        for molecule, answer in questions:
            asked.add(molecule)
            if molecule not in known:
                try:
                    table.writerows([molecule, *row] for row in answer())
                except OracleError as error:
                    table.writerow([molecule, f"{error.status}: {error.reason}", "", "", "", ""])
                file.flush()
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["molecule"] in asked]


def ionization():
    """Vertical, by delta-SCF in the gas phase at the G2 geometry; atoms are left out."""
    for name, entry in {**g2.data, **g2_1.data}.items():
        measured = entry.get("ionization energy")
        if measured and len(entry["positions"]) > 1:
            vertical = entry.get("vertical ionization energy")
            yield name, lambda name=name, m=measured, v=vertical: ionized(name, m, v)


def ionized(name: str, measured: float, vertical: float | None):
    atoms = g2_molecule(name)
    unpaired = round(abs(sum(atoms.get_initial_magnetic_moments())))
    spins = [u for u in (unpaired - 1, unpaired + 1) if u >= 0]
    ions = [IONIC.energy(Species(atoms, 1, u)) for u in spins]
    energy = min(ions) - IONIC.energy(Species(atoms, 0, unpaired))
    by = "GFN2-xTB gas, delta-SCF"
    yield "ionization (eV)", by, "measured, vertical if known", energy, vertical or measured
    if vertical:
        yield "ionization (eV)", by, "measured, vertical", energy, vertical
    if not unpaired and "C" in atoms.symbols:
        yield (
            "ionization (eV)",
            by,
            "measured, of closed shells with C",
            energy,
            vertical or measured,
        )


def dipoles(paths: list[Path], most: int):
    """Of the first neutral molecules of the files, the median where several have one."""
    measured = defaultdict(list)
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                try:
                    molecule = Molecule.from_smiles(row["SMILES"])
                except InvalidMoleculeError:
                    continue
                if molecule.charge_class == "neutral" and molecule.n_heavy <= MOST_HEAVY_ATOMS:
                    measured[molecule].append(float(row["dipole_moment"]))
    for molecule, values in list(measured.items())[:most]:
        expected = statistics.median(values)
        yield molecule.smiles, lambda m=molecule, e=expected: polar(m, e)


def polar(molecule: Molecule, expected: float):
    for engine, where in ((GAS, "gas"), (SOLUTION, "water")):
        species = GroundState(engine, n_conformers=4).relax(molecule, 0)[0].species
        value = engine.single_point(species).dipole_debye
        yield "dipole (D)", f"GFN2-xTB {where}", "measured, gas", value, expected


def qm9(n: int):
    """Single points at the B3LYP geometries."""
    folder = Path(next(iter(find_spec("qm9pack").submodule_search_locations))) / "data"
    columns = ["XYZ_file", "SMILES", "Elements", "XYZ_Ang", "Dipole_debye"]
    columns += ["Polarizability_bohr3", "HOMO_au", "LUMO_au", "HOMO_LUMO_gap_au"]
    parts = [polars.scan_csv(path).select(columns) for path in sorted(folder.glob("qm9_part*.csv"))]
    rows = polars.concat(parts).collect()
    for index in random.Random(0).sample(range(len(rows)), n):
        row = rows.row(index, named=True)
        yield row["XYZ_file"], lambda row=row: b3lyp(row)


def b3lyp(row):
    atoms = Atoms(ast.literal_eval(row["Elements"]), ast.literal_eval(row["XYZ_Ang"]))
    species = Species(atoms, 0)
    expected = {k: row[f"{k.upper()}_au"] * Hartree for k in ("homo", "lumo")}
    for engine, where in ((GAS, "gas"), (SOLUTION, "water")):
        point = engine.single_point(species)
        level, reference = f"GFN2-xTB {where}", "B3LYP gas (QM9)"
        yield "homo (eV)", level, reference, point.homo_ev, expected["homo"]
        yield "lumo (eV)", level, reference, point.lumo_ev, expected["lumo"]
        gap = point.lumo_ev - point.homo_ev
        yield "gap (eV)", level, reference, gap, row["HOMO_LUMO_gap_au"] * Hartree
        yield "dipole (D)", level, reference, point.dipole_debye, row["Dipole_debye"]
    alpha = float(np.trace(Polarizability(GAS).tensor(species))) / 3
    known = row["Polarizability_bohr3"]
    yield "polarizability (bohr^3)", "GFN2-xTB gas, finite field", reference, alpha, known


def compare(rows: list[dict[str, str]]) -> Iterator[str]:
    grouped = defaultdict(list)
    for row in rows:
        if row["computed"]:
            key = (row["what"], row["by"], row["reference"])
            grouped[key].append((float(row["computed"]), float(row["expected"])))
    for (what, by, reference), pairs in sorted(grouped.items()):
        x, y = np.array(pairs).T
        after = np.abs(left_out_errors(x, y, range(len(x)))).mean()
        yield (
            f"| {what} | {by} | {reference} | {len(x)} | {np.corrcoef(x, y)[0, 1]:.3f} | "
            f"{spearmanr(x, y)[0]:.3f} | {(x - y).mean():+.2f} | {np.abs(x - y).mean():.2f} | "
            f"{fit_line(x, y)[0]:.2f} | {after:.2f} |"
        )


if __name__ == "__main__":
    main()
