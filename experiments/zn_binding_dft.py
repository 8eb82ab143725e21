"""Does a density functional rank monodentate ligands of Zn2+ better than GFN2-xTB does?

    python experiments/zn_binding_dft.py --data FILE             compute what is missing, then
    python experiments/zn_binding_dft.py --data FILE --tables     the table

FILE as for experiments/zn_binding.py, which must have run: its lowest complex with one donor and
its lowest free ligand are the geometries. Both get an energy from the refiner of
conf/oracle/dft.yaml, r2SCAN-D4 in the gas phase and the solvent of GFN2-xTB; vibrations and the
waters on the ligand stay those of GFN2-xTB. Rows lie in experiments/zn_binding_dft/ and are not
computed twice.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.units import kcal, mol
from hydra.utils import instantiate
from kept_rows import append_rows, read_rows
from omegaconf import OmegaConf
from zn_binding import HOME, Ligand, known, rank, read, tier

from molecules import Molecule
from molecules.store import Store
from oracles.base import OracleError
from oracles.computed import Computed
from oracles.engines.base import Species
from oracles.recipes.binding import EXCHANGE, Binding
from oracles.recipes.bites import find_bites
from oracles.recipes.ground import from_json

HERE = Path(__file__).parent
ROWS = HERE / "zn_binding_dft" / "answers.csv"
COLUMNS = "smiles complex_ev ligand_ev cpu_seconds status".split()
AQUA = "aqua ion"
OPTION = OmegaConf.load(str(resources.files("conf") / "oracle" / "dft.yaml"))
REFINER = instantiate(OPTION.recipes.exchange.refiner)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--tables", action="store_true", help="compute nothing")
    arguments = parser.parse_args()
    oracle = tier()
    store = Store.open(HOME / "store.db", create=False)
    oracle.open(object(), store.calculations)  # type: ignore[arg-type]  # nothing is asked
    ligands = [
        ligand
        for ligand in known(oracle, store, read(arguments.data))
        if not find_bites(ligand.molecule)
    ]
    if not arguments.tables:
        for name, complex_, ligand in waiting(oracle, ligands):
            append_rows(ROWS, COLUMNS, [{"smiles": name, **answer(complex_, ligand)}])
    store.close()
    write_table(ligands)


def waiting(oracle: Computed, ligands: list[Ligand]) -> Iterator[tuple[str, Species, Species]]:
    """(name, complex, ligand) without a row, small ones first, the aqua ion before all."""
    done = {row["smiles"] for row in read_rows(ROWS)}
    if AQUA not in done:
        binding = oracle.recipes["binding"]
        assert isinstance(binding, Binding)
        water, aqua = binding.chelation.exchange.aqua_ion(oracle.seed)
        yield AQUA, aqua[0], water.species
    for molecule in sorted((one.molecule for one in ligands), key=lambda m: (m.n_heavy, m)):
        if molecule.smiles not in done:
            details = (oracle.details(molecule, "binding") or {})[EXCHANGE]
            ligand = from_json(details["ligand"])[0].species
            found = details["complex"]
            atoms = Atoms(found["numbers"], found["positions"])
            yield molecule.smiles, Species(atoms, ligand.charge + 2, ligand.unpaired), ligand


def answer(complex_: Species, ligand: Species) -> dict[str, str]:
    started = time.process_time()
    try:
        energies = [f"{REFINER.energy(species):.6f}" for species in (complex_, ligand)]
    except OracleError as error:
        return {"status": f"{error.status}: {error.reason}"}
    figures = dict(zip(("complex_ev", "ligand_ev"), energies, strict=True))
    return {**figures, "cpu_seconds": f"{time.process_time() - started:.1f}", "status": "ok"}


def write_table(ligands: list[Ligand]) -> None:
    answered = {r["smiles"]: r for r in read_rows(ROWS) if r["status"] == "ok"}
    energy = {name: float(r["complex_ev"]) - float(r["ligand_ev"]) for name, r in answered.items()}
    pairs = []
    for one in ligands:
        if one.molecule.smiles in energy:
            refined = (energy[one.molecule.smiles] - energy[AQUA]) * mol / kcal
            change = refined - one.exchange
            better = replace(one, exchange=refined, dry=one.dry + change, free=one.free + change)
            pairs.append((one, better))
    seconds = [float(r["cpu_seconds"]) for r in answered.values()]
    lines = [
        "# Monodentate ligands of Zn2+ by a density functional",
        "",
        f"Made by `python experiments/zn_binding_dft.py --data FILE`, {REFINER.name} on the "
        f"structures of GFN2-xTB: {len(pairs)} of {len(ligands)} ligands without a bite. Spearman "
        "correlations with log K1, nothing fitted; the columns are those of zn_binding.md. CPU "
        f"seconds of complex and ligand: median {np.median(seconds):.0f}, largest "
        f"{max(seconds):.0f}.",
        "",
        "| ligands | number | energies of | one donor | vibrations | all |",
        "|---|---|---|---|---|---|",
    ]
    charges = {"all": range(-9, 9), "neutral": [0], "charge -1": [-1], "charge -2": [-2]}
    for name, wanted in charges.items():
        mine = [pair for pair in pairs if pair[0].molecule.charge in wanted]
        if len(mine) < 4:
            continue
        y = np.array([one.log_k for one, _ in mine])
        for level, column in (("GFN2-xTB", 0), ("r2SCAN-D4", 1)):
            chosen = [pair[column] for pair in mine]
            cells = [
                rank(y, -np.array([getattr(one, field) for one in chosen]))
                for field in ("exchange", "dry", "free")
            ]
            lines.append(f"| {name} | {len(mine)} | {level} | {' | '.join(cells)} |")
    shown = {"ammonia": "N", "imidazole": "c1c[nH]cn1"}
    found = {
        name: better.exchange
        for name, smiles in shown.items()
        for one, better in pairs
        if one.molecule == Molecule(smiles)
    }
    values = ", ".join(f"{name} {value:.1f}" for name, value in found.items())
    lines += ["", f"Exchange energies, kcal/mol: {values or 'not computed'}."]
    (HERE / "zn_binding_dft.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
