"""do=plan: what a run would do and cost, without asking anyone."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from textwrap import fill

from omegaconf import DictConfig

from loop.budget import Spend
from loop.build import build_bench, build_budget, build_objective, build_oracles, open_oracles
from loop.costs import learned_costs
from loop.making import CampaignError, make
from loop.objective import Objective
from loop.tiers import Tiers
from molecules import VOCABULARY
from molecules.filters import Filters
from molecules.library import Library
from molecules.rows import Record
from molecules.store import Store
from molecules.text_table import columns
from oracles.base import Oracle
from oracles.workers.local import LocalWorkers

SAMPLE = 500
"""Library molecules over which expected costs are averaged."""
WIDTH = 100
"""Characters of a line."""


def plan(cfg: DictConfig) -> None:
    """Print tiers, goals, pool and expected cost per tier."""
    objective = build_objective(cfg)
    oracles = build_oracles(cfg)
    tiers = Tiers.of(objective, oracles)
    budget = build_budget(cfg, tiers)
    filters: Filters = make(cfg.filters, "filters")
    library = Library.of(cfg.library)
    records, done = _known(cfg)
    step = max(1, len(library.molecules) // SAMPLE)
    sample = library.molecules[::step]
    allowed = [m for m in sample if filters.allows(m)]
    learned = learned_costs({name: o.cost for name, o in oracles.items()}, records)
    spend = Spend.of(records)
    rounds = range(done + 1, cfg.rounds + 1)
    wanted = len(rounds) * cfg.batch
    molecules, left = budget.forecast(rounds, cfg.batch, tiers.base, tiers.upper, spend)
    print(
        f"campaign {cfg.name}: {done} of {cfg.rounds} rounds done, {molecules} molecules to ask"
        + (f" (the budget ends before {wanted})\n" if molecules < wanted else "\n")
    )
    troubles = _troubles(oracles)
    rows = []
    for name, oracle in sorted(oracles.items(), key=lambda item: item[1].tier):
        fixed = sum(map(oracle.cost, allowed)) / max(1, len(allowed))
        measured = sum(map(learned[name], allowed)) / max(1, len(allowed))
        spent = spend.calls.get(name, 0)
        rows.append(
            [name, str(oracle.tier), str(len(oracle.quantities)), f"{fixed:.1f}",
             f"{measured:.1f}" if spent else "not yet", str(left.get(name, 0)),
             f"{fixed * left.get(name, 0) / 60:.1f}",
             str(spent),
             "no" if name in troubles else "yes"]
        )  # fmt: skip
    header = ["oracle", "tier", "quantities", "s/molecule fixed", "s/molecule learned", "to ask",
              "CPU min to come", "asked", "ready"]  # fmt: skip
    print(columns(header, rows))
    for name, oracle in oracles.items():
        quantities = ", ".join(q.name for q in oracle.quantities)
        print("\n" + fill(f"answers of {name}: {quantities}", WIDTH, subsequent_indent="  "))
    print(f"\nmode {objective.mode}; goals:")
    print(_goals_table(objective, oracles))
    if bench := build_bench(cfg):
        named = ", ".join(f"{g.name} ({g.quantity})" for g in bench.goals) or "none"
        print(
            f"\nlaboratory {bench.name}: never asked by a run; do=suggest asks it, do=import "
            f"brings its results; goals: {named}"
        )
    share = len(allowed) / max(1, len(sample))
    print(
        f"\npool of a round: up to {cfg.pool.library} of {len(library.molecules)} library "
        f"molecules (about {share:.0%} pass the filters) and {cfg.pool.generated} generated ones; "
        f"proposers: {', '.join(name for name, choice in cfg.generators.items() if choice)}"
    )
    if troubles:
        raise CampaignError(f"this campaign cannot run yet: {'; '.join(troubles.values())}")


def _goals_table(objective: Objective, oracles: Mapping[str, Oracle]) -> str:
    rows = [
        [g.name, g.role, g.kind, "" if g.low is None else f"{g.low:g}",
         "" if g.high is None else f"{g.high:g}", _unit(oracles, g.quantity), f"{g.weight:g}",
         ", ".join(g.applies_to) if len(g.applies_to) < 5 else "all"]
        for g in objective.goals
    ]  # fmt: skip
    header = ["goal", "role", "kind", "low", "high", "unit", "weight", "applies to"]
    return columns(header, rows)


def _known(cfg: DictConfig) -> tuple[list[Record], int]:
    """What is recorded so far, and the number of finished rounds."""
    if not Path(str(cfg.store.location)).exists():
        return [], 0
    store = Store.open(cfg.store.location, create=False)
    try:
        return store.records(), sum(bool(r.finished) for r in store.rounds())
    finally:
        store.close()


def _troubles(oracles: Mapping[str, Oracle]) -> dict[str, str]:
    """Why each oracle that is not ready cannot answer: a missing program, a wrong import."""
    troubles = {}
    with tempfile.TemporaryDirectory() as folder, LocalWorkers(1, folder) as workers:
        store = Store.open(Path(folder) / "store.db")
        for name, oracle in oracles.items():
            try:
                open_oracles({name: oracle}, workers, store)
            except CampaignError as error:
                troubles[name] = str(error)
        store.close()
    return troubles


def _unit(oracles: Mapping[str, Oracle], quantity: str) -> str:
    for oracle in oracles.values():
        for known in oracle.quantities:
            if known.name == quantity:
                return known.unit
    return VOCABULARY[quantity].unit
