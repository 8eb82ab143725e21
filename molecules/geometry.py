"""Geometry: from a molecule to seeded three-dimensional conformers."""

from __future__ import annotations

from typing import Any

import numpy as np
from ase import Atoms
from rdkit import Chem
from rdkit.Chem import rdDistGeom, rdForceFieldHelpers

from molecules.molecule import Molecule

FORCE_FIELD_STEPS = 2000
DUPLICATE_RMSD_ANGSTROM = 0.1
ATTEMPTS_PER_CONFORMER = 4
"""More are embedded than asked for, because small molecules embed the same one many times."""
SAME_ENERGY_KCAL_MOL = 0.02


class GeometryError(ValueError):
    """A molecule of which no three-dimensional structure could be built."""


def with_hydrogens(molecule: Molecule) -> Chem.Mol:
    """The RDKit molecule with explicit hydrogens, whose atoms are in the order of `conformers`."""
    return Chem.AddHs(molecule.rdkit)


def conformers(molecule: Molecule, n: int = 8, *, seed: int) -> list[Atoms]:
    """Up to `n` distinct conformers, lowest force-field energy first: the best and a spread.

    ETKDGv3 (10.1021/acs.jcim.0c00025), relaxed with MMFF94, or with UFF where MMFF94 has no
    parameters, or not at all where neither has; `atoms.info` says which: `force_field` is
    "MMFF94", "UFF" or "none", and `embedding` is "ETKDGv3" or, where that found nothing,
    "ETKDGv3, random coordinates".

    Args:
        molecule: one covalent species; hydrogens are added.
        n: most conformers; duplicates are dropped, so fewer may come back.
        seed: of the embedding, not negative; the same seed gives the same conformers.

    Raises:
        GeometryError: several components, or nothing could be embedded.
    """
    n_parts = len(Chem.GetMolFrags(molecule.rdkit))
    if n_parts > 1:
        raise GeometryError(
            f"got {molecule} with {n_parts} components, expected one; ask about each ion by itself"
        )
    mol = with_hydrogens(molecule)
    embedding = "ETKDGv3"
    ids = _embedded(mol, n, seed, is_random=False)
    if not ids:
        embedding = "ETKDGv3, random coordinates"
        ids = _embedded(mol, n, seed, is_random=True)
    if not ids:
        raise GeometryError(
            f"got {molecule}, of which ETKDGv3 embeds nothing; check its rings and stereo centres"
        )
    force_field, energies = _relaxed(mol)
    info = {"embedding": embedding, "force_field": force_field}
    numbers = [atom.GetAtomicNum() for atom in mol.GetAtoms()]
    found = []
    for k in sorted(range(len(ids)), key=lambda k: energies[k]):
        positions = np.array(mol.GetConformer(ids[k]).GetPositions())
        found.append(Atoms(numbers, positions, info={**info, "energy_kcal_mol": energies[k]}))
    return _chosen(_distinct(found), n)


def _distinct(found: list[Atoms]) -> list[Atoms]:
    """Drop what force field and symmetry make equal: the same energy and the same distances."""
    kept: dict[tuple[int, ...], Atoms] = {}
    for atoms in found:
        distances = np.sort(atoms.get_all_distances(), axis=None)
        shape = np.rint(
            [atoms.info["energy_kcal_mol"] / SAME_ENERGY_KCAL_MOL, distances.mean() * 50]
        )
        kept.setdefault(tuple(shape.astype(int).tolist()), atoms)
    return list(kept.values())


def _chosen(found: list[Atoms], n: int) -> list[Atoms]:
    """The lowest half of `n`, the rest evenly over all energies: what binds is rarely lowest."""
    n_lowest = min(len(found), (n + 1) // 2)
    rest = found[n_lowest:]
    n_spread = min(len(rest), n - n_lowest)
    spread = np.linspace(0, len(rest) - 1, n_spread).round().astype(int)
    return found[:n_lowest] + [rest[k] for k in spread]


def _embedded(mol: Chem.Mol, n: int, seed: int, is_random: bool) -> list[int]:
    parameters: Any = rdDistGeom.ETKDGv3()  # the stubs know its fields by wrong types
    parameters.randomSeed = seed + 1  # RDKit multiplies it, so 0 would embed one conformer n times
    parameters.pruneRmsThresh = DUPLICATE_RMSD_ANGSTROM
    # hydroxyl rotamers are conformers here; pruning by symmetry would look at heavy atoms alone
    parameters.onlyHeavyAtomsForRMS = False
    parameters.useSymmetryForPruning = False
    parameters.useRandomCoords = is_random
    return list(rdDistGeom.EmbedMultipleConfs(mol, ATTEMPTS_PER_CONFORMER * n, parameters))


def _relaxed(mol: Chem.Mol) -> tuple[str, list[float]]:
    """Relax every conformer in place; the force field used and the energies, kcal/mol."""
    if rdForceFieldHelpers.MMFFHasAllMoleculeParams(mol):
        ended = rdForceFieldHelpers.MMFFOptimizeMoleculeConfs(mol, maxIters=FORCE_FIELD_STEPS)
        return "MMFF94", [energy for _, energy in ended]
    if rdForceFieldHelpers.UFFHasAllMoleculeParams(mol):
        ended = rdForceFieldHelpers.UFFOptimizeMoleculeConfs(mol, maxIters=FORCE_FIELD_STEPS)
        return "UFF", [energy for _, energy in ended]
    return "none", [0.0] * mol.GetNumConformers()
