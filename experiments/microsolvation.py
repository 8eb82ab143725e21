"""Does a free ligand with explicit waters make the exchange energies of anions comparable?

    python experiments/microsolvation.py --data FILE           compute what is missing, table
    python experiments/microsolvation.py --data FILE --tables    the table of what there is

After experiments/zn_binding.py, whose ligands and energies it reads. The waters of the shell bind
a ligand by hydrogen bonds that a free ligand in a continuum lacks, most of all an anion. So

    Zn(H2O)6 + L(H2O)n -> Zn(H2O)5 L + (H2O)(n+1),   n = 4,

whose energy is that of the exchange less E[L(H2O)n] + E[H2O] - E[L] - E[(H2O)(n+1)]. A first look:
few random starts, loosely relaxed (GFN2-xTB, ALPB); nothing is fitted. Energies are appended to
experiments/microsolvation/energies.csv and not computed twice.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.units import kcal, mol
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from scipy.stats import spearmanr
from tqdm import tqdm
from zn_binding import HOME as KNOWN
from zn_binding import Ligand, kind, known, read, tier

from molecules import Molecule
from molecules.store import Store
from oracles.base import OracleError
from oracles.engines.base import Optimised, Species
from oracles.engines.tblite import Tblite
from oracles.recipes.bites import find_bites
from oracles.recipes.ground import GroundState, from_json
from oracles.workers.local import LocalWorkers

HERE = Path(__file__).parent
TABLE = HERE / "microsolvation" / "energies.csv"
N_WATERS = 4
STARTS = 10
FMAX, STEPS = 0.05, 150
TOUCH, BOND = 1.6, 2.8
"""Angstrom: least distance of a water from all else, and of its oxygen from a polar atom."""
POLAR = (7, 8, 15, 16, 34)
RELEASED = (0.0, 4.0, 6.0, 8.0, 10.0)
"""kcal/mol, tried for the entropy of every water beyond the first that a chelate sets free."""
ENGINE = Tblite(accuracy=10.0)
Array = NDArray[np.float64]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--tables", action="store_true", help="compute nothing")
    arguments = parser.parse_args()
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    store = Store.open(KNOWN / "store.db", create=False)
    with LocalWorkers(1) as workers:
        oracle = tier()
        oracle.open(workers, store.calculations)
        ligands = known(oracle, store, read(arguments.data))
        ligands.sort(key=lambda ligand: (ligand.molecule.n_heavy, ligand.molecule))
        alone = {
            ligand.molecule: from_json(details["ligand"])[0]
            for ligand in ligands
            if (details := oracle.details(ligand.molecule, "exchange")) is not None
        }
    store.close()
    if not arguments.tables:
        compute(alone)
    write_table(ligands)


def compute(alone: dict[Molecule, Optimised]) -> None:
    """Append the microsolvation energy of every ligand that has none."""
    done = energies()
    waiting = {molecule: found for molecule, found in alone.items() if molecule.smiles not in done}
    if not waiting:
        return
    water = GroundState(ENGINE, n_conformers=1, fmax=FMAX).relax(Molecule("O"), 0)[0]
    pure = clustered(water, water, seed=0)
    with TABLE.open("a", encoding="utf-8", newline="") as file:
        for molecule, ligand in tqdm(waiting.items(), unit="ligand"):
            energy = (clustered(ligand, water, seed=0) - pure) * mol / kcal
            csv.writer(file).writerow([molecule.smiles, f"{energy:.3f}"])
            file.flush()


def clustered(solute: Optimised, water: Optimised, seed: int) -> float:
    """E[X(H2O)n] - E[X] - n E[H2O], eV, the lowest of the starts; NaN where none relaxes."""
    random = np.random.default_rng(seed)
    lowest = math.nan
    for _ in range(STARTS):
        atoms = solute.species.atoms.copy()
        polar = np.flatnonzero(np.isin(atoms.numbers, POLAR))
        for _ in range(N_WATERS):
            atoms += placed(atoms, polar, water.species.atoms, random)
        start = Species(atoms, solute.species.charge)
        try:
            lowest = np.fmin(lowest, ENGINE.optimise(start, FMAX, STEPS).energy_ev)
        except OracleError:
            continue  # a start that the engine refuses is none
    return float(lowest) - ENGINE.energy(solute.species) - N_WATERS * water.energy_ev


def placed(atoms: Atoms, polar: Array, water: Atoms, random: np.random.Generator) -> Atoms:
    """A water, turned at random, at a polar atom, or anywhere where that has no room."""
    for attempt in range(1000):
        centers = polar if attempt < 400 and len(polar) else np.arange(len(atoms))
        center = atoms.positions[random.choice(centers)]
        way = random.normal(size=3)
        turned = Rotation.random(random_state=random).apply(water.positions - water.positions[0])
        positions = turned + center + BOND * way / np.linalg.norm(way)
        if np.linalg.norm(positions[:, None] - atoms.positions[None], axis=-1).min() > TOUCH:
            return Atoms(water.numbers, positions)
    raise RuntimeError(f"no room for a water at {atoms.get_chemical_formula()}")


def energies() -> dict[str, float]:
    if not TABLE.exists():
        return {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {smiles: float(energy) for smiles, energy in csv.reader(file)}


def write_table(ligands: Sequence[Ligand]) -> None:
    """Rank correlations with log K1 without and with the waters, by class."""
    found = energies()
    ligands = [ligand for ligand in ligands if ligand.molecule.smiles in found]
    y = np.array([ligand.log_k for ligand in ligands])
    exchange = np.array([ligand.exchange for ligand in ligands])
    extra = np.array([found[ligand.molecule.smiles] for ligand in ligands])
    kinds = np.array([kind(ligand.molecule) for ligand in ligands])
    single = np.array([not find_bites(ligand.molecule) for ligand in ligands])
    lines = [
        f"# Zn2+ exchange with {N_WATERS} waters on the free ligand: a first look",
        "",
        "Made by `python experiments/microsolvation.py --data FILE`. Spearman of the energy (low ="
        " binds) with log K1, nothing fitted.",
        "",
        "| ligands | number | continuum alone | with waters |",
        "|---|---|---|---|",
    ]
    everyone = np.ones(len(y), dtype=bool)
    groups = {"all": everyone, "monodentate": single}
    groups |= {name: kinds == name for name in sorted(set(kinds.tolist()))}
    for name, mask in groups.items():
        if mask.sum() > 4:
            cells = [rank(y[mask], v[mask]) for v in (exchange, exchange - extra)]
            lines.append(f"| {name} | {mask.sum()} | {' | '.join(cells)} |")
    lines += [
        "",
        "With chelates: the lower of exchange and chelate energy, less so much for every further",
        "water that leaves.",
        "",
        "| kcal/mol a water | continuum alone | with waters |",
        "|---|---|---|",
    ]
    chelate = np.array([ligand.chelate for ligand in ligands])
    n_further = np.array([ligand.n_donors - 1 for ligand in ligands])
    for gain in RELEASED:
        lowest = np.fmin(exchange, chelate - gain * n_further)
        lines.append(f"| {gain:g} | {rank(y, lowest)} | {rank(y, lowest - extra)} |")
    (HERE / "microsolvation.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def rank(y: Array, energy: Array) -> str:
    return f"{spearmanr(y, -energy, nan_policy='omit').statistic:.2f}"


if __name__ == "__main__":
    main()
