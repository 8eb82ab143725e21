"""The contract of every oracle: who answers what, at which tier, at what cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from molecules import Calculation, Molecule, Outcome, Quantity, Status

Json = Mapping[str, Any]
"""A value that survives a round trip through JSON."""


class OracleError(Exception):
    """An evaluation that has no number to give; becomes a Failure with this status."""

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class OracleUnavailableError(RuntimeError):
    """An oracle that cannot answer anything now: no molecule's fault, so never a Failure."""


@dataclass(frozen=True)
class Cost:
    """Expected seconds of one query: constant + scale * heavy_atoms ** power.

    Hydrogens are not counted: they come with the heavy atoms, and where a heavy atom has four
    orbitals in a minimal basis a hydrogen has one.
    """

    constant: float = 0.0
    scale: float = 0.0
    power: float = 1.0

    def __post_init__(self) -> None:
        if min(self.constant, self.scale, self.power) < 0:
            raise ValueError(
                f"got constant={self.constant}, scale={self.scale}, power={self.power}; expected "
                "none below 0: seconds that fall with the size of a molecule mean nothing"
            )

    def __call__(self, molecule: Molecule) -> float:
        """Expected seconds of one query about `molecule`."""
        return float(self.constant + self.scale * molecule.n_heavy**self.power)


@dataclass(frozen=True)
class Task:
    """One evaluation for a worker process; the same key is never computed twice."""

    key: str
    """Content hash of everything that decides the answer."""
    function: str
    """`package.module:name` of a generator function of `payload` that yields JSON parts."""
    payload: Json
    timeout_s: float


@dataclass(frozen=True)
class Answer:
    """What came back for a task: the parts it had yielded, and how it ended."""

    key: str
    parts: Sequence[Json]
    status: Status
    """ok, or why it ended (timeout, crashed, the status of an OracleError); its parts are kept."""
    reason: str = ""
    seconds: float = 0.0


class Workers(Protocol):
    """Processes that run tasks in isolation: a crash or a hang ends one task and nothing else."""

    def run(self, tasks: Sequence[Task]) -> Iterator[Answer]:
        """Yield one Answer a task, as known; finished tasks of an earlier run are not repeated."""


class Calculations(Protocol):
    """The calculation cache in the store."""

    def get(self, key: str) -> Calculation | None:
        """The calculation of this key, or None."""

    def put(self, calculation: Calculation) -> None:
        """Remember; the same key twice is ignored."""


class Oracle(Protocol):
    """Something that answers quantities about molecules."""

    name: str
    tier: int
    """Rank of trust; a quantity's ladder is its oracles sorted by tier."""
    quantities: tuple[Quantity, ...]
    cost: Cost

    def open(self, workers: Workers, calculations: Calculations) -> None:
        """Take what is needed to answer; called once before the first query."""

    def query(self, molecules: Sequence[Molecule]) -> Iterator[Outcome]:
        """Yield exactly one outcome a molecule and quantity, as known.

        A Failure with `quantity=None` stands for all quantities of that molecule. Never raises
        for one molecule's trouble.
        """
