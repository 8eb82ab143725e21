"""Starts: octahedral [M(H2O)n L] complexes with the waters turned to where they attract."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from oracles.recipes.shell import SITES, Shell

Array = NDArray[np.float64]

WATER_DISTANCE = 2.12
"""Metal to water oxygen, angstrom."""
_DONOR_DISTANCE = {7: 2.10, 8: 2.05, 16: 2.40, 17: 2.30, 9: 2.00, 35: 2.45, 53: 2.65}
_OH, _HOH = 0.97, np.radians(105.0)
WATER_CHARGES = np.array([-0.834, 0.417, 0.417])
"""O, H, H of TIP3P, e."""
SMALLEST_CLEARANCE = 1.5
"""Angstrom between an atom of a water and one of the ligand, in a start."""
LARGEST_LEAN, N_LEANS = 0.35, 20
"""Radian that a water may lean off its site where it would touch another atom, and how often to
try."""


def free_direction(ligand: Atoms, donor: int, tilt: float, random: np.random.Generator) -> Array:
    """Unit vector from the donor to a metal, near where the ligand crowds it least.

    Args:
        ligand: a conformer.
        donor: index of the binding atom in it.
        tilt: standard deviation, radian, of a random tilt away from the least crowded direction.
        random: source of the tilt.
    """
    directions = _sphere(400)
    others = np.delete(ligand.positions - ligand.positions[donor], donor, axis=0)
    least = directions[0]
    if len(others):
        gaps = _distance(ligand, donor) * directions[:, None] - others[None]
        least = directions[np.argmin((np.linalg.norm(gaps, axis=-1) ** -6).sum(axis=1))]
    return _unit(least + np.tan(tilt) * random.normal(size=3) / np.sqrt(2.0))


def build(
    metal: str,
    ligand: Atoms,
    donor: int,
    direction: Array,
    charges: Array,
    n_caps: int,
    random: np.random.Generator,
) -> Shell | None:
    """One start: the ligand's `donor` on one octahedral site, waters on the other five.

    Args:
        metal: chemical symbol.
        ligand: a conformer, n atoms.
        donor: index of the binding atom in it.
        direction: unit vector from the donor to the metal.
        charges: partial charges of the ligand's atoms, `n`, e.
        n_caps: arrangements of the waters to draw; the one that attracts the ligand most is taken.
        random: source of the arrangements.

    Returns:
        None where no arrangement fits.
    """
    # the metal is the origin, the donor lies along -direction
    positions = ligand.positions - ligand.positions[donor] - _distance(ligand, donor) * direction
    caps = [_cap(direction, random) for _ in range(n_caps)]
    return _watered(metal, ligand, positions, (donor,), caps, charges)


def build_chelate(
    metal: str,
    ligand: Atoms,
    center: Array,
    donors: Sequence[int],
    charges: Array,
    n_caps: int,
    random: np.random.Generator,
) -> Shell | None:
    """One start with several donors on the octahedron and waters on the sites they leave.

    Args:
        metal: chemical symbol.
        ligand: a conformer that holds the metal, n atoms.
        center: where it holds it, `3`, angstrom.
        donors: indices of the binding atoms, two to six.
        charges: partial charges of the ligand's atoms, `n`, e.
        n_caps: arrangements of the waters to draw; the one that attracts the ligand most is taken.
        random: source of the arrangements.

    Returns:
        None where no arrangement fits.
    """
    positions = ligand.positions - center
    sites = free_sites(positions[list(donors)])
    drawn = [_fitted(sites, positions, random) for _ in range(n_caps)]
    caps = [cap for cap in drawn if cap is not None]
    return _watered(metal, ligand, positions, tuple(donors), caps, charges)


def _fitted(sites: Array, ligand: Array, random: np.random.Generator) -> Array | None:
    """Waters that touch neither the ligand nor each other, `3 n x 3`; None where one has no room.

    Each is turned about its own axis at random, and leaned off its site, the more the more often
    it did not fit.
    """
    taken = ligand
    for site in sites:
        for lean in np.linspace(0.0, LARGEST_LEAN, N_LEANS):
            side = _unit(np.cross(site, random.normal(size=3)))
            water = _water(np.cos(lean) * site + np.sin(lean) * side, random.uniform(0, np.pi))
            if cdist(water, taken).min() >= SMALLEST_CLEARANCE:
                break
        else:
            return None
        taken = np.concatenate([taken, water])
    return taken[len(ligand) :]


def _watered(
    metal: str,
    ligand: Atoms,
    positions: Array,
    donors: tuple[int, ...],
    caps: Sequence[Array],
    charges: Array,
) -> Shell | None:
    """The ligand at `positions` about the metal, with the waters that attract it most."""
    if not caps:
        return None
    attractions = [_attraction(cap, positions, charges) for cap in caps]
    best = int(np.argmin(attractions))
    if not np.isfinite(attractions[best]):
        return None
    symbols = [metal, *["O", "H", "H"] * (len(caps[best]) // 3), *ligand.symbols]
    return Shell(Atoms(symbols, np.concatenate([np.zeros((1, 3)), caps[best], positions])), donors)


def free_sites(donors: Array) -> Array:
    """Unit vectors, `6 - k x 3`, to the sites of an octahedron that `k` donors, `k x 3`, leave.

    The octahedron about the origin is turned so that its other sites face the donors.
    """
    taken = donors / np.linalg.norm(donors, axis=1, keepdims=True)
    vertices = np.concatenate([np.eye(3), -np.eye(3)])
    choices = np.array(list(permutations(range(SITES), len(taken))))
    # Kabsch: of all ways to seat the donors the one whose best rotation leaves the least mismatch
    left, scale, right = np.linalg.svd(np.einsum("ki,pkj->pij", taken, vertices[choices]))
    handed = np.linalg.det(left @ right)
    scale[:, 2] *= handed
    best = int(np.argmax(scale.sum(axis=1).round(9)))
    left[best, :, 2] *= handed[best]
    turn = left[best] @ right[best]
    free: Array = vertices[np.setdiff1d(np.arange(SITES), choices[best])] @ turn.T
    return free


def bond_length(number: int) -> float:
    """Metal to donor of this atomic number, in a start, angstrom."""
    return _DONOR_DISTANCE.get(number, 2.10)


def _distance(ligand: Atoms, donor: int) -> float:
    return bond_length(int(ligand.numbers[donor]))


def _cap(axis: Array, random: np.random.Generator) -> Array:
    """Five waters, `15 x 3`, turned about `axis` and each about its own, at random."""
    x = _unit(np.cross(axis, np.eye(3)[np.argmin(np.abs(axis))]))
    y = np.cross(axis, x)
    turn = random.uniform(0, np.pi / 2)
    a, b = np.cos(turn) * x + np.sin(turn) * y, np.cos(turn) * y - np.sin(turn) * x
    twists = random.uniform(0, np.pi, size=SITES - 1)
    sites = (axis, a, -a, b, -b)
    return np.concatenate([_water(u, t) for u, t in zip(sites, twists, strict=True)])


def _attraction(waters: Array, ligand: Array, charges: Array) -> float:
    """Coulomb sum of waters and ligand, e^2/angstrom; infinite where they touch."""
    gaps = np.linalg.norm(waters[:, None] - ligand[None], axis=-1)
    if gaps.size and gaps.min() < SMALLEST_CLEARANCE:
        return float("inf")
    of_waters = np.tile(WATER_CHARGES, len(waters) // 3)
    return float((of_waters[:, None] * charges[None] / gaps).sum())


def _water(site: Array, twist: float) -> Array:
    """O, H, H of a water at `site` from the metal, hydrogens outward, turned by `twist`."""
    side = _unit(np.cross(site, np.eye(3)[np.argmin(np.abs(site))]))
    side = np.cos(twist) * side + np.sin(twist) * np.cross(site, side)
    oxygen = WATER_DISTANCE * site
    out, across = _OH * np.cos(_HOH / 2) * site, _OH * np.sin(_HOH / 2) * side
    return np.array([oxygen, oxygen + out + across, oxygen + out - across])


def _unit(vector: Array) -> Array:
    unit: Array = vector / np.linalg.norm(vector)
    return unit


def _sphere(n: int) -> Array:
    """`n x 3` unit vectors, evenly spread (Fibonacci lattice)."""
    k = np.arange(n) + 0.5
    z, turn = 1 - 2 * k / n, np.pi * (1 + np.sqrt(5)) * k
    r = np.sqrt(1 - z**2)
    return np.stack([r * np.cos(turn), r * np.sin(turn), z], axis=1)
