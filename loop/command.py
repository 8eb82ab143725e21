"""The command line: Hydra composes, one verb runs, and every error is one clear line."""

from __future__ import annotations

import logging
import os
import re
import sys
from importlib import resources
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from sqlalchemy.exc import SQLAlchemyError

from loop import verbs
from loop.build import CampaignError, announce, make_importable
from loop.home import HomeError
from loop.objective import ObjectiveError
from loop.schema import register
from loop.tiers import TierError
from molecules import InvalidMoleculeError
from molecules.library import LibraryError
from molecules.tables import StoreError
from oracles.base import OracleUnavailableError

PATH_KEYS = ("do.file", "do.smiles", "do.molecules", "home", "library", "source.path")
"""Values that are quoted before Hydra parses them: spaces, Hangul and SMILES are ordinary."""
OPTIONS_WITH_VALUE = (
    *("--config-dir", "-cd", "--config-name", "-cn", "--config-path", "-cp"),
    *("--cfg", "-c", "--info", "-i", "--package", "-p", "--experimental-rerun"),
)
USER_ERRORS = (
    HydraException,
    OmegaConfBaseException,
    CampaignError,
    HomeError,
    ObjectiveError,
    StoreError,
    TierError,
    InvalidMoleculeError,
    LibraryError,
    OracleUnavailableError,
    SQLAlchemyError,
    OSError,
    ImportError,
)
failures: list[Exception] = []
"""Errors of the verb that ran, for `run_command` to say in one line."""


def run_command() -> int:
    """Compose the configuration from sys.argv and run its verb; return the exit code."""
    os.environ["HYDRA_FULL_ERROR"] = "1"  # errors reach us instead of Hydra's own exit
    logging.basicConfig(format="%(message)s", level=logging.WARNING, stream=sys.stderr, force=True)
    logging.getLogger("loop").setLevel(logging.INFO)
    sys.argv[1:] = [quote(argument) for argument in options_first(sys.argv[1:])]
    make_importable([Path.cwd(), *config_folders(sys.argv[1:])])
    register()
    failures.clear()
    try:
        _launch()
    except KeyboardInterrupt:
        print(
            "stopped; every outcome so far is committed, the same command resumes", file=sys.stderr
        )
        return 130
    except USER_ERRORS as error:
        failures.append(error)
    except SystemExit as stop:  # argparse has already said what it did not understand
        return 0 if stop.code in (0, None) else 1
    for failure in failures[:1]:
        print(f"error: {one_line(failure)}", file=sys.stderr)
    return 1 if failures else 0


@hydra.main(version_base="1.3", config_path="pkg://conf", config_name="loop")
def _launch(cfg: DictConfig) -> None:
    try:
        _dispatch(cfg)
    except USER_ERRORS as error:  # kept from Hydra, which would add a line of its own
        failures.append(error)


def _dispatch(cfg: DictConfig) -> None:
    runtime = HydraConfig.get()
    choices = runtime.runtime.choices
    if "campaign" not in choices:
        raise CampaignError(
            f"Choose a campaign: python -m loop +campaign=NAME ({', '.join(campaigns())}, or your "
            "own with --config-dir DIR)"
        )
    verb = str(choices["do"])
    if verb not in verbs.VERBS:
        raise CampaignError(f"got do={verb}, expected one of {', '.join(verbs.VERBS)}")
    is_sweep = runtime.mode == RunMode.MULTIRUN
    if is_sweep and verb != "simulate":
        raise CampaignError(
            f"got -m with do={verb}: its jobs would share one home; expected do=simulate, where "
            "every job has its own"
        )
    missing = OmegaConf.missing_keys(cfg)
    if missing:
        raise CampaignError(f"got no value for {', '.join(sorted(missing))}; give it as KEY=VALUE")
    if verb in ("run", "ask", "plan", "simulate"):
        announce(cfg)
    verbs.VERBS[verb](cfg)


def options_first(arguments: list[str]) -> list[str]:
    """Put Hydra's options before the overrides, where its parser wants them."""
    options, overrides = [], []
    waiting = iter(arguments)
    for argument in waiting:
        if argument in OPTIONS_WITH_VALUE:
            options += [argument, *[value for value in (next(waiting, None),) if value]]
        elif argument.startswith("-"):
            options.append(argument)
        else:
            overrides.append(argument)
    # `--` ends the options: --info takes an optional value, which must not eat an override.
    return [*options, "--", *overrides] if options and overrides else [*options, *overrides]


def quote(argument: str) -> str:
    """Quote the value of a path-like key for Hydra's grammar; leave everything else alone."""
    key, equals, value = argument.partition("=")
    if key.lstrip("+") not in PATH_KEYS or not equals or re.fullmatch(r"'.*'|\".*\"|null|", value):
        return argument
    return (
        f"{key}='"
        + re.sub(r"(\\*)('|$)", lambda m: m[1] * 2 + ("\\'" if m[2] else ""), value)
        + "'"
    )


def config_folders(arguments: list[str]) -> list[Path]:
    """Folders named by --config-dir: the user's own modules may live beside a campaign."""
    folders = []
    for position, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name in ("--config-dir", "-cd"):
            folders.append(value if equals else "".join(arguments[position + 1 : position + 2]))
    return [Path(folder) for folder in folders if folder]


def campaigns() -> list[str]:
    """Names of the campaigns that ship with the package."""
    folder = resources.files("conf") / "campaign"
    return sorted(
        p.name.removesuffix(".yaml") for p in folder.iterdir() if p.name.endswith(".yaml")
    )


def one_line(error: BaseException) -> str:
    """The message of an error as one line, with the cause where the message alone says little."""
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, HydraException) and error.__cause__ is not None:
        text = f"{text} ({' '.join(str(error.__cause__).split())})"
    if "is not a subclass of GoalConfig" in text:
        text = f"{text.split(' (Invalid')[0]}; add a goal in a campaign file of your own instead"
    if "campaign/" in text and ("Could not find" in text or "not found" in text):
        expected = f"expected one of {', '.join(campaigns())}, or --config-dir DIR with your own"
        text = f"{text.split(' Available')[0]}; {expected}"
    return text
