"""From a composed configuration to objects: the only place that sees `cfg`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch
from omegaconf import DictConfig, OmegaConf

from generators.base import Proposer
from loop.budget import Budget, Limit
from loop.campaign import Acquisition, Campaign
from loop.costs import build_costs
from loop.laboratory.bench import Bench
from loop.making import CampaignError, make
from loop.objective import Goal, Objective
from loop.pool import PoolSize
from loop.promotion import Promotion
from loop.schema import LimitConfig
from loop.tiers import Tiers
from molecules.filters import Filters
from molecules.quantity import BENCH
from molecules.store import Store
from oracles.base import Oracle, Workers
from oracles.computed import Computed
from oracles.lab.laboratory import Laboratory
from oracles.table import TableOracle
from surrogates.base import Surrogate

UPPER_SHARE = 4
"""A round asks an upper tier about one molecule for each so many of its batch."""


def build(cfg: DictConfig, store: Store, workers: Workers) -> Campaign:
    """Build a campaign from its configuration, checking everything before any work.

    Raises:
        CampaignError, ObjectiveError, TierError: what is wrong, what was expected, what to do.
    """
    if cfg.rounds < 0 or cfg.batch < 1:
        raise CampaignError(
            f"got rounds={cfg.rounds} batch={cfg.batch}, expected rounds >= 0, batch >= 1"
        )
    torch.set_num_threads(max(1, cfg.threads))
    objective = build_objective(cfg)
    oracles = build_oracles(cfg)
    tiers = Tiers.of(objective, oracles)
    budget = build_budget(cfg, tiers)
    filters: Filters = make(cfg.filters, "filters")
    generators: dict[str, Proposer] = {
        name: make(choice, f"generators.{name}")
        for name, choice in cfg.generators.items()
        if choice
    }
    if not generators:
        raise CampaignError("got no generator, expected at least one, such as generators.library")
    _require_own(cfg.name, store)
    open_oracles(oracles, workers, store)
    # A surrogate of the user's own need not know of ladders where there are none.
    ladders = {"ladders": tiers.ladders} if tiers.ladders.by_quantity else {}
    surrogate: Surrogate = make(
        cfg.surrogate, "surrogate", quantities=objective.quantities, **ladders
    )
    costs = build_costs(cfg, oracles, store.records())
    acquisition: Acquisition = make(
        cfg.acquisition,
        "acquisition",
        objective=objective,
        costs={name: costs[name] for name in tiers.base},
    )
    choosy = {n: o.can_answer for n, o in oracles.items() if isinstance(o, TableOracle | Computed)}
    return Campaign(
        name=cfg.name,
        objective=objective,
        oracles=oracles,
        tiers=tiers,
        surrogate=surrogate,
        generators=generators,
        acquisition=acquisition,
        promotion=Promotion(objective, tiers, costs, choosy),
        filters=filters,
        store=store,
        bench=build_bench(cfg),
        budget=budget,
        pool=PoolSize(**cfg.pool),
        batch=cfg.batch,
        seed=cfg.seed,
    )


@contextmanager
def opened(cfg: DictConfig, create: bool = True) -> Iterator[Store]:
    """The campaign's record, closed at the end."""
    store = Store.open(cfg.store.location, create)
    try:
        yield store
    finally:
        store.close()


def build_objective(cfg: DictConfig) -> Objective:
    """Goals of the configuration that are computed, checked; the laboratory's are its own."""
    goals = {n: g for n, g in build_goals(cfg).items() if g.quantity not in BENCH}
    return Objective(goals, cfg.objective.mode)


def build_goals(cfg: DictConfig) -> dict[str, Goal]:
    """All goals of the configuration, checked one by one."""
    if not cfg.objective.goals:
        raise CampaignError(
            "got no goal, expected at least one under objective.goals, such as "
            "gap: {kind: maximize, low: 3, high: 12}"
        )
    goals = {}
    for name, goal in cfg.objective.goals.items():
        if OmegaConf.is_missing(goal, "kind"):
            raise CampaignError(
                f"goal {name}: got no kind, expected window, at_least, at_most, ..."
            )
        fields: dict[str, Any] = OmegaConf.to_container(goal)  # type: ignore[assignment]
        fields["applies_to"] = tuple(fields["applies_to"])
        goals[name] = Goal(name=name, **fields)
    return goals


def build_oracles(cfg: DictConfig) -> dict[str, Oracle]:
    """Oracles of the configuration that compute, by tier name."""
    every = build_every_oracle(cfg)
    return {name: oracle for name, oracle in every.items() if not isinstance(oracle, Laboratory)}


def build_bench(cfg: DictConfig) -> Bench | None:
    """The campaign's laboratory and its goals; None where it has no laboratory.

    Raises:
        CampaignError: there are several, or a goal is one that a laboratory cannot have.
    """
    found = [o for o in build_every_oracle(cfg).values() if isinstance(o, Laboratory)]
    if len(found) > 1:
        raise CampaignError(
            f"got laboratories {', '.join(o.name for o in found)}, expected one; switch the others "
            "off with oracles.NAME=null"
        )
    if not found:
        return None
    return Bench({n: g for n, g in build_goals(cfg).items() if g.quantity in BENCH}, found[0])


def build_every_oracle(cfg: DictConfig) -> dict[str, Oracle]:
    """Oracles of the configuration, the laboratory among them, by tier name."""
    if not cfg.oracles:
        raise CampaignError(
            "got no oracle, expected at least one under oracles (the campaign names them); "
            "for example oracles: {xtb: ...} or a FunctionOracle"
        )
    oracles = {}
    for name, choice in cfg.oracles.items():
        if choice is None:
            continue
        # The key is the oracle's name: in the record, in budgets, in goals.
        oracles[str(name)] = make(choice, f"oracles.{name}", name=str(name))
    return oracles


def open_oracles(oracles: Mapping[str, Oracle], workers: Workers, store: Store) -> None:
    """Give every oracle its workers and the calculation cache.

    Raises:
        CampaignError: an oracle lacks something, such as a function that does not import.
    """
    for name, oracle in oracles.items():
        try:
            oracle.open(workers, store.calculations)
        except (ValueError, ImportError, OSError) as error:
            without = f"; or run without this tier: oracles.{name}=null" if oracle.tier > 1 else ""
            raise CampaignError(f"oracles.{name}: {error}{without}") from error


def build_budget(cfg: DictConfig, tiers: Tiers) -> Budget:
    """Limits of the configuration; a tier that is not an oracle is refused.

    An upper tier without a `per_round` of its own answers a quarter of a batch a round. Limits of
    an oracle that was switched off (`oracles.NAME=null`) are left aside.
    """
    unknown = set(cfg.budget.tiers) - set(cfg.oracles)
    if unknown:
        raise CampaignError(
            f"budget.tiers: got {sorted(unknown)}, expected some of {sorted(cfg.oracles)}; to go "
            "without an oracle of the campaign, give oracles.NAME=null"
        )
    limits = {name: _tier_limit(name, tier) for name, tier in cfg.budget.tiers.items()}
    for name in tiers.upper:
        limit = limits.get(name, Limit())
        if math.isinf(limit.per_round):
            limits[name] = replace(limit, per_round=max(1, cfg.batch // UPPER_SHARE))
    return Budget(_limit(cfg.budget), limits)


def _tier_limit(name: str, tier: Any) -> Limit:
    if tier is not None and not isinstance(tier, DictConfig):
        raise CampaignError(
            f"got budget.tiers.{name}={tier}, expected a kind of limit and its number, such as "
            f"budget.tiers.{name}.per_round={tier}, .calls or .seconds"
        )
    return _limit(OmegaConf.merge(OmegaConf.structured(LimitConfig), tier or {}))


def _limit(node: Any) -> Limit:
    limits = {
        key: math.inf if node[key] is None else node[key]
        for key in ("calls", "seconds", "per_round")
    }
    try:
        return Limit(**limits)
    except ValueError as error:
        raise CampaignError(f"budget: {error}") from error


def _require_own(name: str, store: Store) -> None:
    """Refuse the rounds of another campaign: its questions and settings are not these."""
    others = {str(r.metrics["campaign"]) for r in store.rounds() if "campaign" in r.metrics}
    if others - {name}:
        raise CampaignError(
            f"the store holds rounds of campaign {', '.join(sorted(others - {name}))}, and this is "
            f"{name}; expected one campaign a store; choose another home=DIR (or store.location)"
        )
