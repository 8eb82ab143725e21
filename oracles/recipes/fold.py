"""Folds: a ligand relaxed by a force field together with the metal that it holds and its waters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdForceFieldHelpers

from oracles.recipes.start import WATER_DISTANCE, Array, bond_length

STEPS = 1000
STIFFNESS = 500.0
"""kcal/mol/angstrom^2 of the bonds to the metal: strong enough to bend any single bond."""
SLACK = 0.02
"""Angstrom that a bond to the metal may be off."""
CLEARANCE = {True: 2.4, False: 2.7}
"""Angstrom between the metal and a hydrogen (True) or another atom that is no donor."""
WATER_CLEARANCE = {True: 2.2, False: 2.8}
"""Angstrom between the oxygen of a water and a hydrogen (True) or another atom of the ligand."""
BITE = (2.6, 4.3)
"""Angstrom between two donors on an octahedron: neighbours to opposite corners."""
NEIGHBOURS = 2.9
"""Angstrom from a water's oxygen to a donor or water at least; 2.75 would leave it free to twist
to a prism."""
FAR = 100.0
"""Angstrom; no upper bound."""


def has_force_field(mol: Chem.Mol) -> bool:
    """Whether MMFF94 or UFF has parameters for all atoms, as `folded` needs."""
    forces = rdForceFieldHelpers
    return bool(forces.MMFFHasAllMoleculeParams(mol) or forces.UFFHasAllMoleculeParams(mol))


def folded(
    mol: Chem.Mol, conformer: int, donors: Sequence[int], points: Array
) -> tuple[float, Array, Array]:
    """Relax a conformer with extra points: the metal and, after it, the oxygens of its waters.

    The metal is bound to the donors and the waters, and repels all other atoms. The waters keep
    their octahedron and the ligand off the sites that its donors leave.

    Returns:
        Energy (kcal/mol) and positions (angstrom) of the atoms, `n x 3`, and of the metal, `3`.
    """
    add, force_field = _force_field(mol, conformer)
    metal, *waters = [
        force_field.AddExtraPoint(*map(float, point), fixed=False) - 1 for point in points
    ]
    for atom in mol.GetAtoms():
        index, is_hydrogen = atom.GetIdx(), atom.GetAtomicNum() == 1
        if index in donors:
            length = bond_length(atom.GetAtomicNum())
            add(index, metal, False, length - SLACK, length + SLACK, STIFFNESS)
        else:
            add(index, metal, False, CLEARANCE[is_hydrogen], FAR, STIFFNESS / 10)
        for water in waters:
            nearest = NEIGHBOURS if index in donors else WATER_CLEARANCE[is_hydrogen]
            add(index, water, False, nearest, FAR, STIFFNESS / 10)
    for water in waters:
        add(metal, water, False, WATER_DISTANCE - SLACK, WATER_DISTANCE + SLACK, STIFFNESS)
    for first, second in combinations(waters, 2):
        add(first, second, False, NEIGHBOURS, FAR, STIFFNESS / 10)
    for first, second in combinations(donors, 2):
        add(first, second, False, *BITE, STIFFNESS / 10)
    force_field.Initialize()
    force_field.Minimize(maxIts=STEPS)
    positions = np.array(force_field.Positions()).reshape(-1, 3)
    return float(force_field.CalcEnergy()), positions[: mol.GetNumAtoms()], positions[metal]


def _force_field(mol: Chem.Mol, conformer: int) -> tuple[Any, Any]:
    """How to add a distance constraint, and the force field: MMFF94, or UFF where that has none.

    Without electrostatics: they would fold an anion on its own N-H, and in a complex the metal
    holds the anion.
    """
    forces = rdForceFieldHelpers
    if forces.MMFFHasAllMoleculeParams(mol):
        properties = forces.MMFFGetMoleculeProperties(mol)
        properties.SetMMFFEleTerm(False)
        field = forces.MMFFGetMoleculeForceField(mol, properties, confId=conformer)
        return field.MMFFAddDistanceConstraint, field
    field = forces.UFFGetMoleculeForceField(mol, confId=conformer)
    return field.UFFAddDistanceConstraint, field
