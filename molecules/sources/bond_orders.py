"""Bond orders of a computed geometry: the Lewis structure of the least formal charge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import dist, isfinite

import numpy as np
from rdkit import Chem
from rdkit.Geometry import Point3D
from scipy.optimize import Bounds, LinearConstraint, milp

IONS = dict.fromkeys(("Li", "Na", "K", "Rb", "Cs"), 1) | dict.fromkeys(
    ("Be", "Mg", "Ca", "Sr", "Ba", "Zn"), 2
)
"""Metals that are written as ions beside their ligands, with their usual charge."""
LOWEST_CHARGE = {"C": -2, "N": -2, "O": -2, "S": -2, "Si": -2}
HIGHEST_CHARGE = {"Cl": 3, "Br": 3}
"""As in perchlorate, which RDKit writes with single bonds; other elements end at -1 and 1."""
COVALENT = frozenset(("H", "B", "C", "N", "O", "F", "Al", "Si", "P", "S", "Cl", "Br", "I"))
COSTS = {
    **{("C", -1): 1.3, ("O", -1): 1.05, ("S", -1): 0.9, ("H", -1): 1.2},
    **{("C", 1): 1.5, ("O", 1): 1.2, ("S", 1): 1.1, ("H", 1): 1.5},
}
"""Of a formal charge, 1 elsewhere; they choose between Lewis structures as chemists draw them:
[N-] in a sulfonimide or an amide, [O-] in an enolate, [n+] in a thiazolium."""
HIGHER_VALENCE = 0.3
"""Less than two formal charges: dimethyl sulfoxide has a double bond."""
TRIPLE_BOND = 0.05
UNUSUAL_ION = 2.0
"""An electron, where the calculation gives no charges of the atoms."""
LARGEST_DIFFERENCE = 0.6
"""e; an ion whose natural charge differs more is none. Without natural charges only metals are
cations, so that an atom whose bonds are missing is not taken for a proton."""
LONGEST_BOND = 1.6
"""Of the covalent radii's sum; a longer one is none, or of atoms counted in another way."""
SECONDS = 20.0
DIMENSIONS = 3
Bond = tuple[int, int]


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

    def __post_init__(self) -> None:
        lengths = {len(self.spins), len(self.charges)} - {0}
        if len(self.positions) != len(self.elements) or lengths - {len(self.elements)}:
            raise ValueError("got positions, spins or charges of another number of atoms")
        numbers = (*self.spins, *self.charges, *(x for xyz in self.positions for x in xyz))
        if any(len(xyz) != DIMENSIONS for xyz in self.positions) or not all(map(isfinite, numbers)):
            raise ValueError("got positions, spins or charges that are no finite numbers")


@dataclass(frozen=True, slots=True)
class State:
    """What an atom of a Lewis structure may be."""

    charge: int
    valence: int
    """Sum of its bond orders."""
    cost: float


def lewis_smiles(geometry: Geometry) -> str | None:
    """SMILES with charges, unpaired electrons and stereo; None where no Lewis structure fits.

    Unpaired electrons sit where the spin density is highest. Metals and lone atoms are ions.
    Every other atom has a valence of the element of as many electrons (N+ as C, O- as F). Among
    all that is left an integer programme finds the structure of the lowest cost: one state an
    atom, valence = sum of bond orders, sum of formal charges = charge.
    """
    unpaired = _unpaired(geometry)
    bonds = _covalent_bonds(geometry)
    if unpaired is None or bonds is None:
        return None
    states = [_states(geometry, atom, n, bonds) for atom, n in enumerate(unpaired)]
    found = _cheapest(states, bonds, geometry.charge) if all(states) else None
    return _smiles(geometry, bonds, unpaired, *found) if found else None


def _unpaired(geometry: Geometry) -> list[int] | None:
    """Unpaired electrons an atom, each put where the most spin density is left."""
    electrons = geometry.multiplicity - 1
    left = list(geometry.spins)
    if len(geometry.elements) == 1 and not left:
        left = [electrons]
    if electrons and not left:
        return None
    counts = [0] * len(geometry.elements)
    for _ in range(electrons):
        atom = left.index(max(left))
        left[atom] -= 1
        counts[atom] += 1
    return counts


def _covalent_bonds(geometry: Geometry) -> list[Bond] | None:
    """Bonds between atoms that are no ions."""
    elements, positions = geometry.elements, geometry.positions
    if not COVALENT.union(IONS).issuperset(elements):
        return None
    radii = [Chem.GetPeriodicTable().GetRcovalent(element) for element in elements]
    bonds = sorted({(min(bond), max(bond)) for bond in geometry.bonds})
    covalent = []
    for a, b in bonds:
        if not 0 <= a < b < len(elements):
            return None
        if elements[a] in IONS or elements[b] in IONS:
            continue
        if not dist(positions[a], positions[b]) <= LONGEST_BOND * (radii[a] + radii[b]):
            return None
        covalent.append((a, b))
    return covalent


def _states(geometry: Geometry, atom: int, unpaired: int, bonds: Sequence[Bond]) -> list[State]:
    element = geometry.elements[atom]
    if element in IONS:
        ions = [State(IONS[element] - n, 0, UNUSUAL_ION * n) for n in (unpaired, unpaired + 2)]
        choices = [ion for ion in ions if ion.charge >= 0]
    else:
        choices = list(_valences(element, unpaired))
        if any(atom in bond for bond in bonds):
            return choices
        if not geometry.charges:
            return [ion for ion in choices if ion.charge <= 0]
    if not geometry.charges:
        return choices
    natural = geometry.charges[atom]
    compared = [State(ion.charge, ion.valence, abs(ion.charge - natural)) for ion in choices]
    return [ion for ion in compared if ion.cost <= LARGEST_DIFFERENCE]


def _valences(element: str, unpaired: int) -> Iterator[State]:
    """By charge, the valences of the element with as many electrons."""
    table = Chem.GetPeriodicTable()
    for charge in range(LOWEST_CHARGE.get(element, -1), HIGHEST_CHARGE.get(element, 1) + 1):
        cost = COSTS.get((element, charge), abs(charge) ** 1.5)
        n_protons = table.GetAtomicNumber(element) - charge
        valences = list(table.GetValenceList(n_protons)) if n_protons else [0]
        for rank, valence in enumerate(valences[:1] if element in HIGHEST_CHARGE else valences):
            if valence >= unpaired:
                yield State(charge, valence - unpaired, cost + HIGHER_VALENCE * rank)


def _cheapest(
    states: Sequence[Sequence[State]], bonds: Sequence[Bond], charge: int
) -> tuple[list[State], list[int]] | None:
    """State of every atom and order of every bond.

    The unknowns are 0 or 1: one a state (is it this atom's?), then one a bond (is it at least
    double?), then one a bond (is it triple?).
    """
    flat = [(atom, state) for atom, choices in enumerate(states) for state in choices]
    n_states, n_bonds = len(flat), len(bonds)
    cost = [state.cost for _, state in flat] + [0.0] * n_bonds + [TRIPLE_BOND] * n_bonds
    found = milp(
        cost,
        integrality=np.ones(len(cost)),
        bounds=Bounds(0, 1),
        constraints=_constraints(flat, len(states), bonds, charge),
        options={"time_limit": SECONDS},
    )
    if not found.success:
        return None
    x = np.rint(found.x).astype(int)
    orders = 1 + x[n_states : n_states + n_bonds] + x[n_states + n_bonds :]
    chosen = [state for is_chosen, (_, state) in zip(x, flat, strict=False) if is_chosen]
    return chosen, orders.tolist()


def _constraints(
    flat: Sequence[tuple[int, State]], n_atoms: int, bonds: Sequence[Bond], charge: int
) -> list[LinearConstraint]:
    """On the unknowns of `_cheapest`, `n_states + 2 n_bonds` columns."""
    n_states, n_bonds = len(flat), len(bonds)
    one_state, valence = np.zeros((2, n_atoms, n_states + 2 * n_bonds))
    charges = np.zeros(n_states + 2 * n_bonds)
    for column, (atom, state) in enumerate(flat):
        one_state[atom, column] = 1
        valence[atom, column] = state.valence
        charges[column] = state.charge
    degrees = np.zeros(n_atoms)
    triple_is_double = np.zeros((n_bonds, n_states + 2 * n_bonds))
    for number, bond in enumerate(bonds):
        double, triple = n_states + number, n_states + n_bonds + number
        degrees[list(bond)] += 1
        valence[np.ix_(bond, (double, triple))] = -1
        triple_is_double[number, [double, triple]] = 1, -1
    return [
        LinearConstraint(one_state, 1, 1),
        LinearConstraint(valence, degrees, degrees),
        LinearConstraint(charges, charge, charge),
        *([LinearConstraint(triple_is_double, 0)] if bonds else []),
    ]


def _smiles(
    geometry: Geometry,
    bonds: Sequence[Bond],
    unpaired: Sequence[int],
    states: Sequence[State],
    orders: Sequence[int],
) -> str | None:
    mol = Chem.RWMol()
    conformer = Chem.Conformer(len(states))
    for index, (element, state) in enumerate(zip(geometry.elements, states, strict=True)):
        atom = Chem.Atom(element)
        atom.SetFormalCharge(state.charge)
        atom.SetNumRadicalElectrons(unpaired[index])
        atom.SetNoImplicit(True)
        mol.AddAtom(atom)
        conformer.SetAtomPosition(index, Point3D(*geometry.positions[index]))
    for (begin, end), order in zip(bonds, orders, strict=True):
        mol.AddBond(begin, end, Chem.BondType.values[int(order)])
    mol.AddConformer(conformer)
    try:
        Chem.SanitizeMol(mol)
        Chem.AssignStereochemistryFrom3D(mol)
    except (Chem.MolSanitizeException, RuntimeError):  # RuntimeError: two atoms in one place
        return None
    return str(Chem.MolToSmiles(Chem.RemoveHs(mol)))
