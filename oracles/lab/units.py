"""Units: every dose in mol per litre of solution, with the assumptions that this took.

A dose by mass needs the molar mass of what was weighed; wt% and m also the density of the
solution, which no sheet gives: 1 kg/L is assumed, and said.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

from oracles.lab.salts import MOLAR_MASSES

PINT = {
    "mM": "millimol / liter",
    "M": "mol / liter",
    "m": "mol / kilogram",
    "mg/mL": "milligram / milliliter",
    "wt%": "percent",
    "vol%": "percent",
}
"""Our units as pint names them: its own M and m are a molar and a metre."""
DENSITY = "1 kg / liter"
MOST_MOLAR = 60.0
"""mol/L; pure water is 55.5."""


@dataclass(frozen=True)
class Dose:
    """How much of something is in the solution."""

    molar: float | None
    """mol/L; None where it cannot be known."""
    remark: str = ""
    """What was assumed, or what is missing."""


def additive_dose(
    value: float, unit: str, molar_mass: float | None, density: float | None = None
) -> Dose:
    """The dose of an additive.

    Args:
        value: in `unit`.
        unit: one of those of conc_unit.
        molar_mass: of what was weighed, counter-ion included, g/mol; None where unknown.
        density: of the pure additive, g/mL, for vol%.
    """
    if unit not in ("mM", "M") and molar_mass is None:
        return Dose(None, f"no molar mass to convert {unit} to mol/L")
    if unit == "vol%" and density is None:
        return Dose(None, "no density_g_mL to convert vol% to mol/L")
    amount = _quantity(value, unit)
    mass = _quantity(molar_mass or math.nan, "g / mol")
    match unit:
        case "mM" | "M":
            return Dose(_molar(amount))
        case "mg/mL":
            return Dose(_molar(amount / mass))
        case "vol%":
            return Dose(_molar(amount * _quantity(density or math.nan, "g / milliliter") / mass))
        case "wt%":
            molar = _molar(amount * _assumed() / mass)
        case _:
            molar = _molar(amount * _assumed() / (1 + amount * mass))
    return Dose(molar, "assumed a solution of 1 kg/L")


def salt_dose(value: float, unit: str, salt: str) -> Dose:
    """The concentration of the base electrolyte's salt.

    A salt hardly widens water (2 mol/kg of ZnSO4 are 1.9 mol/L), so m is taken per litre.
    """
    amount = _quantity(value, unit)
    if unit in ("mM", "M"):
        return Dose(_molar(amount))
    if unit == "m":
        return Dose(
            _molar(amount * _assumed()), "assumed that 1 kg of water makes 1 L of electrolyte"
        )
    if salt not in MOLAR_MASSES or unit == "vol%":
        return Dose(None, f"no molar mass of {salt!r} to convert {unit} to mol/L")
    return additive_dose(value, unit, MOLAR_MASSES[salt])


@cache
def _registry() -> Any:
    import pint  # a third of a second of loading, for those who import a sheet

    return pint.UnitRegistry()


def _quantity(value: float, unit: str) -> Any:
    return _registry().Quantity(value, PINT.get(unit, unit))


def _assumed() -> Any:
    return _registry().Quantity(DENSITY)


def _molar(quantity: Any) -> float:
    """Mol/L to nine digits: 10 mM and 0.01 M are one dose, whatever the last bit says."""
    return float(f"{quantity.to('mol / liter').magnitude:.9g}")
