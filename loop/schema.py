"""The root keys of a campaign's configuration, typed: a misspelt key or a wrong type is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING

from loop.objective import SPECIES


@dataclass
class GoalConfig:
    """One wish about one quantity; see loop.objective.Goal."""

    kind: str = MISSING
    low: float | None = None
    high: float | None = None
    softness: float = 0.0
    weight: float = 1.0
    role: str = "objective"
    tier: str | None = None
    mode: str | None = None
    applies_to: list[str] = field(default_factory=lambda: list(SPECIES))
    quantity: str = ""


@dataclass
class ObjectiveConfig:
    """What the campaign wants."""

    mode: str = "inert"
    goals: dict[str, GoalConfig] = field(default_factory=dict)


@dataclass
class LimitConfig:
    """A limit on questions and on oracle seconds; null = no limit."""

    calls: int | None = None
    seconds: float | None = None
    per_round: int | None = None
    """Questions of one round."""


@dataclass
class BudgetConfig(LimitConfig):
    """Limits in all, and per tier by oracle name."""

    tiers: dict[str, Any] = field(default_factory=dict)
    """Each a LimitConfig. Declared open, because OmegaConf refuses a new entry of a typed mapping
    on the command line (+budget.tiers.xtb.calls=100); loop.build checks it."""


@dataclass
class PoolConfig:
    """How many molecules a round chooses from."""

    library: int = 1500
    generated: int = 1500
    per_scaffold: int = 3
    ph: float | None = None
    """Molecules are asked about in the form that water of this pH has; null: as drawn."""


@dataclass
class LoopConfig:
    """Root keys of conf/loop.yaml."""

    name: str = MISSING
    home: str = "experiments/${name}"
    seed: int = 0
    rounds: int = 10
    batch: int = 8
    threads: int = 1
    costs: str = "fixed"
    library: str = "library"
    catalogue: str | None = None
    budget: BudgetConfig = field(default_factory=BudgetConfig)
    pool: PoolConfig = field(default_factory=PoolConfig)
    oracles: dict[str, Any] = field(default_factory=dict)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    surrogate: Any = MISSING
    generators: dict[str, Any] = field(default_factory=dict)
    acquisition: Any = MISSING
    filters: Any = MISSING
    screen: Any = MISSING
    workers: Any = MISSING
    store: Any = MISSING
    tracking: Any = MISSING
    do: Any = None


def register() -> None:
    """Make the schema known to Hydra under the name that conf/loop.yaml extends."""
    ConfigStore.instance().store(name="loop_schema", node=LoopConfig)
