"""Where the sourced additives lie, quantity by quantity: on what goals set their windows.

    python experiments/windows.py             ask what is missing, then the table
    python experiments/windows.py --tables    the table of what there is

Asks one oracle of conf/oracle about every sourced additive within the size limit, and writes the
percentiles of each quantity within each charge class, which differ too much to be mixed. Answers
lie in experiments/windows/ and are kept between calls.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from molecules import Failure, Label
from molecules.library import known_additives
from molecules.store import Store

HERE = Path(__file__).parent
HOME = HERE / "windows"
MOST_HEAVY = 20
PERCENTILES = (5, 25, 50, 75, 95)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--oracle", default="xtb_binding", help="a file of conf/oracle")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--tables", action="store_true", help="ask nothing")
    arguments = parser.parse_args()
    home = HOME / arguments.oracle
    chosen = sorted(
        {m for m in known_additives() if m.n_heavy <= MOST_HEAVY}, key=lambda m: m.n_heavy
    )
    if not arguments.tables:
        home.mkdir(parents=True, exist_ok=True)
        wanted = home / "additives.smi"
        wanted.write_text("\n".join(m.smiles for m in chosen) + "\n", encoding="utf-8")
        command = [
            *(sys.executable, "-m", "loop", "+campaign=zn_anode", "oracles.dft=null"),
            *(f"oracle@oracles.xtb={arguments.oracle}", f"workers.count={arguments.workers}"),
            *("do=ask", "do.oracle=xtb", f"do.molecules={wanted}", f"home={home}"),
        ]
        subprocess.run(command, check=True)
    write_table(arguments.oracle, home, len(chosen))


def write_table(oracle: str, home: Path, n_chosen: int) -> None:
    values: dict[tuple[str, str], list[float]] = defaultdict(list)
    failed: dict[tuple[str, str], int] = defaultdict(int)
    asked = set()
    store = Store.open(home / "store.db", create=False)
    for record in store.records():
        outcome = record.outcome
        asked.add(outcome.molecule)
        if isinstance(outcome, Label):
            key = (outcome.quantity.name, outcome.molecule.charge_class)
            values[key].append(outcome.value)
        elif isinstance(outcome, Failure):
            failed[outcome.quantity, outcome.molecule.charge_class] += 1
    store.close()
    lines = [
        f"# Where the sourced additives lie, oracle {oracle}",
        "",
        f"Made by `python experiments/windows.py --oracle {oracle}`. {len(asked)} of {n_chosen} "
        f"additives within {MOST_HEAVY} heavy atoms were asked. None: has no such value.",
        "",
        f"| quantity | class | number | none | {' | '.join(f'{p} %' for p in PERCENTILES)} |",
        "|---|---|---|---|" + "---|" * len(PERCENTILES),
    ]
    for quantity, kind in sorted(values):
        numbers = values[quantity, kind]
        cells = [f"{v:.3g}" for v in np.percentile(numbers, PERCENTILES)]
        none = failed[quantity, kind]
        lines.append(f"| {quantity} | {kind} | {len(numbers)} | {none} | {' | '.join(cells)} |")
    (HERE / f"windows_{oracle}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
