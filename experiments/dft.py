"""Tier 2 end to end: a dft oracle through workers, its exchange energies and what it costs.

    python experiments/dft.py                     ask what is missing, small ones first; the table
    python experiments/dft.py --oracle dft        another file of conf/oracle
    python experiments/dft.py --most-heavy 10     leave the larger ones for another day
    python experiments/dft.py --tables            the table of what there is

Everything is asked as conf/oracle says it, but of all charge classes; one worker, one core.
Outcomes are kept in experiments/dft/ORACLE and not asked twice; CPU seconds are as recorded there.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from importlib import resources
from pathlib import Path

import numpy as np
from hydra.utils import instantiate
from omegaconf import OmegaConf

from loop import questions
from molecules import CHARGE_CLASSES, Failure, Label, Molecule
from molecules.rows import Record, quantity_name
from molecules.store import Store
from oracles.computed import Computed
from oracles.workers.local import LocalWorkers

HERE = Path(__file__).parent
HOME = HERE / "dft"
EXCHANGE = "zn_exchange_energy"
SHOWN = (EXCHANGE, "zn_exchange_free_energy_conditional", "hydration_free_energy", "gap")
MOLECULES = {
    "ammonia": "N",
    "acetonitrile": "CC#N",
    "acetate": "CC(=O)[O-]",
    "acetone": "CC(C)=O",
    "urea": "NC(N)=O",
    "glycine": "[NH3+]CC(=O)[O-]",
    "imidazole": "c1c[nH]cn1",
    "glycerol": "OCC(O)CO",
    "erythritol": "OCC(O)C(O)CO",
    "adenine": "Nc1ncnc2[nH]cnc12",
    "glutamate": "[NH3+]C(CCC(=O)[O-])C(=O)[O-]",
    "xylitol": "OCC(O)C(O)C(O)CO",
    "benzil": "O=C(C(=O)c1ccccc1)c1ccccc1",
}
KNOWN = {"ammonia": -5.8, "imidazole": -4.1, "acetone": 6.3}
"""kcal/mol, the same composite by an independent script of this project's design record."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--oracle", default="dft_binding", help="a file of conf/oracle")
    parser.add_argument("--most-heavy", type=int, default=16, help="heavy atoms")
    parser.add_argument("--tables", action="store_true", help="ask nothing")
    arguments = parser.parse_args()
    home = HOME / arguments.oracle
    home.mkdir(parents=True, exist_ok=True)
    option = OmegaConf.load(str(resources.files("conf") / "oracle" / f"{arguments.oracle}.yaml"))
    oracle: Computed = instantiate(option, charge_classes=CHARGE_CLASSES)  # to see why it has some
    store = Store.open(home / "store.db")
    if not arguments.tables:
        molecules = [Molecule.from_smiles(smiles) for smiles in MOLECULES.values()]
        asked = [m for m in molecules if m.n_heavy <= arguments.most_heavy]
        ask(oracle, store, home, sorted(asked, key=lambda m: m.n_heavy))
    records = store.records()
    store.close()
    if not records:
        parser.error("nothing is computed yet; run without --tables first")
    write_table(arguments.oracle, oracle, records)


def ask(oracle: Computed, store: Store, home: Path, molecules: list[Molecule]) -> None:
    """Ask about what has no answer yet; every outcome is stored as it comes."""
    done = questions.answered(store.records(), oracle)
    with LocalWorkers(1, home / "work") as workers:
        oracle.open(workers, store.calculations)
        for outcome, _ in questions.ask(oracle, [m for m in molecules if not done.get(m, False)]):
            store.add(outcome)


def write_table(option: str, oracle: Computed, records: list[Record]) -> None:
    recipe_of = {q.name: name for name, r in oracle.recipes.items() for q in r.quantities}
    found: dict[Molecule, dict[str, str]] = defaultdict(dict)
    spent: dict[Molecule, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for record in records:
        outcome, name = record.outcome, quantity_name(record.outcome)
        if name is not None:
            found[outcome.molecule][name] = shown(outcome)
            spent[outcome.molecule][recipe_of[name]] += record.cpu_seconds
    shown_here = [q for r in oracle.recipes.values() for q in r.quantities if q.name in SHOWN]
    titles = [f"{quantity.name} ({quantity.unit})" for quantity in shown_here]
    lines = [
        "# Tier 2 end to end through workers",
        "",
        f"Made by `python experiments/dft.py --oracle {option}`, which asks the oracle of "
        f"`conf/oracle/{option}.yaml`: "
        f"{'; '.join(f'{n}: {r.method}' for n, r in oracle.recipes.items())}. CPU seconds of one "
        "core; those of the geometry count with the first recipe, those of the shared reference "
        "(hexaaquazinc and water) are not counted. Known: the exchange energy of the same "
        "composite by an independent script. Cost: what the option expects.",
        "",
        f"| molecule | heavy atoms | known | {' | '.join(titles)} "
        f"| {' | '.join(f'{name} (s)' for name in oracle.recipes)} | sum (s) | cost (s) |",
        "|---" * (5 + len(titles) + len(oracle.recipes)) + "|",
    ]
    sizes, seconds = [], []
    for name, smiles in MOLECULES.items():
        molecule = Molecule.from_smiles(smiles)
        if molecule not in found:
            continue
        of = found[molecule]
        total = sum(spent[molecule].values())
        cells = [f"{KNOWN[name]:+.1f}" if name in KNOWN else ""]
        cells += [of.get(quantity.name, "") for quantity in shown_here]
        cells += [f"{spent[molecule][recipe]:.0f}" for recipe in oracle.recipes]
        cells += [f"{total:.0f}", f"{oracle.cost(molecule):.0f}"]
        lines.append(f"| {name} | {molecule.n_heavy} | {' | '.join(cells)} |")
        sizes.append(molecule.n_heavy**oracle.cost.power)
        seconds.append(total)
    if len(set(sizes)) > 2:
        scale, constant = np.polyfit(sizes, seconds, 1)
        power = oracle.cost.power
        lines += ["", f"Least squares: {constant:.0f} + {scale:.1f} * n^{power} seconds."]
    (HERE / f"{option}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def shown(outcome: Label | Failure) -> str:
    return f"{outcome.value:+.2f}" if isinstance(outcome, Label) else str(outcome.status)


if __name__ == "__main__":
    main()
