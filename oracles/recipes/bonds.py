"""Bonds, read from distances: whether a relaxation kept the molecule that was asked about."""

from __future__ import annotations

import numpy as np
from ase import Atoms
from ase.data import covalent_radii

BROKEN, FORMED = 1.30, 1.20
"""A bond is longer than this many sums of covalent radii when broken, shorter when formed."""


def has_same_bonds(before: Atoms, after: Atoms) -> bool:
    """Whether no bond of `before` is broken in `after`, and none is formed that was not there.

    Between the two limits a pair may be read either way, so vibrations and strain do not count.
    """
    is_kept = _bonds(before, FORMED) <= _bonds(after, BROKEN)
    return is_kept and _bonds(after, FORMED) <= _bonds(before, BROKEN)


def _bonds(atoms: Atoms, reach: float) -> frozenset[tuple[int, int]]:
    radii = covalent_radii[atoms.numbers]
    near = atoms.get_all_distances() < reach * (radii[:, None] + radii[None])
    i, j = np.nonzero(np.triu(near, k=1))
    return frozenset(zip(i.tolist(), j.tolist(), strict=True))
