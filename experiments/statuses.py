"""How tier 1 ends on 500 molecules of public databases and on strange ones: the guards at work.

    python experiments/statuses.py --data FOLDER                ask what is missing, then the table
    python experiments/statuses.py --data FOLDER --workers 2    with more processes
    python experiments/statuses.py --data FOLDER --tables       the table of what there is

FOLDER holds qm9/qm9_scalars.csv.gz, pcqm4m/data_reconstructed_layout.csv.gz and
chembl/chembl_NN_chemreps_reconstructed.txt.gz, which are no part of this repository: only counts
are written. Asked: orbitals, hydration, redox and polarizability, everything of tier 1 but the zinc
shell, whose cost is another. The time limits are four times those of the tier, because this may run
beside something else, and a timeout would then say more of the machine than of the molecule. Every
molecule and quantity must end as a Label with a finite value or as a Failure with a status; what is
missing is counted and shown.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import math
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from hydra import compose, initialize_config_module

from loop.build import build_oracles
from loop.schema import register
from molecules import Failure, InvalidMoleculeError, Label, Molecule, Status
from molecules.rows import Record
from molecules.store import Store

HERE = Path(__file__).parent
HOME = HERE / "statuses"
CHOICE = [
    "+campaign=zn_anode",
    "oracle@oracles.xtb=xtb_redox",
    "~oracles.xtb.recipes.exchange",
    "oracles.xtb.timeout.constant=1200",
    "oracles.xtb.timeout.scale=240",
]
SHARES = {"QM9": 200, "PCQM4M": 215, "ChEMBL": 87}
MOST_HEAVY = 20
"""Of the databases; an additive is smaller. The large ones are among the strange. ChEMBL's file has
87 as small."""
NO_MOLECULES = ("", " ", "zinc", "C1CC", "c1cccc1", "C(", "CC(C)(C)(C)C", "[Zz]", "C" * 2001, "é")
STRANGE = {
    "ions": "[NH4+] CC(=O)[O-] O=C([O-])C(=O)[O-] C[N+](C)(C)CC[N+](C)(C)C [OH-] [Cl-] [H+] "
    "O=P([O-])([O-])[O-]",
    "zwitterions": "[NH3+]CC(=O)[O-] C[N+](C)(C)CC(=O)[O-] [NH3+]CCS(=O)(=O)[O-] C[N+](C)(C)[O-]",
    "radicals": "[CH3] C[CH2] CC1(C)CCCC(C)(C)N1[O] [OH] [O] [O][O] O=[N+][O-] [N]=O [C] [CH2]",
    "iodine, boron, silicon": "CI IC(I)I OB(O)c1ccccc1 B1OCCO1 C[Si](C)(C)C O[Si](O)(O)O "
    "F[B-](F)(F)F CC(C)(C)[Si](C)(C)O",
    "80 atoms": "C" * 26 + " " + "OCC" + "OCC" * 11 + " " + "NC(C)C(=O)" * 8 + "O",
    "strained": "C12C3C4C1C5C2C3C45 C1CC1=C1CC1 C1=CC=1 C1C2CC12 C#CC1(C#C)CC1",
    "nonsense": "[He] [Xe] [U] [Fe+3] [Zn+2] [H] [Na+].[Cl-] CCO.CCO [C-4] [N-3] O=O [Og] "
    "[2H]O[2H]",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--tables", action="store_true", help="ask nothing")
    arguments = parser.parse_args()
    origins = {m: name for name, m in chosen(arguments.data)}
    if not arguments.tables:
        HOME.mkdir(parents=True, exist_ok=True)
        given = HOME / "given.smi"
        given.write_text("\n".join(m.smiles for m in origins) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "loop", *CHOICE, f"home={HOME}", "do=ask"]
        command += [f"do.molecules={given}", "do.oracle=xtb", f"workers.count={arguments.workers}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    store = Store.open(HOME / "store.db", create=False)
    records = store.records()
    store.close()
    write_table(origins, records)


def chosen(folder: Path) -> Iterator[tuple[str, Molecule]]:
    """(origin, molecule): the strange ones, and a fixed random choice of each database."""
    for name, text in STRANGE.items():
        for one in text.split():
            molecule = parsed(one)
            if molecule is not None:
                yield name, molecule
    columns = {
        "QM9": ("qm9/qm9_scalars.csv.gz", "SMILES", ","),
        "PCQM4M": ("pcqm4m/data_reconstructed_layout.csv.gz", "smiles", ","),
        "ChEMBL": ("chembl/chembl_NN_chemreps_reconstructed.txt.gz", "canonical_smiles", "\t"),
    }
    for name, (file, column, delimiter) in columns.items():
        with gzip.open(folder / file, "rb") as packed:
            text = io.TextIOWrapper(packed, encoding="utf-8", newline="")
            smiles = [row[column] for row in csv.DictReader(text, delimiter=delimiter)]
        random.Random(0).shuffle(smiles)
        usable = (m for m in map(parsed, smiles) if m is not None and m.n_heavy <= MOST_HEAVY)
        for molecule, _ in zip(usable, range(SHARES[name]), strict=False):
            yield name, molecule


def parsed(smiles: str) -> Molecule | None:
    try:
        return Molecule.from_smiles(smiles)
    except InvalidMoleculeError:
        return None


def write_table(origins: Mapping[Molecule, str], records: list[Record]) -> None:
    """Count the endings of every (molecule, quantity) by origin."""
    register()
    with initialize_config_module("conf", version_base="1.3"):
        oracles = build_oracles(compose("loop", CHOICE))
    names = {quantity.name for quantity in oracles["xtb"].quantities}
    ends: dict[tuple[Molecule, str], str] = {}
    reasons: Counter[str] = Counter()
    for outcome in (record.outcome for record in records):
        match outcome:
            case Label():
                ends[outcome.molecule, outcome.quantity.name] = (
                    "ok" if math.isfinite(outcome.value) else "not finite"
                )
            case Failure():
                for name in names if outcome.quantity is None else {outcome.quantity}:
                    ends[outcome.molecule, name] = str(outcome.status)
                if outcome.molecule in origins and outcome.is_applicable:
                    reasons[f"{outcome.status}: {outcome.reason[:80]}"] += 1
    asked = {molecule for molecule, _ in ends}
    counts: dict[str, Counter[str]] = {}
    for molecule, origin in origins.items():
        if molecule in asked:
            for name in names:
                end = ends.get((molecule, name), "missing")
                counts.setdefault(origin, Counter())[end] += 1
    columns = ["ok", *(str(s) for s in Status if s is not Status.OK), "not finite", "missing"]
    n_asked = Counter(origin for molecule, origin in origins.items() if molecule in asked)
    lines = [
        "# How tier 1 ends: molecules times quantities by status",
        "",
        f"Made by `python experiments/statuses.py --data FOLDER`: {sum(n_asked.values())} of "
        f"{len(origins)} molecules were asked for {len(names)} quantities each. `not finite` and "
        "`missing` must be 0. "
        f"{sum(parsed(text) is None for text in NO_MOLECULES)} of {len(NO_MOLECULES)} texts that "
        "are no molecule were refused before any question.",
        "",
        f"| origin | molecules | {' | '.join(columns)} |",
        "|---" * (len(columns) + 2) + "|",
    ]
    for origin, count in counts.items():
        cells = [str(count[c]) for c in columns]
        lines.append(f"| {origin} | {n_asked[origin]} | {' | '.join(cells)} |")
    lines += ["", "Most frequent reasons of failures:", ""]
    lines += [f"- {n} x {reason}" for reason, n in reasons.most_common(12)]
    (HERE / "statuses.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
