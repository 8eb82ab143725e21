"""XtbBinary: the same method as tblite by another program; skipped where that is not installed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ase import Atoms
from ase.build import molecule as g2
from engine_contract import WATER, EngineContract

from molecules import Status
from oracles.base import OracleError
from oracles.engines.base import Species
from oracles.engines.tblite import Tblite
from oracles.engines.xtb_binary import XtbBinary

ENGINE = XtbBinary()
needs_xtb = pytest.mark.skipif(shutil.which("xtb") is None, reason="the program xtb is not on PATH")
HYDROXIDE = Species(Atoms("OH", [[0, 0, 0], [0, 0, 0.96]]), -1)


@needs_xtb
class TestContract(EngineContract):
    tolerance_ev = 2e-3  # the grid of the solvent's surface does not turn with the molecule

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls):
        return ENGINE


@needs_xtb
@pytest.mark.parametrize("solvent", ["water", None])
@pytest.mark.parametrize("species", [WATER, HYDROXIDE, Species(g2("CH3"), 0, 1)])
def test_the_program_and_the_library_agree(solvent, species):
    # both print hartree to eight digits; ALPB is the same model and the same parameters
    program, library = XtbBinary(solvent=solvent), Tblite(solvent=solvent)
    one, other = program.single_point(species), library.single_point(species)
    assert one.energy_ev == pytest.approx(other.energy_ev, abs=2e-3)
    assert one.homo_ev == pytest.approx(other.homo_ev, abs=0.02)
    assert one.lumo_ev == pytest.approx(other.lumo_ev, abs=0.02)
    assert one.dipole_debye == pytest.approx(other.dipole_debye, abs=0.02)


@needs_xtb
def test_both_find_the_same_minimum():
    ethanol = Species(g2("CH3CH2OH"), 0)
    one, other = (e.optimise(ethanol, 0.02, 200) for e in (ENGINE, Tblite()))
    assert one.has_converged and one.energy_ev == pytest.approx(other.energy_ev, abs=3e-3)


@needs_xtb
def test_the_dipole_of_an_ion_does_not_depend_on_where_it_lies():
    moved = HYDROXIDE.moved(HYDROXIDE.atoms.positions + [3.0, -2.0, 7.0])
    assert ENGINE.single_point(moved).dipole_debye == pytest.approx(
        ENGINE.single_point(HYDROXIDE).dipole_debye, abs=1e-3
    )


@needs_xtb
def test_an_unknown_solvent_is_no_number():
    with pytest.raises(OracleError) as error:
        XtbBinary(solvent="custard").energy(WATER)
    assert error.value.status in (Status.UNSUPPORTED, Status.CRASHED)


def test_a_missing_program_is_named_with_what_to_install():
    with pytest.raises(FileNotFoundError, match="apt install xtb"):
        _ = XtbBinary(program="no-such-xtb").version


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        ("echo iteration 3 of the SCF; kill -KILL $$", "signal SIGKILL: iteration 3 of the SCF"),
        ("echo Fortran runtime error: End of file; exit 2", "exit 2: Fortran runtime error: End"),
        ("exit 3", "exit 3: no output"),
    ],
    ids=["killed", "Fortran", "silent"],
)
def test_a_program_that_names_no_error_has_crashed_with_its_last_line(tmp_path, ending, reason):
    with pytest.raises(OracleError) as error:
        XtbBinary(program=fake(tmp_path, ending)).energy(WATER)
    assert error.value.status is Status.CRASHED
    assert reason in error.value.reason


def test_a_program_that_names_its_error_is_taken_at_its_word(tmp_path):
    said = "echo '[ERROR] Program stopped'; echo '-1- scf: did not converge'; exit 128"
    with pytest.raises(OracleError, match="exit 128: Program stopped") as error:
        XtbBinary(program=fake(tmp_path, said)).energy(WATER)
    assert error.value.status is Status.SCF_FAILED


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match="GFN2-xTB"):
        XtbBinary(method="GFN9-xTB")


def fake(folder, commands):
    """A program of the shell that stands for xtb."""
    script = folder / "xtb"
    script.write_text(f"#!/bin/sh\n{commands}\n")
    script.chmod(0o755)
    return str(script)


def is_running(process):
    status = Path(f"/proc/{process}/status")
    return status.exists() and "State:\tZ" not in status.read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_the_program_dies_with_the_process_that_asked(tmp_path):
    script = fake(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 100")
    ask = (
        "from ase.build import molecule; from oracles.engines.base import Species;"
        "from oracles.engines.xtb_binary import XtbBinary;"
        f"XtbBinary(program='{script}').energy(Species(molecule('H2O'), 0))"
    )
    asking = subprocess.Popen(
        [sys.executable, "-c", ask], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
    deadline = time.monotonic() + 300  # a busy machine takes minutes to import
    while not ((tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    child = int((tmp_path / "pid").read_text())
    asking.send_signal(signal.SIGKILL)
    asking.wait()
    deadline = time.monotonic() + 60
    while is_running(child):
        assert time.monotonic() < deadline
        time.sleep(0.1)
