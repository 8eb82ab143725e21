"""A trial: several structures are computed where one that succeeds is enough."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from oracles.base import OracleError
from oracles.engines.base import Species

Found = TypeVar("Found")


def try_each(
    compute: Callable[[Species], Found], structures: Sequence[Species]
) -> dict[int, Found]:
    """Place in `structures` -> what `compute` gives of it; one that fails is left out.

    Raises:
        OracleError: all have failed; the first one's.
    """
    found: dict[int, Found] = {}
    failures: list[OracleError] = []
    for k, structure in enumerate(structures):
        try:
            found[k] = compute(structure)
        except OracleError as error:
            failures.append(error)
    if failures and not found:
        raise failures[0]
    return found
