"""XtbBinary: the xtb program, found on PATH, which optimises in approximate normal coordinates."""

from __future__ import annotations

import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import numpy as np
from ase.io import read, write
from ase.units import Bohr, Debye, Hartree
from numpy.typing import NDArray

from molecules import Status
from oracles.base import Json, OracleError
from oracles.engines.base import Optimised, SinglePoint, Species, check, frontier

HEAVIEST_ELEMENT = 86
LEVELS = {
    "crude": 1e-2,
    "sloppy": 6e-3,
    "loose": 4e-3,
    "lax": 2e-3,
    "normal": 1e-3,
    "tight": 8e-4,
    "vtight": 2e-4,
    "extreme": 5e-5,
}
"""Norm of the gradient, hartree/bohr, at which the program ends an optimisation."""
PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class XtbBinary:
    """GFN-xTB by the program xtb (10.1002/wcms.1493): the energies of Tblite, other steps.

    Each call is a process in a temporary folder, in a process group of its own, which dies with
    the process that asked. The levels are those of `Tblite`; the geometries are optimised by the
    program's ANCopt, which takes fewer steps than a minimisation in Cartesian coordinates.
    """

    method: Literal["GFN2-xTB", "GFN1-xTB"] = "GFN2-xTB"
    solvent: str | None = "water"
    """Name of an ALPB solvent, 1 M gas to 1 M solution; None is the gas phase."""
    accuracy: float = 1.0
    program: str = "xtb"
    """Name on PATH, or a path."""

    def __post_init__(self) -> None:
        if self.method not in ("GFN2-xTB", "GFN1-xTB"):
            raise ValueError(f"got method={self.method!r}, expected GFN2-xTB or GFN1-xTB")

    @property
    def name(self) -> str:
        """Level of theory, such as `GFN2-xTB/ALPB(water)`."""
        return self.method + (f"/ALPB({self.solvent})" if self.solvent else "")

    @property
    def version(self) -> str:
        """Program and version.

        Raises:
            FileNotFoundError: the program is not on PATH; says what to install.
        """
        return _version(_find(self.program))

    @property
    def settings(self) -> Json:
        """Every field, for content hashes."""
        return asdict(self)

    def energy(self, species: Species) -> float:
        """Energy, eV; raises OracleError."""
        return self.single_point(species).energy_ev

    def single_point(self, species: Species) -> SinglePoint:
        """Energy (eV), orbital energies (eV), dipole (D); raises OracleError."""
        with TemporaryDirectory(prefix="xtb-") as name:
            self._run(Path(name), species, "--json")
            found = json.loads((Path(name) / "xtbout.json").read_text())
        orbitals = np.array(found["orbital energies/eV"])
        full = 2.0 if species.unpaired == 0 else 1.0
        is_occupied = np.array(found["fractional occupation"]) > 0.5 * full
        homo_ev, lumo_ev = frontier(orbitals, is_occupied)
        # the program gives e*bohr about the origin: move a charged species to its centre of mass
        dipole = np.array(found["dipole"]) * Bohr
        dipole -= species.charge * species.atoms.get_center_of_mass()
        return SinglePoint(
            found["total energy"] * Hartree,
            homo_ev,
            lumo_ev,
            float(np.linalg.norm(dipole) / Debye),
        )

    def optimise(self, species: Species, fmax: float = 0.02, steps: int = 400) -> Optimised:
        """Relax by ANCopt, at the loosest level of the program that promises `fmax`."""
        promised = [k for k, norm in LEVELS.items() if norm * Hartree / Bohr <= fmax]
        level = promised[0] if promised else "extreme"
        with TemporaryDirectory(prefix="xtb-") as name:
            folder = Path(name)
            self._run(folder, species, "--opt", level, "--cycles", str(steps))
            last = folder / "xtbopt.xyz"
            positions = read(last).get_positions() if last.exists() else None
            n_steps = len(read(folder / "xtbopt.log", ":", format="xyz")) - 1
        if positions is None:
            raise OracleError(
                Status.NOT_CONVERGED, f"{self.name}: no geometry after {n_steps} of {steps} steps"
            )
        relaxed = species.moved(positions)
        energy_ev, forces = self._forces(relaxed)
        largest = float(np.linalg.norm(forces, axis=1).max())
        return Optimised(relaxed, energy_ev, largest, n_steps, largest <= fmax)

    def _forces(self, species: Species) -> tuple[float, NDArray[np.float64]]:
        """Energy (eV) and forces (`n x 3`, eV/angstrom)."""
        with TemporaryDirectory(prefix="xtb-") as name:
            self._run(Path(name), species, "--grad")
            text = (Path(name) / "species.engrad").read_text()
        rows = [line for line in text.splitlines() if not line.startswith("#")]
        n = len(species.atoms)
        gradient = np.array([float(row) for row in rows[2 : 2 + 3 * n]]).reshape(n, 3)
        return float(rows[1]) * Hartree, -gradient * Hartree / Bohr

    def _run(self, folder: Path, species: Species, *task: str) -> None:
        """Run the program in `folder`; raises OracleError where it fails."""
        check(species, HEAVIEST_ELEMENT)
        write(folder / "species.xyz", species.atoms, format="xyz", fmt="%18.10f")
        command = [_find(self.program), "species.xyz", "--norestart", *task]
        command += ["--gfn", self.method[3], "--acc", str(self.accuracy)]
        command += ["--chrg", str(species.charge), "--uhf", str(species.unpaired)]
        if self.solvent:
            command += ["--alpb", self.solvent]
        code, text = _communicate(command, folder)
        if code != 0 and not (folder / "xtbopt.xyz").exists():
            status, reason = _ending(code, text)
            raise OracleError(status, f"{self.name}: {reason}")


def _communicate(command: Sequence[str], folder: Path) -> tuple[int, str]:
    """Exit code and output of a process that dies with this one, however this one ends."""
    alone = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    with subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **alone},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
    ) as process:
        try:
            text, _ = process.communicate()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return process.returncode, text


def _die_with_parent() -> None:
    """One system call and nothing else: between fork and exec no lock may be asked for."""
    assert _LIBC is not None
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _ending(code: int, text: str) -> tuple[Status, str]:
    """Why a run failed: the error that the program names, else the last line that it wrote."""
    ended = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit {code}"
    named = re.search(r"(?:-\d+-|\[ERROR\]) (.*)", text)
    if named:
        return _status(text), f"{ended}: {named[1].strip()}"
    *_, last = ["no output", *filter(None, map(str.strip, text.splitlines()))]
    return Status.CRASHED, f"{ended}: {last}"


def _status(text: str) -> Status:
    """What the program's output says about its end."""
    if re.search(r"(?i)self.consistent|scf", text):
        return Status.SCF_FAILED
    if re.search(r"(?i)solvent|parameter", text):
        return Status.UNSUPPORTED
    return Status.CRASHED


def _find(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise FileNotFoundError(
            f"got no program {program!r} on PATH, expected xtb: apt install xtb, or conda install "
            "-c conda-forge xtb; or use the tblite engine, which needs none"
        )
    return found


@cache
def _version(path: str) -> str:
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    number = re.search(r"xtb version (\S+)", told.stdout + told.stderr)
    return f"xtb {number.group(1) if number else 'of unknown version 0'}"
