"""Current: where the campaign of a configuration stands now."""

from __future__ import annotations

from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from loop.build import build_bench, build_objective, build_oracles
from loop.report import Setting, write_report
from loop.screening.verb import FOLDER
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


def setting(cfg: DictConfig) -> Setting:
    """What the report has to know besides: the pH of the electrolyte, and where it was screened."""
    screening = Path(cfg.home) / FOLDER
    ph = OmegaConf.select(cfg, "screen.ph")
    return Setting(screening=screening) if ph is None else Setting(float(ph), screening)


def report_now(cfg: DictConfig, where: Standing) -> Path:
    """Write the report of what is known now; return the path of its page."""
    return write_report(where, Path(cfg.home) / "report", setting(cfg))
