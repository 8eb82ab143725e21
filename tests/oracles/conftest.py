"""Shared parts of the oracle tests: real workers, a calculation cache in memory."""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # read when tblite is first loaded; two threads are slower

import pytest

from oracles.base import Calculation
from oracles.workers.local import LocalWorkers


class MemoryCalculations:
    """A calculation cache that lives as long as the test."""

    def __init__(self) -> None:
        self.known: dict[str, Calculation] = {}

    def get(self, key: str) -> Calculation | None:
        return self.known.get(key)

    def put(self, calculation: Calculation) -> None:
        self.known.setdefault(calculation.key, calculation)


@pytest.fixture(scope="session")
def workers():
    with LocalWorkers(count=2) as pool:
        yield pool


@pytest.fixture
def calculations():
    return MemoryCalculations()
