"""Making: objects of a configuration, and modules of the user's own."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

log = logging.getLogger("loop")
OWN_PACKAGES = ("molecules", "oracles", "surrogates", "generators", "loop")


class CampaignError(ValueError):
    """A configuration that cannot run."""


def make(choice: DictConfig, where: str, **more: Any) -> Any:
    """Instantiate one `_target_`; its own error is what the user reads.

    Raises:
        CampaignError: the class does not import, or its arguments do not fit.
    """
    try:
        return instantiate(choice, **more)
    except InstantiationException as error:
        cause = error.__cause__ or error
        message = " ".join(str(cause).split())
        raise CampaignError(f"{where}: {message}; check its _target_ and arguments") from error


def announce(cfg: DictConfig) -> None:
    """Say which modules from outside the package this configuration will import."""
    for name in sorted(set(_foreign_modules(OmegaConf.to_container(cfg, resolve=False)))):
        found = importlib.util.find_spec(name)
        origin = found.origin if found else "not found"
        log.info(f"using your module {name} ({origin})")


def _foreign_modules(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key in ("_target_", "function") and isinstance(value, str):
                module = value.partition(":")[0].split(".")[0]
                if module.isidentifier() and module not in OWN_PACKAGES:
                    yield module
            yield from _foreign_modules(value)
    elif isinstance(node, list):
        for value in node:
            yield from _foreign_modules(value)


def make_importable(folders: list[Path]) -> None:
    """Put the user's folders on the import path, for FunctionOracle and own classes."""
    for folder in folders:
        text = str(folder.resolve())
        if text not in sys.path:
            sys.path.append(text)
    importlib.invalidate_caches()
