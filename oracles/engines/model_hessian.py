"""Lindh's model Hessian: the stiffness of a molecule, guessed from its geometry alone.

V = 1/2 sum k_ij (dr_ij)^2 + 1/2 sum k_ijk (da_ijk)^2 + 1/2 sum k_ijkl (dt_ijkl)^2
k_ij = 0.45 rho_ij,  k_ijk = 0.15 rho_ij rho_jk,  k_ijkl = 0.005 rho_ij rho_jk rho_kl
rho_ij = exp(alpha_ij (r0_ij^2 - r_ij^2)), atomic units; 10.1016/0009-2614(95)00646-L.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from ase.units import Bohr, Hartree
from numpy.typing import NDArray

Array = NDArray[np.float64]

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
    for atoms, k, gradient in (*_bends(x, rho, near), *_torsions(x, rho, near)):
        index = (3 * np.array(atoms)[:, None] + np.arange(3)).ravel()
        hessian[np.ix_(index, index)] += k * np.outer(gradient, gradient)
    return np.asarray(hessian * Hartree / Bohr**2)


def _stretches(x: Array, rho: Array) -> Array:
    n = len(x)
    d = x[:, None] - x[None]
    unit = d / np.maximum(np.linalg.norm(d, axis=-1, keepdims=True), 1e-9)
    blocks = -STRETCH * rho[..., None, None] * unit[..., :, None] * unit[..., None, :]
    blocks[np.arange(n), np.arange(n)] = -blocks.sum(axis=1)
    hessian: Array = blocks.transpose(0, 2, 1, 3).reshape(3 * n, 3 * n)
    return hessian


def _bends(
    x: Array, rho: Array, near: NDArray[np.bool_]
) -> Iterator[tuple[list[int], float, Array]]:
    """Atoms i, j, k, force constant and derivative of the angle at j (`9`, radian/bohr)."""
    for j in range(len(x)):
        neighbours = np.flatnonzero(near[j])
        for a, i in enumerate(neighbours):
            for k in neighbours[a + 1 :]:
                gradient = _angle_gradient(x[i] - x[j], x[k] - x[j])
                if gradient is not None:
                    yield [int(i), j, int(k)], BEND * rho[i, j] * rho[j, k], gradient


def _angle_gradient(u: Array, v: Array) -> Array | None:
    r, s = float(np.linalg.norm(u)), float(np.linalg.norm(v))
    u, v = u / r, v / s
    cosine = float(u @ v)
    sine = np.sqrt(max(0.0, 1 - cosine**2))
    if sine < STRAIGHT:
        return None
    i, k = (cosine * u - v) / (r * sine), (cosine * v - u) / (s * sine)
    return np.concatenate([i, -i - k, k])


def _torsions(
    x: Array, rho: Array, near: NDArray[np.bool_]
) -> Iterator[tuple[list[int], float, Array]]:
    """Atoms i, j, k, l, force constant and derivative of the torsion about j-k (`12`)."""
    for j, k in zip(*np.nonzero(np.triu(near)), strict=True):
        for i in np.flatnonzero(near[j]):
            for m in np.flatnonzero(near[k]):
                constant = TORSION * rho[i, j] * rho[j, k] * rho[k, m]
                if len({i, j, k, m}) == 4 and constant > TORSION * SMALLEST_RHO:
                    gradient = _torsion_gradient(x[i], x[j], x[k], x[m])
                    if gradient is not None:
                        yield [int(i), int(j), int(k), int(m)], constant, gradient


def _torsion_gradient(i: Array, j: Array, k: Array, m: Array) -> Array | None:
    u, w, v = i - j, k - j, m - k
    length = np.linalg.norm(w)
    a, b = np.cross(u, w), np.cross(v, w)
    aa, bb = a @ a, b @ b
    if min(aa / (u @ u), bb / (v @ v)) < (STRAIGHT * length) ** 2:
        return None
    di, dm = a * length / aa, -b * length / bb
    dj = -di + (u @ w) / length**2 * di + (v @ w) / length**2 * dm
    return np.concatenate([di, dj, -di - dj - dm, dm])
