"""Tblite: GFN-xTB energies and forces in the gas phase or in ALPB solution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Literal

import numpy as np
from ase.units import Bohr, Debye, Hartree, kB
from numpy.typing import NDArray
from tblite.exceptions import TBLiteRuntimeError, TBLiteValueError
from tblite.interface import Calculator, Result
from tblite.library import ffi

from molecules import Status
from oracles.base import Json, OracleError
from oracles.engines.base import Optimised, SinglePoint, Species, check, frontier
from oracles.engines.hessian import hessian
from oracles.engines.relaxation import relax

HEAVIEST_ELEMENT = 86
METHODS = ("GFN2-xTB", "GFN1-xTB")
STATES = ("gsolv", "bar1mol", "reference")
NOBLE_GASES = np.array([0, 2, 10, 18, 36, 54])


@dataclass(frozen=True)
class Tblite:
    """GFN2-xTB (10.1021/acs.jctc.8b01176) or GFN1-xTB (10.1021/acs.jctc.7b00118) by tblite.

    Every knob is a field, because the library ignores what it does not know.
    """

    method: Literal["GFN2-xTB", "GFN1-xTB"] = "GFN2-xTB"
    solvent: str | None = "water"
    """Name of an ALPB solvent (10.1021/acs.jctc.1c00471); None is the gas phase."""
    solution_state: Literal["gsolv", "bar1mol", "reference"] = "gsolv"
    """Reference state of solvation free energies; gsolv is 1 M gas to 1 M solution."""
    accuracy: float = 1.0
    """Thresholds of the self-consistency, relative to the library's; smaller is tighter."""
    electronic_temperature_k: float = 300.0
    spin_polarization: float = 0.0
    """Scale of the spin polarization; 1 where unpaired electrons matter, else triplet O2 is
    above the singlet."""
    max_iterations: int = 250

    def __post_init__(self) -> None:
        if self.method not in METHODS or self.solution_state not in STATES:
            raise ValueError(
                f"got method={self.method!r}, solution_state={self.solution_state!r}; expected one "
                f"of {', '.join(METHODS)} and one of {', '.join(STATES)}"
            )
        if min(self.accuracy, self.electronic_temperature_k, self.max_iterations) <= 0:
            raise ValueError(
                f"got accuracy={self.accuracy}, electronic_temperature_k="
                f"{self.electronic_temperature_k}, max_iterations={self.max_iterations}; expected "
                "numbers above 0"
            )

    @property
    def name(self) -> str:
        """Level of theory, such as `GFN2-xTB/ALPB(water)`."""
        return self.method + (f"/ALPB({self.solvent})" if self.solvent else "")

    @property
    def version(self) -> str:
        """Program and version."""
        return f"tblite {version('tblite')}"

    @property
    def settings(self) -> Json:
        """Every field, for content hashes."""
        return asdict(self)

    def energy(self, species: Species) -> float:
        """Energy, eV; raises OracleError."""
        return Session(self, species).compute()[0]

    def single_point(self, species: Species) -> SinglePoint:
        """Energy (eV), orbital energies (eV), dipole (D); raises OracleError."""
        session = Session(self, species)
        energy, _ = session.compute()
        return session.single_point(energy)

    def dipole_in_field(self, species: Species, field: Sequence[float]) -> NDArray[np.float64]:
        """Dipole vector, `3`, e bohr about the origin, in a uniform field of atomic units."""
        session = Session(self, species, field)
        session.compute()
        return session.dipole()

    def hessian(self, species: Species) -> NDArray[np.float64]:
        """Second derivatives, `3n x 3n`, eV/angstrom^2; tighten `accuracy` to 0.2 or less."""
        return hessian(Session(self, species).compute, species.atoms.get_positions())

    def optimise(self, species: Species, fmax: float = 0.02, steps: int = 400) -> Optimised:
        """Relax in Cartesian coordinates, each step restarted from the last density."""
        return relax(Session(self, species).compute, species, fmax, steps)


class Session:
    """One species in the native library, computed at one geometry after the other."""

    def __init__(self, engine: Tblite, species: Species, field: Sequence[float] = ()) -> None:
        """Validate, then hand the species to the library.

        Args:
            engine: every knob of the calculation.
            species: what is computed.
            field: uniform electric field, `3`, atomic units; empty where there is none.

        Raises:
            OracleError: unsupported, impossible or periodic species.
        """
        check(species, HEAVIEST_ELEMENT)
        if species.atoms.pbc.any():
            raise OracleError(
                Status.UNSUPPORTED,
                "got a periodic cell, expected a molecule: the library knows the Gamma point "
                "alone, and a metal's energy then swings by electronvolts with the cell's size",
            )
        self._species = species
        self._result: Result | None = None
        atoms = species.atoms
        try:
            self._native = Calculator(
                engine.method,
                atoms.get_atomic_numbers(),
                atoms.get_positions() / Bohr,
                float(species.charge),
                species.unpaired,
            )
            self._native.set("verbosity", 0)
            self._native.set("accuracy", engine.accuracy)
            self._native.set("temperature", engine.electronic_temperature_k * kB / Hartree)
            self._native.set("max-iter", engine.max_iterations)
            if engine.solvent:
                self._native.add("alpb-solvation", engine.solvent, engine.solution_state)
            if engine.spin_polarization:
                self._native.add("spin-polarization", engine.spin_polarization)
            if len(field):  # the library's wrapper hands this to C as it is: a C array of 3
                self._native.add("electric-field", ffi.new("double[3]", list(field)))
        except (TBLiteRuntimeError, TBLiteValueError) as error:
            raise OracleError(Status.UNSUPPORTED, f"{engine.name}: {error}") from error
        _check_spins(species, n_orbitals=len(self._native.get("orbital-map")))

    def compute(
        self, positions: NDArray[np.float64] | None = None
    ) -> tuple[float, NDArray[np.float64]]:
        """Energy (eV) and forces (`n x 3`, eV/angstrom), at `positions` (`n x 3`, angstrom).

        Raises:
            OracleError: no self-consistency, atoms on top of each other.
        """
        try:
            if positions is not None:
                check(self._species.moved(positions), HEAVIEST_ELEMENT)
                self._native.update(positions / Bohr)
            self._result = self._native.singlepoint(self._result)
        except (TBLiteRuntimeError, TBLiteValueError) as error:
            raise OracleError(Status.SCF_FAILED, str(error).strip()) from error
        energy = float(self._result.get("energy")) * Hartree
        forces = -np.asarray(self._result.get("gradient"), dtype=float) * Hartree / Bohr
        if not (np.isfinite(energy) and np.isfinite(forces).all()):
            raise OracleError(Status.SCF_FAILED, f"got energy {energy} eV or forces not finite")
        return energy, forces

    def single_point(self, energy_ev: float) -> SinglePoint:
        """Orbitals and dipole of the last computed geometry."""
        assert self._result is not None
        orbitals = np.array(self._result.get("orbital-energies")) * Hartree
        occupations = np.array(self._result.get("orbital-occupations"))
        # one row of pairs, or with spin polarization a row for each spin
        is_paired = self._species.unpaired == 0 and occupations.ndim == 1
        homo_ev, lumo_ev = frontier(orbitals, occupations > (1.0 if is_paired else 0.5))
        # the library gives e*bohr about the origin: move a charged species to its centre of mass
        dipole = self.dipole() * Bohr
        dipole -= self._species.charge * self._species.atoms.get_center_of_mass()
        return SinglePoint(energy_ev, homo_ev, lumo_ev, float(np.linalg.norm(dipole) / Debye))

    def dipole(self) -> NDArray[np.float64]:
        """Dipole vector of the last computed geometry, `3`, e bohr about the origin."""
        assert self._result is not None
        return np.array(self._result.get("dipole"), dtype=float)


def valence_electrons(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Electrons of neutral atoms outside the cores of GFN1 and GFN2, `n`, by atomic numbers, `n`.

    Full d shells are core from zinc, cadmium and mercury on, f shells always.
    """
    n = numbers - NOBLE_GASES[np.searchsorted(NOBLE_GASES, numbers) - 1]
    for first, last, n_core in ((30, 36, 10), (48, 54, 10), (72, 79, 14), (80, 86, 24)):
        n = np.where((first <= numbers) & (numbers <= last), n - n_core, n)
    return np.asarray(np.where((57 <= numbers) & (numbers <= 71), 3, n))


def _check_spins(species: Species, n_orbitals: int) -> None:
    """Refuse electrons that the minimal basis has no room for: the library leaves them out.

    Triplet H- has the energy of H there, without a word, and Zn3+ has less than no electron.
    """
    n = int(valence_electrons(species.atoms.numbers).sum()) - species.charge
    if not (species.unpaired <= n and n + species.unpaired <= 2 * n_orbitals):
        raise OracleError(
            Status.UNSUPPORTED,
            f"got {n} valence electrons, {species.unpaired} of them unpaired, expected a number "
            f"that the {n_orbitals} orbitals of the method's basis can hold",
        )
