"""The self-consistent field of PySCF: how it is set up, and the ladder by which it converges."""

from __future__ import annotations

import tempfile
import warnings
from functools import cache
from typing import Any

import numpy as np
from ase.units import Bohr
from numpy.typing import NDArray

from molecules import Status
from oracles.base import OracleError
from oracles.engines.base import Species

INSTALL = (
    "density functional calculations need PySCF and its dispersion corrections: "
    "pip install pyscf pyscf-dispersion (not on Windows itself; use WSL2)"
)
LEVEL_SHIFT, DAMPING = 0.3, 0.3
"""Hartree, and share of the last Fock matrix that is kept; the second rung of the ladder."""
CAVITY_MATRICES = 11
"""Square matrices over the points of a cavity that SMD holds in memory; 10.4 were measured."""


@cache
def library() -> Any:
    """PySCF: on one thread, with its scratch files in the system's folder for such files.

    Raises:
        ImportError: PySCF or its dispersion corrections are not installed; says what to install.
    """
    try:
        import pyscf.dft
        import pyscf.dispersion.dftd4
        import pyscf.solvent
    except ImportError as error:
        raise ImportError(INSTALL) from error
    pyscf.lib.num_threads(1)  # one process a core; its own default is every core
    pyscf.lib.param.TMPDIR = tempfile.gettempdir()  # its own default is the current folder
    pyscf.scf.hf.MUTE_CHKFILE = True  # no checkpoint files
    return pyscf


def molecule(species: Species, basis: str, max_memory_mb: int) -> Any:
    """The species as PySCF's `Mole`, with the basis and its effective core potentials.

    Raises:
        OracleError: the basis has nothing for one of the elements.
    """
    gto = library().gto
    symbols = species.atoms.get_chemical_symbols()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that another package has more bases
            cores = {s: gto.basis.load_ecp(basis, s) for s in set(symbols)}
            for symbol in set(symbols):
                gto.basis.load(basis, symbol)
    except (RuntimeError, KeyError) as error:
        reason = f"got no basis {basis} for one of {sorted(set(symbols))}, expected all of them"
        raise OracleError(Status.UNSUPPORTED, reason) from error
    return gto.M(
        atom=list(zip(symbols, species.atoms.positions / Bohr, strict=True)),
        unit="Bohr",
        charge=species.charge,
        spin=species.unpaired,
        basis=basis,  # its name, by which PySCF chooses the basis of the density fitting
        ecp={s: core for s, core in cores.items() if core},
        max_memory=max_memory_mb,
        verbose=0,
    )


def dissolve(field: Any, solvent: str, points: int, max_memory_mb: int) -> Any:
    """The same mean field in an SMD solvent (10.1021/jp810292n).

    Args:
        field: a mean field in the gas phase, density-fitted already if it shall be.
        solvent: name of the solvent.
        points: of the cavity, a sphere.
        max_memory_mb: largest size of the cavity's matrices.

    Raises:
        OracleError: the cavity is too large for the memory.
    """
    smd = library().solvent.smd
    mol = field.mol
    cavity = smd.SMD(mol, solvent)
    cavity.sasa_ng = points
    radii = smd.smd_radii(smd.solvent_db[solvent][2])
    n_points = len(smd.pcm.gen_surface(mol, ng=points, rad=radii)["grid_coords"])
    needed_mb = CAVITY_MATRICES * 8 * n_points**2 / 1e6
    if needed_mb > max_memory_mb:
        raise OracleError(
            Status.UNSUPPORTED,
            f"got {mol.natm} atoms, whose cavity needs {needed_mb:.0f} MB, expected at most "
            f"max_memory_mb={max_memory_mb}; give more, or fewer cavity_points",
        )
    if mol.has_ecp():  # the library would take the charge outside the core for the element
        bare = mol.copy()
        bare.build(dump_input=False, parse_arg=False, ecp={}, spin=None)
        cavity.e_cds = float(smd.get_cds_legacy(smd.SMD(bare, solvent))[0])
    return field.SMD(cavity)


def converge(field: Any, density: NDArray[np.float64] | None = None) -> Any:
    """The mean field, converged: as it is, else shifted and damped, else by second-order steps.

    A rung changes the way to the solution and not the equations that it solves.

    Args:
        field: a mean field of PySCF.
        density: density matrix to begin with; None is PySCF's own guess.

    Raises:
        OracleError: not converged on any rung.
    """
    try:
        field.kernel(dm0=density)
        if not field.converged:
            # `damp` would do nothing here: it acts before the first DIIS step alone
            field.level_shift, field.diis_damp = LEVEL_SHIFT, DAMPING
            field.kernel()
            field.level_shift, field.diis_damp = 0.0, 0.0
        if not field.converged:
            field = field.newton()
            field.kernel(field.mo_coeff, field.mo_occ)
    except np.linalg.LinAlgError as error:
        raise OracleError(Status.SCF_FAILED, f"linear algebra: {error}") from error
    if not (field.converged and np.isfinite(field.e_tot)):
        raise OracleError(
            Status.SCF_FAILED,
            f"not converged in {field.max_cycle} cycles, neither shifted by {LEVEL_SHIFT} hartree "
            f"and damped by {DAMPING} nor by second-order steps",
        )
    return field
