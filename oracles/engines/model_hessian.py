"""Lindh's model Hessian: the stiffness of a molecule, guessed from its geometry alone.

V = 1/2 sum k_ij (dr_ij)^2 + 1/2 sum k_ijk (da_ijk)^2 + 1/2 sum k_ijkl (dt_ijkl)^2
k_ij = 0.45 rho_ij,  k_ijk = 0.15 rho_ij rho_jk,  k_ijkl = 0.005 rho_ij rho_jk rho_kl
rho_ij = exp(alpha_ij (r0_ij^2 - r_ij^2)), atomic units; 10.1016/0009-2614(95)00646-L.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from ase.units import Bohr, Hartree
from numpy.typing import NDArray

Array = NDArray[np.float64]
Terms = tuple[NDArray[np.int64], Array, Array]
"""Atoms of `t` internal coordinates, `t x p`, their force constants, `t`, and the derivatives of
the coordinates by the atoms' positions, `t x 3p`, radian/bohr."""

STRETCH, BEND, TORSION = 0.45, 0.15, 0.005
# rows: H and He, Li to Ne, everything heavier
_ALPHA = np.array([[1.0000, 0.3949, 0.3949], [0.3949, 0.2800, 0.2800], [0.3949, 0.2800, 0.2800]])
_R0 = np.array([[1.35, 2.10, 2.53], [2.10, 2.87, 3.40], [2.53, 3.40, 3.40]])
SMALLEST_RHO = 0.05
STRAIGHT = 0.05
"""Sine of an angle below which a bend has no direction."""


def model_hessian(positions: Array, numbers: NDArray[np.int64]) -> Array:
    """Second derivatives of the energy, `3n x 3n`, eV/angstrom^2, positive semidefinite.

    Args:
        positions: `n x 3`, angstrom.
        numbers: atomic numbers, `n`.
    """
    x = positions / Bohr
    row = np.digitize(numbers, [3, 11])
    distances = np.linalg.norm(x[:, None] - x[None], axis=-1)
    r0, alpha = _R0[row[:, None], row[None]], _ALPHA[row[:, None], row[None]]
    rho = np.exp(np.minimum(alpha * (r0**2 - distances**2), 1.0))
    np.fill_diagonal(rho, 0.0)
    hessian = _stretches(x, rho)
    near = rho > SMALLEST_RHO
    for atoms, k, gradients in (_bends(x, rho, near), _torsions(x, rho, near)):
        index = (3 * atoms[:, :, None] + np.arange(3)).reshape(len(atoms), 3 * atoms.shape[1])
        blocks = k[:, None, None] * gradients[:, :, None] * gradients[:, None, :]
        np.add.at(hessian, (index[:, :, None], index[:, None, :]), blocks)
    return np.asarray(hessian * Hartree / Bohr**2)


def _stretches(x: Array, rho: Array) -> Array:
    n = len(x)
    d = x[:, None] - x[None]
    unit = d / np.maximum(np.linalg.norm(d, axis=-1, keepdims=True), 1e-9)
    blocks = -STRETCH * rho[..., None, None] * unit[..., :, None] * unit[..., None, :]
    blocks[np.arange(n), np.arange(n)] = -blocks.sum(axis=1)
    hessian: Array = blocks.transpose(0, 2, 1, 3).reshape(3 * n, 3 * n)
    return hessian


def _bends(x: Array, rho: Array, near: NDArray[np.bool_]) -> Terms:
    """Angles at j of i, j, k."""
    found = [(i, j, k) for j in range(len(x)) for i, k in combinations(np.flatnonzero(near[j]), 2)]
    atoms = np.array(found, dtype=np.int64).reshape(-1, 3)
    i, j, k = atoms.T
    u, v = x[i] - x[j], x[k] - x[j]
    r, s = (np.linalg.norm(w, axis=1, keepdims=True) for w in (u, v))
    u, v = u / r, v / s
    cosine = (u * v).sum(axis=1, keepdims=True)
    sine = np.sqrt(np.maximum(0.0, 1 - cosine**2))
    is_bent = sine[:, 0] >= STRAIGHT
    sine = np.maximum(sine, STRAIGHT)
    di, dk = (cosine * u - v) / (r * sine), (cosine * v - u) / (s * sine)
    gradients = np.concatenate([di, -di - dk, dk], axis=1)
    return atoms[is_bent], (BEND * rho[i, j] * rho[j, k])[is_bent], gradients[is_bent]


def _torsions(x: Array, rho: Array, near: NDArray[np.bool_]) -> Terms:
    """Torsions about j-k of i, j, k, m."""
    found = [
        (i, j, k, m)
        for j, k in zip(*np.nonzero(np.triu(near)), strict=True)
        for i in np.flatnonzero(near[j])
        for m in np.flatnonzero(near[k])
        if k != i != m != j
    ]
    atoms = np.array(found, dtype=np.int64).reshape(-1, 4)
    i, j, k, m = atoms.T
    constants = TORSION * rho[i, j] * rho[j, k] * rho[k, m]
    u, w, v = x[i] - x[j], x[k] - x[j], x[m] - x[k]
    uu, ww, vv = ((y**2).sum(axis=1) for y in (u, w, v))
    a, b = np.cross(u, w), np.cross(v, w)
    aa, bb = ((y**2).sum(axis=1) for y in (a, b))
    counts = (np.minimum(aa / uu, bb / vv) >= STRAIGHT**2 * ww) & (
        constants > TORSION * SMALLEST_RHO
    )
    atoms, constants = atoms[counts], constants[counts]
    u, w, v, a, b = (y[counts] for y in (u, w, v, a, b))
    ww, aa, bb = (y[counts, None] for y in (ww, aa, bb))
    di, dm = a * np.sqrt(ww) / aa, -b * np.sqrt(ww) / bb
    along_u, along_v = ((y * w).sum(axis=1, keepdims=True) / ww for y in (u, v))
    dj = -di + along_u * di + along_v * dm
    return atoms, constants, np.concatenate([di, dj, -di - dj - dm, dm], axis=1)
