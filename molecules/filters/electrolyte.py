"""Filters on what an additive of an aqueous electrolyte must be: soluble, polar, obtainable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from molecules.descriptors import DESCRIPTORS
from molecules.filters.base import require_number
from molecules.molecule import CHARGE_CLASSES, Molecule

Bound = float | Mapping[str, float | None] | None
"""One limit for all, one for each charge class (a class left out has none), or no limit."""


@dataclass(frozen=True)
class Limit:
    """A cheap quantity within limits that may differ from one charge class to another.

    Limits are per class because one number cannot serve all: a tetraalkylammonium ion has no
    polar surface and no hydrogen-bonding site, and dissolves all the same.
    """

    quantity: str
    """Name of a cheap quantity of the vocabulary."""
    low: Bound = None
    high: Bound = None
    name: str = ""
    function: Callable[[Molecule], float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.quantity not in DESCRIPTORS:
            raise ValueError(
                f"got quantity {self.quantity!r}, expected one of {', '.join(DESCRIPTORS)}"
            )
        object.__setattr__(self, "function", DESCRIPTORS[self.quantity])
        object.__setattr__(self, "name", self.name or self.quantity)
        for bound in (self.low, self.high):
            for value in bound.values() if isinstance(bound, Mapping) else (bound,):
                require_number(self.quantity, value)
        object.__setattr__(self, "low", _by_class(self.low, self.quantity))
        object.__setattr__(self, "high", _by_class(self.high, self.quantity))

    def reason(self, molecule: Molecule) -> str | None:
        """Compare the quantity with the limits of the molecule's charge class."""
        charge_class = molecule.charge_class
        low, high = self._limits(charge_class)
        if low is None and high is None:
            return None
        value = self.function(molecule)
        if low is not None and value < low:
            return f"{self.quantity} {value:.2f} < {low:.2f} ({charge_class})"
        if high is not None and value > high:
            return f"{self.quantity} {value:.2f} > {high:.2f} ({charge_class})"
        return None

    def _limits(self, charge_class: str) -> tuple[float | None, float | None]:
        low = self.low.get(charge_class) if isinstance(self.low, Mapping) else None
        high = self.high.get(charge_class) if isinstance(self.high, Mapping) else None
        return low, high


def _by_class(bound: Bound, quantity: str) -> dict[str, float]:
    if bound is None:
        return {}
    if not isinstance(bound, Mapping):
        return dict.fromkeys(CHARGE_CLASSES, float(bound))
    unknown = set(bound) - set(CHARGE_CLASSES)
    if unknown:
        raise ValueError(
            f"got limits of {quantity} for {', '.join(sorted(map(str, unknown)))}, "
            f"expected charge classes: {', '.join(CHARGE_CLASSES)}"
        )
    return {str(name): float(limit) for name, limit in bound.items() if limit is not None}
