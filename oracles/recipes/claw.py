"""Claws: conformers of a ligand that hold a metal ion with several donors at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import rdDistGeom
from scipy.spatial.distance import pdist

from molecules import Molecule
from molecules.geometry import with_hydrogens
from oracles.recipes.bonds import has_same_bonds
from oracles.recipes.fold import CLEARANCE, folded, has_force_field
from oracles.recipes.start import WATER_DISTANCE, Array, bond_length, free_sites

ATTEMPTS_PER_CLAW = 6
"""More conformers are folded than claws are asked for: many fold to the same, or do not close."""
LONGEST_ERROR = 0.3
"""Angstrom; where a donor ends farther from its bond length, or another atom is nearer to the
metal than its clearance by more, the claw did not close."""
SAME_ANGSTROM = 0.1
"""Claws of which every distance differs by less are one."""


@dataclass(frozen=True)
class Claw:
    """A ligand and the place where it holds the metal."""

    ligand: Atoms
    center: Array
    """Angstrom, `3`."""


def claws(molecule: Molecule, donors: Sequence[int], n: int, seed: int) -> list[Claw]:
    """At most `n` distinct claws, lowest force-field energy first; empty where none closes.

    ETKDGv3 conformers, relaxed by a force field first with the metal, then with the waters on the
    sites that the donors leave, too: else the ligand folds onto those sites.
    """
    mol = with_hydrogens(molecule)
    if not has_force_field(mol):
        return []
    parameters: Any = rdDistGeom.ETKDGv3()
    parameters.randomSeed = seed + 1  # RDKit multiplies it
    parameters.useRandomCoords = True
    ids = list(rdDistGeom.EmbedMultipleConfs(mol, ATTEMPTS_PER_CLAW * n, parameters))
    closed = [found for k in ids if (found := _closed(mol, k, donors)) is not None]
    closed.sort(key=lambda found: found[0])
    return _distinct([claw for _, claw in closed])[:n]


def _distinct(found: Sequence[Claw]) -> list[Claw]:
    """The first of each kind: mirror images, and like atoms in each other's place, are the same."""
    kept: list[tuple[Array, Claw]] = []
    for claw in found:
        distances = np.sort(pdist(np.vstack([claw.ligand.positions, claw.center])))
        if all(np.abs(distances - other).max() > SAME_ANGSTROM for other, _ in kept):
            kept.append((distances, claw))
    return [claw for _, claw in kept]


def _closed(mol: Chem.Mol, conformer: int, donors: Sequence[int]) -> tuple[float, Claw] | None:
    """Force-field energy (kcal/mol) and claw, or None where the donors do not reach the metal."""
    shape, held = mol.GetConformer(conformer), list(donors)
    numbers = np.array([atom.GetAtomicNum() for atom in mol.GetAtoms()])
    embedded, stereo = np.array(shape.GetPositions()), _stereo(mol, conformer)
    middle = embedded[held].mean(axis=0)
    outward = middle - embedded.mean(axis=0)
    metal = middle + 1.5 * outward / max(float(np.linalg.norm(outward)), 1e-6)
    _, ligand, metal = folded(mol, conformer, donors, metal[None])
    shape.SetPositions(ligand)
    waters = metal + WATER_DISTANCE * free_sites(ligand[held] - metal)
    energy, ligand, metal = folded(mol, conformer, donors, np.vstack([metal, waters]))
    claw = Claw(Atoms(numbers, ligand), metal)
    shape.SetPositions(ligand)
    is_held = _is_held(numbers, np.linalg.norm(ligand - metal, axis=1), donors)
    is_same = has_same_bonds(Atoms(numbers, embedded), claw.ligand)
    if not (is_held and is_same and _stereo(mol, conformer) == stereo):
        return None
    return energy, claw


def _stereo(mol: Chem.Mol, conformer: int) -> str:
    """SMILES with the stereo centres and double bonds as they lie: E may be forced to Z."""
    lying = Chem.Mol(mol)
    Chem.AssignStereochemistryFrom3D(lying, conformer)
    return Chem.MolToSmiles(lying)


def _is_held(numbers: NDArray[np.int_], distances: Array, donors: Sequence[int]) -> bool:
    """Whether the donors, and they alone, are at the metal; distances from it in angstrom."""
    for index, (number, distance) in enumerate(zip(numbers, distances, strict=True)):
        if index in donors:
            error = abs(distance - bond_length(int(number)))
        else:
            error = CLEARANCE[number == 1] - distance
        if error > LONGEST_ERROR:
            return False
    return True
