"""Compare this loop with random choice and a genetic algorithm: same 100 calls, same start set.

    python experiments/compare_arms.py             run what is missing (hours), then the tables
    python experiments/compare_arms.py --tables    the tables of what there is

Task: the campaign conf/campaign/xtb_benchmark.yaml (gap and hydration per heavy atom by GFN-xTB).
Every arm of a seed starts from the same 20 random library molecules and then asks 80 more, 8 a
round, through the ordinary command line. The genetic algorithm (no surrogate: every child is paid
for) is tried with three sizes of its population of parents, so that it is tuned in the open. One
row an (arm, seed, calls) is appended to compare_arms.csv as it comes: a partial table is valid, and
a second start goes on. compare_arms.md holds medians and quartiles, whatever they say.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

from hydra import compose, initialize_config_module
from hydra.utils import instantiate
from kept_rows import read_rows
from omegaconf import DictConfig

from loop.build import build_objective
from loop.schema import register
from loop.standing import standing
from molecules.library import Library
from molecules.store import Store

HERE = Path(__file__).parent
HOMES = HERE / "compare_arms"
TABLE = HERE / "compare_arms.csv"
START, CALLS, BATCH = 20, 100, 8
SEEDS = range(5)
GENETIC = [
    "acquisition=offered", "generators.library=null", "pool.generated=8",
    "generator@generators.gflownet=genetic", "generators.gflownet.children=8",
    "generators.gflownet.generations=1",
]  # fmt: skip
ARMS = {
    "loop": [],
    "random": ["acquisition=random", "pool.library=100000", "generators.gflownet=null"],
    "genetic": GENETIC,  # parents: the 100 best known
    "genetic_30": [*GENETIC, "generators.gflownet.population=30"],
    "genetic_10": [*GENETIC, "generators.gflownet.population=10"],
}
COLUMNS = ("task", "arm", "seed", "calls", "best_score", "mean_top10", "hypervolume", "own_seconds")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", action="store_true", help="no runs, only the tables")
    parser.add_argument("--seeds", type=int, nargs="*", default=list(SEEDS))
    parser.add_argument("--arms", nargs="*", default=list(ARMS), choices=list(ARMS))
    arguments = parser.parse_args()
    if not arguments.tables:
        for seed in arguments.seeds:
            for arm in arguments.arms:
                if (arm, str(seed)) not in {(r["arm"], r["seed"]) for r in rows()}:
                    compare(arm, seed)
    write_summary()


def rows() -> list[dict[str, str]]:
    return read_rows(TABLE)


def compare(arm: str, seed: int) -> None:
    """Run one arm from the seed's start set, and append its rows."""
    home = HOMES / f"{arm}-{seed}"
    base = start_set(seed)
    if not (home / "store.db").exists():
        home.mkdir(parents=True, exist_ok=True)
        shutil.copy(base / "store.db", home / "store.db")
    rounds = (CALLS - START) // BATCH
    loop(home, seed, f"rounds={rounds}", f"batch={BATCH}", *ARMS[arm])
    append(arm, seed, home)


def start_set(seed: int) -> Path:
    """A home that holds the answers about the seed's random library molecules."""
    home = HOMES / f"start-{seed}"
    home.mkdir(parents=True, exist_ok=True)
    filters = instantiate(task().filters)
    order = list(Library.starter().molecules)
    random.Random(seed).shuffle(order)
    chosen = [m for m in order if filters.allows(m)][:START]
    (home / "start.smi").write_text("\n".join(m.smiles for m in chosen) + "\n", encoding="utf-8")
    loop(home, seed, "do=ask", f"do.molecules={home / 'start.smi'}", "do.oracle=xtb")
    return home


def task() -> DictConfig:
    """The configuration that fixes the goals and the filters."""
    register()
    with initialize_config_module("conf", version_base="1.3"):
        return compose("loop", ["+campaign=xtb_benchmark"])


def loop(home: Path, seed: int, *overrides: str) -> None:
    command = [
        sys.executable, "-m", "loop", "+campaign=xtb_benchmark", f"home={home}", f"seed={seed}",
        "tracking=none", *overrides,
    ]  # fmt: skip
    subprocess.run(command, check=True, env={**os.environ, "PYTHONUNBUFFERED": "1"})


def append(arm: str, seed: int, home: Path) -> None:
    """Append the arm's progress: best score and mean of the ten best after every round."""
    objective = build_objective(task())
    store = Store.open(home / "store.db", create=False)
    where = standing("xtb_benchmark", objective, store)
    store.close()
    is_new = not TABLE.exists()
    with TABLE.open("a", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        if is_new:
            table.writerow(COLUMNS)
        for p in where.progress:
            until = [e.score or 0.0 for e in where.entries if (e.round or 0) <= p.round]
            top = sum(sorted(until, reverse=True)[:10]) / 10
            table.writerow(
                ["xtb_benchmark", arm, seed, p.n_molecules, f"{p.best_score:.4f}", f"{top:.4f}",
                 f"{p.hypervolume:.4f}", f"{p.own_seconds:.1f}"]
            )  # fmt: skip


def write_summary() -> None:
    """Medians and quartiles over seeds: at 60 and 100 calls, and on the way."""
    lines = [
        "# This loop, random choice and a genetic algorithm: 100 calls, the same start set",
        "",
        "Made by `python experiments/compare_arms.py`; every run is in compare_arms.csv.",
        "Median over seeds (lower quartile - upper quartile).",
        "",
        "| arm | seeds | calls | best score | mean of the ten best | hypervolume |",
        "|---|---|---|---|---|---|",
    ]
    for calls in (60, CALLS):
        for arm in ARMS:
            # A genetic round may offer fewer than 8 new children: the last row within the budget.
            within = [r for r in rows() if r["arm"] == arm and int(r["calls"]) <= calls]
            mine = list({row["seed"]: row for row in within}.values())
            if mine:
                cells = [spread([float(r[c]) for r in mine]) for c in COLUMNS[4:7]]
                lines.append(f"| {arm} | {len(mine)} | {calls} | {' | '.join(cells)} |")
    lines += [
        "",
        "A best score near 1 at 100 calls says little by itself, so also the way there: the best",
        f"score averaged over {(CALLS - START) // BATCH} rounds, and the seeds that reached 0.9.",
        "",
        "| arm | seeds | best score, mean over rounds | seeds at 0.9 | their median calls to 0.9 |",
        "|---|---|---|---|---|",
    ]
    for arm in ARMS:
        by_seed: dict[str, list[dict[str, str]]] = {}
        for row in rows():
            if row["arm"] == arm:
                by_seed.setdefault(row["seed"], []).append(row)
        if by_seed:
            runs = list(by_seed.values())
            means = [statistics.mean(float(r["best_score"]) for r in run) for run in runs]
            firsts = [
                [int(r["calls"]) for r in run if float(r["best_score"]) >= 0.9] for run in runs
            ]
            reached = [min(first) for first in firsts if first]
            middle = f"{statistics.median(reached):.0f}" if reached else "-"
            lines.append(f"| {arm} | {len(runs)} | {spread(means)} | {len(reached)} | {middle} |")
    (HERE / "compare_arms.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def spread(values: list[float]) -> str:
    if len(values) < 2:
        return f"{values[0]:.3f}"
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return f"{middle:.3f} ({low:.3f} - {high:.3f})"


if __name__ == "__main__":
    main()
