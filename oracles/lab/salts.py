"""Salts: one name for each salt of a base electrolyte, however it is spelt, and its molar mass."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

MOLAR_MASSES = {
    "ZnSO4": 161.44,
    "ZnSO4·7H2O": 287.54,
    "ZnCl2": 136.28,
    "Zn(CF3SO3)2": 363.51,
    "Zn(TFSI)2": 625.66,
    "Zn(ClO4)2": 264.28,
    "Zn(ClO4)2·6H2O": 372.37,
    "Zn(NO3)2": 189.39,
    "Zn(NO3)2·6H2O": 297.48,
    "Zn(CH3COO)2": 183.47,
    "Zn(CH3COO)2·2H2O": 219.50,
    "Zn(BF4)2": 238.99,
    "MnSO4": 151.00,
    "Na2SO4": 142.04,
    "KCl": 74.55,
}
"""g/mol, from the standard atomic masses."""
ALIASES = {
    "Zn(OTf)2": "Zn(CF3SO3)2",
    "Zn(SO3CF3)2": "Zn(CF3SO3)2",
    "Zn(OAc)2": "Zn(CH3COO)2",
    "Zn(Ac)2": "Zn(CH3COO)2",
    "Zn(N(CF3SO2)2)2": "Zn(TFSI)2",
    "zinc sulfate": "ZnSO4",
    "zinc chloride": "ZnCl2",
    "zinc triflate": "Zn(CF3SO3)2",
    "zinc acetate": "Zn(CH3COO)2",
    "황산아연": "ZnSO4",
    "염화아연": "ZnCl2",
}


def salt_name(text: str) -> str:
    """The name of a salt that we know, or the text as it is."""
    return _by_spelling().get(_spelling(text), text)


@cache
def _by_spelling() -> dict[str, str]:
    names = {_spelling(name): name for name in MOLAR_MASSES}
    return names | {_spelling(alias): name for alias, name in ALIASES.items()}


def _spelling(text: str) -> str:
    """A text without capitals, blanks and the shapes of digits and dots."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[·•∙⋅.*]", ".", re.sub(r"\s+", "", plain))
