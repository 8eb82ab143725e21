"""What tier 1 costs: native time, what is added to it, molecules an hour, two workers against one.

    export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
    python experiments/throughput.py                   measure what is missing, then the table
    python experiments/throughput.py --molecules 4     fewer molecules
    python experiments/throughput.py --tables          the table of what there is

Molecules of 10 heavy atoms of the starter library. Native time is the CPU time inside the compiled
single point of tblite, which is wrapped here by a clock. Seconds are CPU seconds of one thread,
because wall time on a busy machine says more about its other programs; only two workers against
one are compared by wall time, and the load of the machine before each pass stands in the table.
Rows lie in experiments/throughput/ and are not measured twice.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hydra import compose, initialize_config_module
from hydra.utils import instantiate
from kept_rows import Row, append_rows, read_rows
from tblite import library

from loop.build import build_oracles
from loop.schema import register
from molecules import Molecule
from molecules.library import Library
from molecules.store import Store
from oracles.base import OracleError
from oracles.computed import Computed
from oracles.recipes.base import Subject
from oracles.workers.local import THREAD_VARIABLES, LocalWorkers

HERE = Path(__file__).parent
FOLDER = HERE / "throughput"
CHOICE = ["+campaign=zn_anode", "oracle@oracles.xtb=xtb_redox"]
N_HEAVY = 10
JUDGED = ("ground", "orbitals", "hydration", "reduction", "oxidation")
"""Parts of one molecule whose sum may cost at most 1.3 times the native time inside it."""


@dataclass
class Clock:
    """CPU seconds spent inside the compiled single point."""

    seconds: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--molecules", type=int, default=24)
    parser.add_argument("--tables", action="store_true", help="measure nothing")
    arguments = parser.parse_args()
    threads = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    if set(threads.values()) != {"1"}:
        raise SystemExit(f"got {threads}, expected 1 for each, set before Python starts")
    oracle, molecules = task()
    if not arguments.tables:
        FOLDER.mkdir(exist_ok=True)
        measure_recipes(oracle, molecules[: arguments.molecules])
        for count in (1, 2):
            measure_workers(oracle, molecules[: arguments.molecules], count)
    write_table(oracle)


def task() -> tuple[Computed, list[Molecule]]:
    """The tier, and the molecules that its campaign would ask about, in a fixed random order."""
    register()
    with initialize_config_module("conf", version_base="1.3"):
        cfg = compose("loop", CHOICE)
        oracle = build_oracles(cfg)["xtb"]
        filters = instantiate(cfg.filters)
    assert isinstance(oracle, Computed)
    found = [m for m in Library.starter().molecules if m.n_heavy == N_HEAVY and filters.allows(m)]
    random.Random(0).shuffle(found)
    return oracle, found


def measure_recipes(oracle: Computed, molecules: Sequence[Molecule]) -> None:
    """One row a molecule and part: CPU seconds, and the native ones among them."""
    known = {row["smiles"] for row in rows("recipes")}
    waiting = [m for m in molecules if m.smiles not in known]
    if not waiting:
        return
    references = {name: recipe.reference(oracle.seed) for name, recipe in oracle.recipes.items()}
    clock = watch()
    for molecule in waiting:
        parts = list(timed(oracle, molecule, references, clock))
        append("recipes", [{"smiles": molecule.smiles, **part} for part in parts])
        print(molecule, " ".join(f"{p['part']} {p['cpu_s']}" for p in parts), flush=True)


def timed(
    oracle: Computed, molecule: Molecule, references: dict[str, object], clock: Clock
) -> Iterator[dict[str, str]]:
    """Run the ground state and every recipe once; what is declined is timed and marked."""

    def row(part: str, end: str) -> dict[str, str]:
        spent = time.process_time() - began, clock.seconds - before
        figures = {key: f"{s:.4f}" for key, s in zip(("cpu_s", "native_s"), spent, strict=True)}
        return {"part": part, "end": end, **figures}

    began, before = time.process_time(), clock.seconds
    subject = Subject(molecule, oracle.ground.relax(molecule, oracle.seed), oracle.seed)
    yield row("ground", "ok")
    for name, recipe in oracle.recipes.items():
        began, before = time.process_time(), clock.seconds
        try:
            recipe.answer(subject, references[name])  # type: ignore[arg-type]
        except OracleError as error:
            yield row(name, str(error.status))
        else:
            yield row(name, "ok")


def watch() -> Clock:
    """Put a clock around the library's single point, for the rest of this process."""
    clock, compiled = Clock(), library.get_singlepoint

    def single_point(*arguments: object) -> None:
        began = time.thread_time()
        try:
            compiled(*arguments)
        finally:
            clock.seconds += time.thread_time() - began

    library.get_singlepoint = single_point
    return clock


def measure_workers(oracle: Computed, molecules: Sequence[Molecule], count: int) -> None:
    """One row a pass of `count` workers over all molecules, processes already started."""
    known = {(row["workers"], row["molecules"]) for row in rows("workers")}
    if (str(count), str(len(molecules))) in known:
        return
    chosen = {name: oracle.recipes[name] for name in JUDGED if name != "ground"}
    asked = Computed(chosen, oracle.ground, oracle.cost, oracle.timeout, seed=oracle.seed)
    with LocalWorkers(count) as workers, tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "store.db")
        asked.open(workers, store.calculations)
        first = [Molecule.from_smiles(s) for s in ("CC#N", "CC(N)=O", "CCO", "NC(N)=O")]
        list(asked.query(first))
        load, began = os.getloadavg()[0], time.monotonic()
        outcomes = list(asked.query(molecules))
        wall = time.monotonic() - began
        store.close()
    spent = sum(o.provenance.cpu_seconds for o in outcomes)
    figures = {"workers": count, "molecules": len(molecules), "wall_s": f"{wall:.2f}"}
    append("workers", [{**figures, "cpu_s": f"{spent:.2f}", "load_before": f"{load:.2f}"}])


def rows(name: str) -> list[Row]:
    return read_rows(FOLDER / f"{name}.csv")


def append(name: str, new: Sequence[Mapping[str, object]]) -> None:
    append_rows(FOLDER / f"{name}.csv", list(new[0]), new)


def write_table(oracle: Computed) -> None:
    parts: dict[str, list[tuple[float, float]]] = defaultdict(list)
    smiles = set()
    for row in rows("recipes"):
        smiles.add(row["smiles"])
        if row["end"] == "ok":
            parts[row["part"]].append((float(row["cpu_s"]), float(row["native_s"])))
    lines = [
        f"# What tier 1 costs at {N_HEAVY} heavy atoms",
        "",
        f"Made by `python experiments/throughput.py` on {len(smiles)} molecules of the starter "
        "library, threads 1.",
        "CPU seconds a molecule; native: inside the compiled single point of tblite. A recipe",
        "counts alone, its geometry known, where it has an answer.",
        "",
        "| part | answered | CPU s | native s | CPU / native | molecules an hour and core |",
        "|---|---|---|---|---|---|",
    ]
    means = {
        part: [sum(c) / len(c) for c in zip(*found, strict=True)] for part, found in parts.items()
    }
    for part, (cpu, native) in means.items():
        lines.append(line(part, str(len(parts[part])), cpu, native))
    judged = [sum(column) for column in zip(*(means[p] for p in JUDGED), strict=True)]
    every = [sum(column) for column in zip(*means.values(), strict=True)]
    lines.append(line(f"sum of {', '.join(JUDGED)}", "", *judged))
    lines.append(line("sum of all", "", *every))
    configured = oracle.cost.constant + oracle.cost.scale * N_HEAVY**oracle.cost.power
    lines += [
        "",
        f"The first sum may cost 1.3 times its native time. The configuration expects "
        f"{configured:.1f} s of all together.",
        "",
        "| workers | molecules | load before | wall s | CPU s | times as fast | by CPU time |",
        "|---|---|---|---|---|---|---|",
    ]
    passes = rows("workers")
    for row in passes:
        alone = [r for r in passes if r["workers"] == "1" and r["molecules"] == row["molecules"]]
        wall = float(alone[0]["wall_s"]) / float(row["wall_s"])
        cpu = int(row["workers"]) * float(alone[0]["cpu_s"]) / float(row["cpu_s"])
        cells = [row[key] for key in ("workers", "molecules", "load_before", "wall_s", "cpu_s")]
        lines.append(f"| {' | '.join([*cells, f'{wall:.2f}', f'{cpu:.2f}'])} |")
    lines += [
        "",
        "Wall times mean something where the load before is near 0. By CPU time: as fast as",
        "two cores would be if nothing but the computing itself slowed down beside another worker.",
    ]
    (HERE / "throughput.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def line(part: str, answered: str, cpu: float, native: float) -> str:
    figures = f"{cpu:.2f} | {native:.2f} | {cpu / native:.2f} | {3600 / cpu:.0f}"
    return f"| {part} | {answered} | {figures} |"


if __name__ == "__main__":
    main()
