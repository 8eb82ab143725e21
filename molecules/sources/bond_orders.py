"""Bond orders of a computed geometry: the Lewis structure of the least formal charge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import dist

import numpy as np
from rdkit import Chem
from rdkit.Geometry import Point3D
from scipy.optimize import Bounds, LinearConstraint, milp

LONGEST_BOND = 3.0
"""Angstrom; a longer one says that bonds and geometry number their atoms in two ways."""
IONS = dict.fromkeys(("Li", "Na", "K", "Rb", "Cs"), 1) | dict.fromkeys(
    ("Be", "Mg", "Ca", "Sr", "Ba", "Zn"), 2
)
"""Metals that are written as ions beside their ligands, with their usual charge."""
COVALENT = frozenset("H B C N O F Al Si P S Cl Ge As Se Br Te I".split())
COSTS = {
    **{("C", -1): 1.3, ("N", -1): 1.0, ("O", -1): 1.05, ("H", -1): 1.2},
    **{("C", 1): 1.5, ("O", 1): 1.2, ("S", 1): 1.1, ("N", 1): 1.0, ("H", 1): 1.5},
}
"""Of a formal charge, by which one of several Lewis structures is chosen: [N-] in a sulfonimide
and an amide, [O-] in an enolate, [N+] in a thiazolium, as chemists draw them."""
COST_OF_HIGHER_VALENCE = 0.3
"""Less than two formal charges: dimethyl sulfoxide has a double bond."""
COST_OF_TRIPLE_BOND = 0.05
COST_OF_UNUSUAL_ION = 2.0
"""An electron; without atomic charges."""
COST_OF_ATOMIC_CHARGE = 10.0
"""An elementary charge between an ion's formal and its natural charge: the calculation knows
better than habit whether magnesium is 2+, 1+ or neutral."""
SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Geometry:
    """A molecule as a quantum-chemical calculation leaves it."""

    elements: Sequence[str]
    positions: Sequence[Sequence[float]]
    """Angstrom."""
    bonds: Sequence[Sequence[int]]
    """Pairs of atoms, counted from 0, without an order."""
    charge: int
    multiplicity: int
    """2 S + 1."""
    spins: Sequence[float] = ()
    """Unpaired electrons an atom; needed where the multiplicity is not 1."""
    charges: Sequence[float] = ()
    """Natural charges of the atoms, e, where the calculation has them."""


@dataclass(frozen=True, slots=True)
class State:
    """What an atom of a Lewis structure may be."""

    charge: int
    valence: int
    """Sum of its bond orders."""
    cost: float


def lewis_smiles(geometry: Geometry) -> str | None:
    """SMILES with charges, unpaired electrons and stereo; None where no Lewis structure fits.

    The unpaired electrons sit where the spin density is highest. Metals and lone atoms are ions.
    Every other atom has a valence of the element with as many electrons (N+ as C, O- as F), and
    the structure of the lowest cost is the answer of an integer programme: one state an atom,
    valence = sum of bond orders, sum of charges = charge.
    """
    unpaired = _unpaired(geometry)
    bonds = _covalent_bonds(geometry)
    if unpaired is None or bonds is None:
        return None
    n_bonds = [sum(atom in bond for bond in bonds) for atom in range(len(unpaired))]
    states = [
        list(_states(geometry, atom, unpaired[atom], n_bonds[atom])) for atom in range(len(n_bonds))
    ]
    found = _cheapest(states, bonds, geometry.charge) if all(states) else None
    if found is None:
        return None
    return _smiles(geometry, bonds, unpaired, *found)
