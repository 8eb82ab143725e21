"""The command line of every room: Hydra composes, a verb runs, an error is one clear line."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Callable, Collection
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

PATH_KEYS = (
    *("home", "library", "catalogue"),
    *("do.file", "do.smiles", "do.molecules", "do.add", "do.veto", "do.reason", "do.template"),
    *("do.cell", "do.name", "do.replace"),
    *("source.path", "source.identifiers", "source.inchikeys", "source.split", "source.table"),
    *("source.uncharacterized", "source.smiles", "source.identifier", "source.name"),
)
"""Values that are quoted before Hydra parses them: spaces, Hangul and SMILES are ordinary."""
OPTIONS_WITH_VALUE = (
    *("--config-dir", "-cd", "--config-name", "-cn", "--config-path", "-cp"),
    *("--cfg", "-c", "--info", "-i", "--package", "-p", "--experimental-rerun"),
)


class CommandError(ValueError):
    """A command that asks for what there is not."""


CONFIGURATION_ERRORS = (
    *(CommandError, HydraException, OmegaConfBaseException),
    *(OSError, ImportError),
)
"""What a user can mend in any room."""


def run(
    config_name: str,
    dispatch: Callable[[DictConfig], None],
    user_errors: tuple[type[Exception], ...],
    stopped: str,
    say: Callable[[BaseException], str] | None = None,
) -> int:
    """Compose conf/`config_name`.yaml from sys.argv and run its verb; return the exit code.

    Args:
        config_name: of the root configuration.
        dispatch: runs the verb of a composed configuration.
        user_errors: besides those of the configuration, errors to say in one line.
        stopped: what to tell who pressed Ctrl-C.
        say: an error as one line; by default `one_line`.
    """
    os.environ["HYDRA_FULL_ERROR"] = "1"  # errors reach us instead of Hydra's own exit
    logging.basicConfig(format="%(message)s", level=logging.WARNING, stream=sys.stderr, force=True)
    sys.argv[1:] = [quote(argument) for argument in options_first(sys.argv[1:])]
    expected: tuple[type[Exception], ...] = (*CONFIGURATION_ERRORS, *user_errors)
    failures: list[Exception] = []

    def task(cfg: DictConfig) -> None:
        try:
            dispatch(cfg)
        except expected as error:  # kept from Hydra, which would add a line of its own
            failures.append(error)

    launch = hydra.main(version_base="1.3", config_path="pkg://conf", config_name=config_name)
    try:
        launch(task)()
    except KeyboardInterrupt:
        print(stopped, file=sys.stderr)
        return 130
    except expected as error:
        failures.append(error)
    except SystemExit as stop:  # argparse has already said what it did not understand
        return 0 if stop.code in (0, None) else 1
    for failure in failures[:1]:
        print(f"error: {(say or one_line)(failure)}", file=sys.stderr)
    return 1 if failures else 0


def verb_of(verbs: Collection[str]) -> str:
    """The verb of the configuration that is being run.

    Raises:
        CommandError: it is none of `verbs`.
    """
    verb = str(HydraConfig.get().runtime.choices["do"])
    if verb not in verbs:
        raise CommandError(f"got do={verb}, expected one of {', '.join(verbs)}")
    return verb


def is_sweep() -> bool:
    """Whether the command was given with -m."""
    return HydraConfig.get().mode == RunMode.MULTIRUN


def require_values(cfg: DictConfig) -> None:
    """Refuse a configuration in which a value is still to be given; raises CommandError."""
    missing = OmegaConf.missing_keys(cfg)
    if missing:
        raise CommandError(f"got no value for {', '.join(sorted(missing))}; give it as KEY=VALUE")


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
    """Folders named by --config-dir: the user's own modules may live beside a configuration."""
    folders = []
    for position, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name in ("--config-dir", "-cd"):
            folders.append(value if equals else "".join(arguments[position + 1 : position + 2]))
    return [Path(folder) for folder in folders if folder]


def one_line(error: BaseException) -> str:
    """The message of an error as one line, with the cause where the message alone says little."""
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, HydraException) and error.__cause__ is not None:
        text = f"{text} ({' '.join(str(error.__cause__).split())})"
    return text
