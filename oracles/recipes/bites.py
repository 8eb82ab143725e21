"""Bites: the sets of donors with which a ligand can hold a metal ion like a claw."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from rdkit import Chem

from molecules import Molecule
from oracles.recipes.donors import Donor, find_donors

RINGS = {3: 0, 4: 1, 5: 3}
"""Bonds between two donors -> penalty: chelate rings of five atoms before six before seven."""
SITES = 6
"""An octahedral shell has this many sites, and a ligand cannot take more."""


def find_bites(molecule: Molecule, most: int = 3) -> list[tuple[Donor, ...]]:
    """At most `most` sets of two to six donors, one of each size where there is one, best first.

    Neighbouring donors of a set close rings of five to seven atoms with the metal, and no two are
    closer (the two oxygens of one carboxylate count as one site). Among sets of one size those of
    stronger donors and smaller rings come first. The largest size comes first: a claw that closes
    usually binds most.
    """
    donors = find_donors(molecule, most=2 * SITES, distinct=False)
    distances = Chem.GetDistanceMatrix(molecule.rdkit)
    rank = {donor.atom: place for place, donor in enumerate(donors)}

    def worth(chosen: tuple[int, ...]) -> tuple[float, ...]:
        rings = sum(RINGS.get(int(distances[a, b]), 0) for a, b in combinations(chosen, 2))
        return (rings + sum(rank[a] for a in chosen), *chosen)

    by_size: dict[int, list[tuple[int, ...]]] = {}
    for chosen in _connected(donors, distances):
        by_size.setdefault(len(chosen), []).append(chosen)
    for chosen_sets in by_size.values():
        chosen_sets.sort(key=worth)
    sizes = sorted(by_size, reverse=True)
    # The largest claw, the pair, what lies between them, then the second best of each size.
    order = [*sizes[:1], *sizes[:0:-1]]
    turns = [(turn, size) for turn in range(2) for size in order]
    known = {donor.atom: donor for donor in donors}
    sets = [by_size[size][turn] for turn, size in turns if turn < len(by_size[size])]
    return [tuple(known[a] for a in chosen) for chosen in sets[:most]]


def _connected(
    donors: Sequence[Donor], distances: Sequence[Sequence[float]]
) -> list[tuple[int, ...]]:
    """Every set of 2 to 6 donors that hangs together by chelate rings, with no two too close."""
    atoms = sorted(donor.atom for donor in donors)
    nearest = min(RINGS)
    level: set[tuple[int, ...]] = {(a,) for a in atoms}
    found: list[tuple[int, ...]] = []
    for _ in range(SITES - 1):
        level = {
            tuple(sorted((*chosen, a)))
            for chosen in level
            for a in atoms
            if a not in chosen
            and any(int(distances[a][b]) in RINGS for b in chosen)
            and all(distances[a][b] >= nearest for b in chosen)
        }
        found += sorted(level)
    return found
