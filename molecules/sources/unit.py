"""Units as people write them, and what makes the vocabulary's units of them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from scipy.constants import (
    Avogadro,
    atm,
    bar,
    calorie,
    centi,
    elementary_charge,
    hecto,
    kilo,
    liter,
    mega,
    milli,
    psi,
    torr,
    zero_Celsius,
)

ELECTRONVOLT = Avogadro * elementary_charge
"""J/mol."""
UNITS: Mapping[str, Mapping[str, float]] = {
    "K": dict.fromkeys(("K", "Kelvin", "kelvin", "degC", "C", "Celsius", "celsius"), 1.0),
    "Pa": {
        **{"Pa": 1.0, "hPa": hecto, "kPa": kilo, "MPa": mega, "bar": bar, "mbar": milli * bar},
        **{"atm": atm, "torr": torr, "mmHg": torr, "psi": psi},
    },
    "m^3/mol": {
        **{"m3/mol": 1.0, "dm3/mol": liter, "cm3/mol": centi**3},
        **{"L/mol": liter, "l/mol": liter, "mL/mol": milli * liter},
    },
    "kJ/mol": {
        **{"J/mol": 1 / kilo, "kJ/mol": 1.0, "cal/mol": calorie / kilo, "kcal/mol": calorie},
    },
    "J/(mol K)": {
        **{"J/mol/K": 1.0, "kJ/mol/K": kilo, "cal/mol/K": calorie, "kcal/mol/K": kilo * calorie},
    },
    "eV": {
        **{"eV": 1.0, "J/mol": 1 / ELECTRONVOLT, "kJ/mol": kilo / ELECTRONVOLT},
        **{"kcal/mol": kilo * calorie / ELECTRONVOLT},
    },
}
"""Unit of the vocabulary -> unit as `plain_unit` writes it -> factor, from scipy.constants."""
OFFSETS = dict.fromkeys(("degC", "C", "Celsius", "celsius"), zero_Celsius)
"""K, to be added; the calorie is the thermochemical one, 4.184 J."""


def plain_unit(text: str) -> str:
    """A unit without blanks, dots, brackets and negative powers: J mol-1 K-1 is J/mol/K."""
    text = text.translate(str.maketrans("−⁻³¹", "--31", " .*·⋅()^°"))
    text = re.sub(r"(mol|K)-1", r"/\1", text)
    return re.sub(r"/mol-?K\Z|/K/?mol\Z", "/mol/K", text)
