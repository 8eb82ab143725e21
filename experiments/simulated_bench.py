"""The laboratory's tier on simulated benches: 4 rounds of 5 cells, against simpler choices.

    python experiments/simulated_bench.py             run what is missing (an hour), then the table
    python experiments/simulated_bench.py --table     the table of what there is

A bench is a hidden function of structure, computed quantities and dose over 2,000 real molecules
(simulated_cells.py), another one for every seed; cells have noise and a batch offset, and 30 % of
random ones still run when they are stopped. In five tasks the computed score is correlated with
the effect by 0.5 to -0.3. No arm has a label at the start. All arms have the same cells: the same
molecule in the same round ends the same at equal doses.

- laboratory: the belief about the laboratory, its trust and its choice (surrogates.worth) among
  the molecules of the best combined scores, as do=suggest has it
- unaudited: the same without its audits, trials judged by the laboratory alone
- structure: the same without computed quantities as inputs of the belief
- trusting: the same with what is computed left out of the score altogether
- greedy: the same belief, the best combined scores first
- computed: the best computed scores first, at the reference dose
- random: any molecules, at the reference dose

The priors of the belief and the rule of the audits were settled on seeds 100 to 139, not on those
of the table. One row a (task, arm, seed) is appended to simulated_bench.csv as it comes: a partial
table is valid, and a second start goes on.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from kept_rows import append_rows, read_rows
from scipy.stats import bootstrap
from simulated_cells import HIGH, LIFETIME, LOW, POOL, REFERENCE, Bench, Floats, Task, percentiles

from loop.laboratory.choosing import CANDIDATES
from molecules import Label, Molecule
from surrogates.laboratory import Computed, LaboratoryModel
from surrogates.level import Level
from surrogates.opinion import Opinion, Wish, opine
from surrogates.worth import Trial, choose

HERE = Path(__file__).parent
ROWS, TABLE = HERE / "simulated_bench.csv", HERE / "simulated_bench.md"
ROUNDS, BATCH = 4, 5
SEEDS = range(30)
TASKS = tuple(
    Task(f"correlation {rho}", correlation=rho, nonlinear=0.3)
    for rho in (0.5, 0.3, 0.15, 0.0, -0.3)
)
WISHES = [Wish(LIFETIME.name, lambda value: ((value + 0.3) / 1.5).clamp(0.0, 1.0))]
"""Lifetime from half the control's to sixteen times it: the best of a pool reach about ten."""
COLUMNS = (
    "task",
    "arm",
    "seed",
    "found",
    "percentile",
    "top5",
    "named",
    "named_by_cells",
    "censored",
    "seconds",
)
MEASURES = ("found", "top5", "named", "named_by_cells")
Choice = tuple[int, float]
"""Number of a molecule in the pool, and its dose in mol/L."""
Arm = Callable[[Bench, Sequence[Label], list[int], int], list[Choice]]
"""Of the bench, its labels so far, the molecules tested and the round: the next `BATCH` tests."""


def laboratory(
    has_computed: bool = True,
    keeps_score: bool = True,
    audit: float | None = None,
    greedy: bool = False,
) -> Arm:
    """The laboratory's tier, with or without computed inputs, computed score and audits."""

    def arm(bench: Bench, labels: Sequence[Label], tested: list[int], round: int) -> list[Choice]:
        opinion, model = believe(bench, labels, has_computed)
        computed = score(bench, keeps_score)
        trials = [
            Trial(m, float(dose), float(c))
            for m, dose, c in zip(bench.molecules, opinion.best_dose, computed, strict=True)
        ]
        combined = opinion.score(computed)
        order = combined.argsort(descending=True, stable=True).tolist()
        open_ = [i for i in order if i not in tested][:CANDIDATES]
        if greedy:
            return [(i, trials[i].dose) for i in open_[:BATCH]]
        chosen = choose(
            model,
            [trials[i] for i in open_],
            BATCH,
            WISHES,
            torch.Generator().manual_seed(1000 * bench.seed + round),
            made=[trials[i] for i in tested],
            audit=audit,
        )
        numbers = {trials[i].molecule: i for i in open_}
        return [(numbers[c.trial.molecule], c.trial.dose) for c in chosen]

    return arm


def by_score(bench: Bench, labels: Sequence[Label], tested: list[int], round: int) -> list[Choice]:
    order = [i for i in np.argsort(-bench.score, kind="stable").tolist() if i not in tested]
    return [(i, REFERENCE) for i in order[:BATCH]]


def at_random(bench: Bench, labels: Sequence[Label], tested: list[int], round: int) -> list[Choice]:
    order = np.random.default_rng([bench.seed, 5]).permutation(len(bench.molecules)).tolist()
    return [(i, REFERENCE) for i in order if i not in tested][:BATCH]


OURS = "laboratory"
ARMS: dict[str, Arm] = {
    OURS: laboratory(),
    "unaudited": laboratory(audit=0.0),
    "structure": laboratory(has_computed=False),
    "trusting": laboratory(keeps_score=False),
    "greedy": laboratory(greedy=True),
    "computed": by_score,
    "random": at_random,
}


def believe(
    bench: Bench, labels: Sequence[Label], has_computed: bool
) -> tuple[Opinion, LaboratoryModel]:
    known = {
        m: torch.from_numpy(row) for m, row in zip(bench.molecules, bench.computed, strict=True)
    }

    def means(molecules: Sequence[Molecule]) -> torch.Tensor:
        return torch.stack([known[m] for m in molecules])

    levels = (Level(0.0, 1.0),) * bench.computed.shape[1]
    computed = Computed(means, levels) if has_computed else None
    model = LaboratoryModel([LIFETIME.name], computed, {"additive_molar": REFERENCE})
    model.fit(labels)
    return opine(model, bench.molecules, WISHES, LOW, HIGH), model


def score(bench: Bench, keeps: bool) -> torch.Tensor:
    return torch.from_numpy(bench.score if keeps else np.ones_like(bench.score))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--table", action="store_true", help="no runs, only the table")
    parser.add_argument("--seeds", type=int, nargs="*", default=list(SEEDS))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if not arguments.table:
        done = {(r["task"], r["arm"], r["seed"]) for r in read_rows(ROWS)}
        for seed in arguments.seeds:
            for task in TASKS:
                bench = Bench(task, seed)
                for arm in ARMS:
                    if (task.name, arm, str(seed)) not in done:
                        append_rows(ROWS, COLUMNS, [run(bench, arm)])
    write_table()


def run(bench: Bench, arm: str) -> dict[str, object]:
    """Four rounds of one arm: what its molecules truly are."""
    labels: list[Label] = []
    tested: list[int] = []
    start = time.process_time()
    for round in range(ROUNDS):
        tests = ARMS[arm](bench, labels, tested, round)
        labels += [bench.test(i, dose, round) for i, dose in tests]
        tested += [i for i, _ in tests]
    seconds = time.process_time() - start
    opinion, _ = believe(bench, labels, arm != "structure")
    keeps = arm not in ("trusting", "random")
    combined = opinion.score(score(bench, keeps))
    named, by_cells = (tested[int(x[tested].argmax())] for x in (combined, opinion.desirability))
    truth, best = bench.truth[tested], bench.truth.max()
    return {
        "task": bench.task.name,
        "arm": arm,
        "seed": bench.seed,
        "found": f"{truth.max() / best:.4f}",
        "percentile": f"{percentiles(bench.truth)[tested].max():.4f}",
        "top5": f"{np.sort(truth)[-5:].mean() / best:.4f}",
        "named": f"{bench.truth[named] / best:.4f}",
        "named_by_cells": f"{bench.truth[by_cells] / best:.4f}",
        "censored": f"{np.mean([label.censored for label in labels]):.2f}",
        "seconds": f"{seconds:.1f}",
    }


def write_table() -> None:
    """Median and quartiles over seeds of every task and arm, and paired differences."""
    rows = read_rows(ROWS)
    lines = [
        f"# Simulated benches: 4 rounds of 5 cells, {POOL:,} molecules",
        "",
        "Made by `python experiments/simulated_bench.py`; every run is in simulated_bench.csv.",
        "Noise-free effect (log10 lifetime ratio at a molecule's best dose) over that of the best",
        "molecule of the pool: of the best molecule tested (found), of the five best (top 5), and",
        "of the tested molecule that the arm ranks first in the end by its combined score",
        "(named) or by the laboratory's desirability alone (by cells). Median over seeds (lower",
        "quartile - upper quartile). Ceiling: seeds that found the best of the pool. Percentile:",
        "median rank in the pool of the best tested. Gain: what the laboratory's tier found more",
        "than this arm on the same seeds, mean with its 95 % bootstrap interval, and the number of",
        "seeds in which it found more / the same / less.",
        "",
        "| task | arm | runs | found | top 5 | named | by cells | percentile | ceiling | "
        "gain | seeds |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    found = {(r["task"], r["arm"], r["seed"]): float(r["found"]) for r in rows}
    for task in TASKS:
        for arm in ARMS:
            mine = [r for r in rows if r["task"] == task.name and r["arm"] == arm]
            if mine:
                cells = [spread([float(r[c]) for r in mine]) for c in MEASURES]
                cells.append(f"{statistics.median(float(r['percentile']) for r in mine):.3f}")
                cells.append(f"{np.mean([float(r['found']) > 0.999 for r in mine]):.0%}")
                ours = [(found.get((task.name, OURS, r["seed"])), float(r["found"])) for r in mine]
                gains = np.array([a - b for a, b in ours if a is not None])
                cells += ["", ""] if arm == OURS or len(gains) < 2 else compare(gains)
                lines.append(f"| {task.name} | {arm} | {len(mine)} | {' | '.join(cells)} |")
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def compare(gains: Floats) -> list[str]:
    """Mean with its interval, and how many are above, at and below 0."""
    low, high = bootstrap(
        (gains,), np.mean, n_resamples=4000, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    wins = f"{(gains > 0).sum()} / {(gains == 0).sum()} / {(gains < 0).sum()}"
    return [f"{gains.mean():+.2f} ({low:+.2f} to {high:+.2f})", wins]


def spread(values: list[float]) -> str:
    if len(values) < 2:
        return f"{values[0]:.2f}"
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return f"{middle:.2f} ({low:.2f} - {high:.2f})"


if __name__ == "__main__":
    main()
