"""Claws: conformers of a ligand that hold a metal ion with several donors at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import rdDistGeom, rdForceFieldHelpers

from molecules import Molecule
from molecules.geometry import with_hydrogens
from oracles.recipes.bonds import has_same_bonds
from oracles.recipes.shell import bond_length

STEPS = 1000
STIFFNESS = 500.0
"""kcal/mol/angstrom^2 of the bonds to the metal: strong enough to bend any single bond."""
SLACK = 0.02
"""Angstrom that a bond to the metal may be off."""
LONGEST_ERROR = 0.3
"""Angstrom; where a donor ends farther from its bond length, the claw did not close."""
CLEARANCE = {True: 2.4, False: 2.7}
"""Angstrom between the metal and a hydrogen (True) or another atom that is no donor."""
BITE = (2.6, 4.3)
"""Angstrom between two donors on an octahedron: neighbours to opposite corners."""


@dataclass(frozen=True)
class Claw:
    """A ligand and the place where it holds the metal."""

    ligand: Atoms
    center: NDArray[np.float64]
    """Angstrom, `3`."""


def claws(molecule: Molecule, donors: Sequence[int], n: int, seed: int) -> list[Claw]:
    """At most `n` claws, lowest force-field energy first; empty where none closes.

    ETKDGv3 conformers, relaxed by MMFF94 (UFF where that has no parameters) together with an
    extra point, the metal, that is bound to the donors and repels all other atoms.
    """
    mol = with_hydrogens(molecule)
    parameters: Any = rdDistGeom.ETKDGv3()
    parameters.randomSeed = seed + 1  # RDKit multiplies it
    parameters.useRandomCoords = True
    ids = list(rdDistGeom.EmbedMultipleConfs(mol, 2 * n, parameters))
    closed = [found for k in ids if (found := _closed(mol, k, donors)) is not None]
    closed.sort(key=lambda found: found[0])
    return [claw for _, claw in closed[:n]]


def _closed(mol: Chem.Mol, conformer: int, donors: Sequence[int]) -> tuple[float, Claw] | None:
    """Force-field energy (kcal/mol) and claw, or None where the donors do not reach the metal."""
    field = _force_field(mol, conformer)
    if field is None:
        return None
    add, force_field = field
    positions = np.array(mol.GetConformer(conformer).GetPositions())
    middle = positions[list(donors)].mean(axis=0)
    outward = middle - positions.mean(axis=0)
    start = middle + 1.5 * outward / max(float(np.linalg.norm(outward)), 1e-6)
    metal = force_field.AddExtraPoint(*map(float, start), fixed=False) - 1
    for atom in mol.GetAtoms():
        index, number = atom.GetIdx(), atom.GetAtomicNum()
        if index in donors:
            length = bond_length(number)
            add(index, metal, False, length - SLACK, length + SLACK, STIFFNESS)
        else:
            add(index, metal, False, CLEARANCE[number == 1], 100.0, STIFFNESS / 10)
    for place, first in enumerate(donors):
        for second in donors[place + 1 :]:
            add(first, second, False, *BITE, STIFFNESS / 10)
    force_field.Initialize()
    force_field.Minimize(maxIts=STEPS)
    found = np.array(force_field.Positions()).reshape(-1, 3)
    ligand, center = found[:-1], found[-1]
    numbers = [atom.GetAtomicNum() for atom in mol.GetAtoms()]
    reach = np.linalg.norm(ligand[list(donors)] - center, axis=1)
    errors = reach - [bond_length(numbers[donor]) for donor in donors]
    claw = Claw(Atoms(numbers, ligand), center)
    is_closed = np.abs(errors).max() <= LONGEST_ERROR
    if not (is_closed and has_same_bonds(Atoms(numbers, positions), claw.ligand)):
        return None
    return float(force_field.CalcEnergy()), claw


def _force_field(mol: Chem.Mol, conformer: int) -> tuple[Any, Any] | None:
    """How to add a distance constraint, and the force field; None where neither has parameters."""
    forces = rdForceFieldHelpers
    if forces.MMFFHasAllMoleculeParams(mol):
        properties = forces.MMFFGetMoleculeProperties(mol)
        field = forces.MMFFGetMoleculeForceField(mol, properties, confId=conformer)
        return field.MMFFAddDistanceConstraint, field
    if forces.UFFHasAllMoleculeParams(mol):
        field = forces.UFFGetMoleculeForceField(mol, confId=conformer)
        return field.UFFAddDistanceConstraint, field
    return None
