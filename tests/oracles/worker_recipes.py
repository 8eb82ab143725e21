"""Recipes that the tests run in real worker processes."""

import ctypes
import time
from dataclasses import dataclass

from molecules import Quantity, Status
from oracles.base import OracleError
from oracles.recipes.base import Answered


@dataclass(frozen=True)
class Doubtful:
    """Ends in the trouble that it is told."""

    trouble: str
    method: str = "trouble"
    version: str = "1"

    @property
    def quantities(self):
        return (Quantity("doubt", "1"),)

    def reference(self, seed):
        return None

    def answer(self, subject, reference):
        if self.trouble == "segfault":
            ctypes.string_at(0)
        if self.trouble == "hang":
            time.sleep(1000)
        if self.trouble == "raise":
            raise ValueError("told so")
        raise OracleError(Status.DONOR_LOST, "as told")


@dataclass(frozen=True)
class Referenced:
    """Answers its reference; a negative one cannot be computed."""

    value: float
    method: str = "reference"
    version: str = "1"

    @property
    def quantities(self):
        return (Quantity("referenced", "1"),)

    def reference(self, seed):
        if self.value < 0:
            raise OracleError(Status.NOT_CONVERGED, "negative")
        return {"value": self.value}

    def answer(self, subject, reference):
        return Answered({"referenced": (reference["value"], 0.0)})


@dataclass(frozen=True)
class Partial:
    """Answers one quantity by a calibration and refuses the other."""

    method: str = "partial"
    version: str = "1"

    @property
    def quantities(self):
        return (Quantity("told", "1"), Quantity("untold", "1"))

    def reference(self, seed):
        return None

    def answer(self, subject, reference):
        return Answered(
            {"told": (1.0, 0.1)},
            refused={"untold": (Status.NOT_CONVERGED, "as told")},
            calibrations={"told": "line-1: water"},
        )
