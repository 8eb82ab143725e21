"""Checkpoint: what a generator has learned, kept in a folder so that a killed run continues."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

STATE = "state.json"


class CheckpointError(ValueError):
    """A checkpoint that cannot be read."""


@dataclass(frozen=True)
class State:
    """Counters of a GFlowNet between two updates; weights are kept beside it."""

    n_updates: int = 0
    n_since_reset: int = 0
    n_objectives: int = 0
    """0: never updated, the agent is the prior."""
    betas: tuple[float, float] = (0.0, 0.0)
    prior: str = ""
    """Fingerprint of the prior that the agent was made from."""
    valid: float = 1.0
    unique: float = 1.0
    best: tuple[str, ...] = ()
    """SMILES of the best of replay, which the next update starts with."""


def save(folder: Path, state: State, weights: Mapping[str, Tensor]) -> None:
    """Write weights and then, atomically, the state that names them: a kill loses nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"weights-{state.n_updates}.safetensors"
    _replace(file, lambda temporary: save_file(dict(weights), temporary))
    text = json.dumps(asdict(state) | {"weights": file.name}, indent=1)
    _replace(folder / STATE, lambda temporary: temporary.write_text(text, "utf-8"))
    for old in folder.glob("weights-*.safetensors"):
        if old != file:
            old.unlink()


def load(folder: Path) -> tuple[State, dict[str, Tensor]] | None:
    """The last state that was saved and its weights, or None where there is none.

    Raises:
        CheckpointError: there is one that cannot be read.
    """
    if not (folder / STATE).exists():
        return None
    try:
        stored = json.loads((folder / STATE).read_text("utf-8"))
        # A name alone: a state file handed in by someone cannot reach outside its folder.
        weights = load_file(folder / Path(stored.pop("weights")).name)
        stored |= {name: tuple(stored[name]) for name in ("betas", "best")}
        return State(**stored), weights
    except (ValueError, KeyError, TypeError, OSError, SafetensorError) as error:
        raise CheckpointError(
            f"got a checkpoint in {folder} that cannot be read ({error}), expected what an update "
            "saved there; remove the folder to be rid of this message"
        ) from error


def _replace(file: Path, write: Callable[[Path], object]) -> None:
    temporary = file.with_suffix(".tmp")
    write(temporary)
    with temporary.open("rb") as written:
        os.fsync(written.fileno())
    temporary.replace(file)
