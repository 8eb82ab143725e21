"""Label, Failure and Pending: everything an oracle can answer."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

from molecules.molecule import Molecule
from molecules.quantity import Quantity


class Status(StrEnum):
    """What became of one evaluation; only `OK` carries a number."""

    OK = "ok"
    NOT_APPLICABLE = "not_applicable"
    SCF_FAILED = "scf_failed"
    NOT_CONVERGED = "not_converged"
    REARRANGED = "rearranged"
    DONOR_LOST = "donor_lost"
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True)
class Provenance:
    """How, where and when an outcome came to be."""

    method: str = ""
    settings_hash: str = ""
    calibration: str = ""
    versions: str = ""
    seed: int | None = None
    host: str = ""
    started: str = ""
    """UTC, ISO 8601."""
    seconds: float = 0.0
    """Wall seconds; of an evaluation with several outcomes, this outcome's share."""
    cpu_seconds: float = 0.0


UNKNOWN = Provenance()


@dataclass(frozen=True)
class Label:
    """A finite number that an oracle knows about a molecule, with its error."""

    molecule: Molecule
    quantity: Quantity
    value: float
    std: float
    """Standard error of `value` in the quantity's unit; 0 where the oracle is exact."""
    oracle: str
    censored: bool = False
    """True where `value` is a lower bound; an upper one with ("bound", "upper") in `conditions`."""
    conditions: tuple[tuple[str, float | str], ...] = ()
    provenance: Provenance = field(default=UNKNOWN, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise ValueError(
                f"got {self.quantity.name} = {self.value} for {self.molecule}, expected a finite "
                "number; an evaluation without a number is a Failure"
            )
        if not (math.isfinite(self.std) and self.std >= 0):
            raise ValueError(f"got std = {self.std} for {self.molecule}, expected a number >= 0")


@dataclass(frozen=True)
class Failure:
    """An evaluation that gave no number, and why."""

    molecule: Molecule
    oracle: str
    status: str
    reason: str
    quantity: str | None = None
    """The quantity that failed; None: all of the oracle's."""
    provenance: Provenance = field(default=UNKNOWN, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.status not in set(Status) - {Status.OK}:
            raise ValueError(
                f"got status {self.status!r}, expected one of "
                f"{', '.join(s for s in Status if s is not Status.OK)}"
            )
        object.__setattr__(self, "status", str(self.status))

    @property
    def is_applicable(self) -> bool:
        """False where the quantity has no meaning for the molecule; says nothing of feasibility."""
        return self.status != Status.NOT_APPLICABLE


@dataclass(frozen=True)
class Pending:
    """A question that was asked and waits for its answer (a laboratory request)."""

    molecule: Molecule
    oracle: str
    request: str
    quantity: str | None = None
    provenance: Provenance = field(default=UNKNOWN, compare=False, repr=False)


Outcome = Label | Failure | Pending
