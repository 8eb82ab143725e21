"""How fast the funnel screens, against RDKit alone, and what it makes of public databases.

    python experiments/screening.py --data FOLDER             measure what is missing
    python experiments/screening.py --data FOLDER --tables     the table of what there is

FOLDER holds zinc/zinc250k_smiles.csv.gz, qm9/qm9_scalars.csv.gz and moses/test*.csv.gz (ZINC250k,
QM9 and the MOSES test sets: no part of this repository, only aggregate figures are written).

Speed: 10,000, 50,000 and 250,000 molecules of ZINC250k, in SMILES as a library has them, through
the funnel of zn_anode without a predicted stage on two cores; and in the same run, on as many
cores, RDKit alone: it parses each and computes the quantities that the funnel's rules use, once
with and once without the synthetic accessibility of RDKit's Contrib folder. Rows lie in
experiments/screening/ and are not measured twice.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import resource
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from hydra import compose, initialize_config_module
from hydra.utils import instantiate
from kept_rows import append_rows, read_rows
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors
from tqdm import tqdm

from loop.schema import register
from loop.screening.screen import Screen, sift
from loop.screening.sift import Sieve
from loop.screening.writing import funnel_text
from molecules.descriptors import sascorer
from molecules.filters import Filters, Funnel
from molecules.parallel import batched, in_batches

HERE = Path(__file__).parent
HOME = HERE / "screening"
ROWS, TABLE = HOME / "speed.csv", HERE / "screening.md"
COLUMNS = "molecules arm seconds per_second memory_gb".split()
SIZES = (10_000, 50_000, 250_000)
ARMS = ("funnel", "rdkit", "rdkit with accessibility")
WORKERS = 2
BATCH = 2_000
FILES = {
    "ZINC250k": ("zinc/zinc250k_smiles.csv.gz", "smiles"),
    "QM9": ("qm9/qm9_scalars.csv.gz", "SMILES"),
    "MOSES test": ("moses/test.csv.gz", "SMILES"),
    "MOSES test scaffolds": ("moses/test_scaffolds.csv.gz", "SMILES"),
}
PCQM4M = 3_746_620
"""Molecules of PCQM4Mv2."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--tables", action="store_true", help="measure nothing")
    arguments = parser.parse_args()
    sieve = funnel()
    if not arguments.tables:
        measure(sieve, arguments.data)
    whole = [(name, *through(sieve, arguments.data, name, arguments.tables)) for name in FILES]
    write_table(whole)


def funnel() -> Sieve:
    """The stages of zn_anode's funnel that need no library to learn from."""
    register()
    with initialize_config_module("conf", version_base="1.3"):
        cfg = compose("loop", ["+campaign=zn_anode"])
    screen: Screen = instantiate(cfg.screen)
    filters: Filters = instantiate(cfg.filters)
    return Sieve(Funnel(screen.stages(filters)))


def read(data: Path, name: str) -> list[str]:
    """Distinct canonical SMILES of a file, in its order."""
    path, column = FILES[name]
    kept = HOME / f"{name.replace(' ', '_')}.smi"
    if not kept.exists():
        with gzip.open(data / path, "rt", encoding="utf-8") as file:
            drawn = [row[column] for row in csv.DictReader(file)]
        parsed = (Chem.MolFromSmiles(text) for text in tqdm(drawn, desc=name, unit=" molecules"))
        found = dict.fromkeys(Chem.MolToSmiles(mol) for mol in parsed if mol is not None)
        kept.parent.mkdir(exist_ok=True)
        kept.write_text("\n".join(found) + "\n", encoding="utf-8")
    return kept.read_text(encoding="utf-8").split()


def measure(sieve: Sieve, data: Path) -> None:
    """Time each arm on each size; the arms take turns, so that a busy machine hits all alike."""
    smiles = read(data, "ZINC250k")
    done = {(row["molecules"], row["arm"]) for row in read_rows(ROWS)}
    for size in SIZES:
        for arm in ARMS:
            if (str(size), arm) not in done:
                seconds = timed(arm, sieve, smiles[:size])
                n = min(size, len(smiles))
                memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
                figures = (size, arm, f"{seconds:.1f}", f"{n / seconds:.0f}", f"{memory:.2f}")
                append_rows(ROWS, COLUMNS, [dict(zip(COLUMNS, figures, strict=True))])


def timed(arm: str, sieve: Sieve, smiles: Sequence[str]) -> float:
    """Wall seconds, starting the workers included."""
    folder = HOME / "timed"
    shutil.rmtree(folder, ignore_errors=True)
    started = time.perf_counter()
    if arm == "funnel":
        sift(sieve, smiles, folder, WORKERS, "timed")
    else:
        function = with_accessibility if arm == ARMS[2] else descriptors
        for _ in in_batches(function, batched(smiles, BATCH), WORKERS, 600.0):
            pass
    return time.perf_counter() - started


def descriptors(batch: Sequence[str]) -> int:
    """Parse, and compute what the rules need, by RDKit alone."""
    for text in batch:
        graph(text)
    return len(batch)


def with_accessibility(batch: Sequence[str]) -> int:
    for text in batch:
        sascorer().calculateScore(graph(text))
    return len(batch)


def graph(text: str) -> Chem.Mol:
    mol = Chem.MolFromSmiles(text)
    rdMolDescriptors.CalcCrippenDescriptors(mol)
    rdMolDescriptors.CalcTPSA(mol)
    rdMolDescriptors.CalcNumHBD(mol)
    rdMolDescriptors.CalcNumHBA(mol)
    rdMolDescriptors._CalcMolWt(mol)  # as Descriptors.MolWt
    rdMolDescriptors.CalcNumRotatableBonds(mol)
    return mol


def through(sieve: Sieve, data: Path, name: str, is_table: bool) -> tuple[int, str, float]:
    """Molecules of a file, its funnel in words, and the wall seconds of it."""
    smiles = read(data, name)
    folder = HOME / name.replace(" ", "_")
    clock = folder / "seconds.txt"
    started = time.perf_counter()
    if is_table and not clock.exists():
        return len(smiles), "not screened yet", float("nan")
    sifted = sift(sieve, smiles, folder, WORKERS, name)
    if not clock.exists():
        clock.write_text(f"{time.perf_counter() - started:.1f}", encoding="utf-8")
    return len(smiles), funnel_text(sifted.counts), float(clock.read_text(encoding="utf-8"))


def write_table(whole: Sequence[tuple[str, int, str, float]]) -> None:
    rows = read_rows(ROWS)
    speed = {(row["molecules"], row["arm"]): row for row in rows}
    lines = [
        "# Screening: speed and counts",
        "",
        "Made by `python experiments/screening.py --data FOLDER`, two workers. Molecules a second; "
        "share: the funnel's rate over RDKit's.",
        "",
        "| molecules of ZINC250k | funnel | RDKit | share | RDKit with accessibility | share "
        "| funnel, s a 10,000 | memory of the driver, GB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for size in map(str, SIZES):
        if all((size, arm) in speed for arm in ARMS):
            rates = [float(speed[size, arm]["per_second"]) for arm in ARMS]
            shares = [f"{rates[0] / rate:.2f}" for rate in rates[1:]]
            lines.append(
                f"| {int(size):,} | {rates[0]:.0f} | {rates[1]:.0f} | {shares[0]} | {rates[2]:.0f} "
                f"| {shares[1]} | {1e4 / rates[0]:.1f} | {speed[size, ARMS[0]]['memory_gb']} |"
            )
    total, seconds = sum(n for _, n, _, _ in whole), sum(s for *_, s in whole)
    lines += [
        "",
        f"Really screened: {total:,} molecules in {seconds / 60:.0f} min; at that rate PCQM4Mv2's "
        f"{PCQM4M:,} would take {PCQM4M * seconds / total / 3600:.1f} h.",
    ]
    for name, n, text, seconds in whole:
        lines += ["", f"## {name}: {n:,} distinct molecules, {n / seconds:.0f} a second", ""]
        lines += ["```", text, "```"]
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
