"""Current: where the campaign of a configuration stands now."""

from __future__ import annotations

from omegaconf import DictConfig

from loop.build import build_bench, build_objective, build_oracles
from loop.standing import Standing, standing
from loop.tiers import Tiers
from molecules.library import Library
from molecules.store import Store


def current(cfg: DictConfig, store: Store) -> Standing:
    """Rank everything that was asked about, by today's labels."""
    objective = build_objective(cfg)
    tiers = Tiers.of(objective, build_oracles(cfg))
    names = Library.of(cfg.library).names
    return standing(cfg.name, objective, store, names, tiers, bench=build_bench(cfg))
