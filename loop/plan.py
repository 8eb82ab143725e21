"""do=plan: what a run would do and cost, without asking anyone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from omegaconf import DictConfig

from loop.budget import Spend
from loop.build import (
    build_budget,
    build_objective,
    build_oracles,
    check_answers,
    learned_costs,
    make,
)
from loop.tables import columns
from molecules import VOCABULARY
from molecules.filters import Filters
from molecules.library import Library
from molecules.store import Store
from oracles.base import Oracle

SAMPLE = 500
"""Library molecules over which expected costs are averaged."""


def plan(cfg: DictConfig) -> None:
    """Print tiers, goals, pool and expected cost per tier."""
    objective = build_objective(cfg)
    oracles = build_oracles(cfg)
    check_answers(objective, oracles)
    build_budget(cfg, oracles)
    filters: Filters = make(cfg.filters, "filters")
    library = Library.starter() if cfg.library is None else Library.read(Path(cfg.library))
    records = []
    if Path(str(cfg.store.location)).exists():
        store = Store.open(cfg.store.location, create=False)
        records = store.records()
        store.close()
    done = max((r.round or 0 for r in records), default=0)
    step = max(1, len(library.molecules) // SAMPLE)
    sample = library.molecules[::step]
    allowed = [m for m in sample if filters.allows(m)]
    learned = learned_costs({name: o.cost for name, o in oracles.items()}, records)
    left = max(0, cfg.rounds - done) * cfg.batch
    print(f"campaign {cfg.name}: {done} of {cfg.rounds} rounds begun, {left} molecules to ask\n")
    rows = []
    for name, oracle in sorted(oracles.items(), key=lambda item: item[1].tier):
        fixed = sum(map(oracle.cost, allowed)) / max(1, len(allowed))
        measured = sum(map(learned[name], allowed)) / max(1, len(allowed))
        spent = Spend.of(records).calls.get(name, 0)
        rows.append(
            [name, str(oracle.tier), ", ".join(q.name for q in oracle.quantities), f"{fixed:.1f}",
             f"{measured:.1f}" if spent else "not yet", f"{fixed * left / 60:.1f}", str(spent)]
        )  # fmt: skip
    header = ["oracle", "tier", "answers", "s/molecule fixed", "s/molecule learned",
              "CPU min to come", "asked"]  # fmt: skip
    print(columns(header, rows))
    print(f"\nmode {objective.mode}; goals:")
    goals = [
        [g.name, g.role, g.kind, "" if g.low is None else f"{g.low:g}",
         "" if g.high is None else f"{g.high:g}", _unit(oracles, g.quantity), f"{g.weight:g}",
         ", ".join(g.applies_to) if len(g.applies_to) < 5 else "all"]
        for g in objective.goals
    ]  # fmt: skip
    print(columns(["goal", "role", "kind", "low", "high", "unit", "weight", "applies to"], goals))
    share = len(allowed) / max(1, len(sample))
    print(
        f"\npool of a round: up to {cfg.pool.library} of {len(library.molecules)} library "
        f"molecules (about {share:.0%} pass the filters) and {cfg.pool.generated} generated ones; "
        f"proposers: {', '.join(name for name, choice in cfg.generators.items() if choice)}"
    )


def _unit(oracles: Mapping[str, Oracle], quantity: str) -> str:
    for oracle in oracles.values():
        for known in oracle.quantities:
            if known.name == quantity:
                return known.unit
    return VOCABULARY[quantity].unit
