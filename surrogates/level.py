"""Level: where a quantity lies and how far it ranges, before and after a few labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Level:
    """Centre and prior standard deviation of a quantity over molecules, in its unit."""

    centre: float
    width: float


# GFN2/ALPB (hydration GFN1/ALPB) over small polar organic molecules: the project's own trial
# computations, rounded and widened. They only matter until a few labels are known.
EXPECTED: Mapping[str, Level] = {
    "homo": Level(-10.5, 1.5),
    "lumo": Level(-4.5, 3.0),
    "gap": Level(5.0, 2.5),
    "dipole": Level(4.0, 3.0),
    "hydration_free_energy": Level(-6.0, 5.0),
    "zn_exchange_energy": Level(0.0, 6.0),
    "zn_exchange_free_energy_conditional": Level(1.0, 5.0),
    "reduction_potential_vs_zn": Level(-2.5, 1.7),
}
UNKNOWN = Level(0.0, 10.0)
"""Of a quantity that nobody has said anything about."""
DOUBT = 0.1
"""Labels' worth of the assumption that an unknown quantity ranges as widely as it is large."""


def level(quantity: str, values: Tensor) -> Level:
    """Estimate the level of `quantity` from its labelled `values`, `n`, n >= 0.

    A quantity of `EXPECTED` starts there, with the weight of one label. Any other is centred on
    its labels; flipping the sign of all its values flips the centre and nothing else.
    """
    n = len(values)
    expected = EXPECTED.get(quantity)
    if expected is not None:
        centre = (expected.centre + float(values.sum())) / (1 + n)
        spread = float((values - centre).square().sum()) + (expected.centre - centre) ** 2
        return Level(centre, ((expected.width**2 + spread) / (1 + n)) ** 0.5)
    if not n:
        return UNKNOWN
    centre = float(values.mean())
    spread = float((values - centre).square().sum())
    assumed = max(abs(centre), 1.0)
    return Level(centre, ((DOUBT * assumed**2 + spread) / (DOUBT + n - 1)) ** 0.5)
