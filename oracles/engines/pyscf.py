"""Pyscf: density functional energies and forces, in the gas phase or in SMD water."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal

import numpy as np
from ase.units import Bohr, Debye, Hartree
from numpy.typing import NDArray

from molecules import Status
from oracles.base import Json, OracleError
from oracles.engines.base import Optimised, SinglePoint, Species, check, frontier
from oracles.engines.mean_field import INSTALL, converge, dissolve, library, molecule
from oracles.engines.relaxation import relax

HEAVIEST_ELEMENT = 86
OWN_DISPERSION = re.compile(r"-d[34]|[-_]v$")
"""Names of functionals that bring their dispersion with them."""


@dataclass(frozen=True)
class Pyscf:
    """A density functional with dispersion by PySCF (10.1063/5.0006074), in a Gaussian basis.

    By default r2SCAN-D4 (10.1063/5.0041008) in def2-SVP. Unpaired electrons are unrestricted.
    What it was measured to need, and how far its thresholds are from the limit, is under the
    fields; the molecule is acetamide unless said otherwise.
    """

    xc: str = "r2scan"
    dispersion: Literal["d4", "d3bj"] | None = "d4"
    """D4 (10.1063/1.5090222) or D3(BJ) (10.1002/jcc.21759); None also where `xc` names its own,
    such as wb97x-d3bj."""
    basis: str = "def2-svp"
    solvent: Literal["water"] | None = None
    """By SMD (10.1021/jp810292n), 1 M gas to 1 M solution; None is the gas phase."""
    is_density_fitted: bool = True
    grid_level: int = 3
    """Of the integration, 0 to 9; 3 is 0.008 kcal/mol from 5, at half the time."""
    cavity_points: int = 302
    """On the cavity, a sphere; 302 is 0.04 kcal/mol from 590, at half the time."""
    conv_tol: float = 1e-8
    """Hartree."""
    max_cycle: int = 100
    """On each rung of the ladder."""
    max_memory_mb: int = 4000
    """For the process and its integrals, which go to scratch files beyond it, and once more for
    the cavity, which is refused beyond it."""

    def __post_init__(self) -> None:
        if self.dispersion not in ("d4", "d3bj", None) or self.solvent not in ("water", None):
            raise ValueError(
                f"got dispersion={self.dispersion!r}, solvent={self.solvent!r}; expected d4, "
                "d3bj or None, and water or None"
            )
        if self.xc.lower().endswith("-3c"):
            raise ValueError(f"got xc={self.xc!r}, expected none of the 3c kind: PySCF has no gCP")
        if self.dispersion and OWN_DISPERSION.search(self.xc.lower()):
            raise ValueError(
                f"got xc={self.xc!r} with dispersion={self.dispersion!r}, expected one "
                "dispersion correction, not two"
            )

    @property
    def name(self) -> str:
        """Level of theory, such as `r2scan-d4/def2-svp/SMD(water)`."""
        functional = f"{self.xc}-{self.dispersion}" if self.dispersion else self.xc
        solvent = f"/SMD({self.solvent})" if self.solvent else ""
        return f"{functional}/{self.basis}{solvent}"

    @property
    def version(self) -> str:
        """Programs and versions.

        Raises:
            ImportError: not installed; says what to install.
        """
        try:
            return ", ".join(f"{p} {version(p)}" for p in ("pyscf", "pyscf-dispersion"))
        except PackageNotFoundError as error:
            raise ImportError(INSTALL) from error

    @property
    def settings(self) -> Json:
        """Every field, for content hashes."""
        return asdict(self)

    def energy(self, species: Species) -> float:
        """Energy, eV; raises OracleError."""
        return Session(self, species).solve()

    def single_point(self, species: Species) -> SinglePoint:
        """Energy (eV), orbital energies (eV), dipole (D); raises OracleError."""
        session = Session(self, species)
        energy = session.solve()
        return session.single_point(energy)

    def optimise(self, species: Species, fmax: float = 0.02, steps: int = 100) -> Optimised:
        """Relax in Cartesian coordinates, each step restarted from the last density.

        Minutes to hours: the second tier computes single points on the geometry of the first.
        """
        return relax(Session(self, species).compute, species, fmax, steps)


class Session:
    """One species in PySCF, computed at one geometry after the other."""

    def __init__(self, engine: Pyscf, species: Species) -> None:
        """Validate.

        Raises:
            OracleError: unsupported or impossible species.
        """
        check(species, HEAVIEST_ELEMENT)
        self._engine = engine
        self._species = species
        self._field: Any = None

    def solve(self, positions: NDArray[np.float64] | None = None) -> float:
        """Energy (eV) at `positions` (`n x 3`, angstrom).

        Raises:
            OracleError: no self-consistency, atoms on top of each other, an unknown functional.
        """
        species = self._species
        if positions is not None:
            species = species.moved(positions)
            check(species, HEAVIEST_ELEMENT)
        density = None if self._field is None else np.asarray(self._field.make_rdm1())
        self._field = converge(self._mean_field(species), density)
        energy: float = float(self._field.e_tot) * Hartree
        return energy

    def compute(self, positions: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Energy (eV) and forces (`n x 3`, eV/angstrom), at `positions` (`n x 3`, angstrom).

        Raises:
            OracleError: as `solve`, and for a heavy element in a solvent, because the library
                has no right gradient of it.
        """
        engine = self._engine
        mol = molecule(self._species, engine.basis, engine.max_memory_mb)
        if engine.solvent and mol.has_ecp():
            raise OracleError(
                Status.UNSUPPORTED,
                "got an element with an effective core potential in SMD, whose gradient PySCF "
                "has not; expected lighter elements, or the gas phase",
            )
        energy = self.solve(positions)
        gradient = np.asarray(self._field.nuc_grad_method().kernel(), dtype=float)
        if not np.isfinite(gradient).all():
            raise OracleError(Status.SCF_FAILED, "got forces that are not finite")
        return energy, -gradient * Hartree / Bohr

    def single_point(self, energy_ev: float) -> SinglePoint:
        """Orbitals and dipole of the last computed geometry."""
        orbitals = np.ravel(self._field.mo_energy) * Hartree
        homo_ev, lumo_ev = frontier(orbitals, np.ravel(self._field.mo_occ) > 0)
        # the library gives e*bohr about the origin: move a charged species to its centre of mass
        dipole = np.asarray(self._field.dip_moment(unit="AU", verbose=0)) * Bohr
        dipole -= self._species.charge * self._species.atoms.get_center_of_mass()
        return SinglePoint(energy_ev, homo_ev, lumo_ev, float(np.linalg.norm(dipole) / Debye))

    def _mean_field(self, species: Species) -> Any:
        engine, dft = self._engine, library().dft
        mol = molecule(species, engine.basis, engine.max_memory_mb)
        try:
            field = (dft.UKS if species.unpaired else dft.RKS)(mol, xc=engine.xc)
            field.disp = engine.dispersion
            dft.libxc.parse_xc(library().scf.dispersion.parse_dft(engine.xc)[0])
            field.get_dispersion()  # now, and not after the last cycle
        except (KeyError, ValueError, RuntimeError) as error:
            reason = f"functional {engine.xc}, dispersion {engine.dispersion}: {error}"
            raise OracleError(Status.UNSUPPORTED, reason) from error
        if engine.is_density_fitted:
            field = field.density_fit()
        field.grids.level = engine.grid_level
        field.conv_tol, field.max_cycle = engine.conv_tol, engine.max_cycle
        if engine.solvent:
            return dissolve(field, engine.solvent, engine.cavity_points, engine.max_memory_mb)
        return field
