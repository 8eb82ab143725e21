"""The command line of campaigns: `python -m loop`."""

from __future__ import annotations

import logging
import sys
from importlib import resources
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig
from sqlalchemy.exc import SQLAlchemyError

from loop import verbs
from loop.home import HomeError
from loop.making import CampaignError, announce, make_importable
from loop.objective import ObjectiveError
from loop.schema import register
from loop.tiers import TierError
from molecules import InvalidMoleculeError
from molecules.command_line import (
    config_folders,
    is_sweep,
    one_line,
    require_values,
    run,
    verb_of,
)
from molecules.library import LibraryError
from molecules.tables import StoreError
from oracles.base import OracleUnavailableError
from oracles.lab.faults import SheetError

USER_ERRORS = (
    CampaignError,
    HomeError,
    ObjectiveError,
    StoreError,
    TierError,
    InvalidMoleculeError,
    LibraryError,
    OracleUnavailableError,
    SheetError,
    SQLAlchemyError,
)


def run_command() -> int:
    """Compose the configuration from sys.argv and run its verb; return the exit code."""
    logging.getLogger("loop").setLevel(logging.INFO)
    make_importable([Path.cwd(), *config_folders(sys.argv[1:])])
    register()
    stopped = "stopped; every outcome so far is committed, the same command resumes"
    return run("loop", _dispatch, USER_ERRORS, stopped, explained)


def _dispatch(cfg: DictConfig) -> None:
    if "campaign" not in HydraConfig.get().runtime.choices:
        raise CampaignError(
            f"Choose a campaign: python -m loop +campaign=NAME ({', '.join(campaigns())}, or your "
            "own with --config-dir DIR)"
        )
    verb = verb_of(verbs.VERBS)
    if is_sweep() and verb != "simulate":
        raise CampaignError(
            f"got -m with do={verb}: its jobs would share one home; expected do=simulate, where "
            "every job has its own"
        )
    require_values(cfg)
    if verb in ("run", "ask", "plan", "simulate"):
        announce(cfg)
    verbs.VERBS[verb](cfg)


def campaigns() -> list[str]:
    """Names of the campaigns that ship with the package."""
    folder = resources.files("conf") / "campaign"
    return sorted(
        p.name.removesuffix(".yaml") for p in folder.iterdir() if p.name.endswith(".yaml")
    )


def explained(error: BaseException) -> str:
    """The error as one line, with what to do where Hydra does not know it."""
    text = one_line(error)
    if "is not a subclass of GoalConfig" in text:
        text = f"{text.split(' (Invalid')[0]}; add a goal in a campaign file of your own instead"
    if "campaign/" in text and ("Could not find" in text or "not found" in text):
        expected = f"expected one of {', '.join(campaigns())}, or --config-dir DIR with your own"
        text = f"{text.split(' Available')[0]}; {expected}"
    return text
