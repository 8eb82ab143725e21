"""Tblite: units, invariances and the door that guards the native library."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule as g2
from ase.units import Bohr, Hartree

from molecules import Status
from oracles.base import OracleError
from oracles.engines.base import Species
from oracles.engines.tblite import Session, Tblite

GAS = Tblite(solvent=None)
SOLUTION = Tblite()
WATER = Species(g2("H2O"), 0)


def test_the_energy_is_in_electronvolt():
    # GFN2-xTB water at its own minimum: -5.070544 hartree (xtb 6.4 and tblite documentation)
    relaxed = GAS.optimise(WATER, fmax=0.001)
    assert relaxed.has_converged
    assert relaxed.energy_ev / Hartree == pytest.approx(-5.070544, abs=2e-5)


def test_the_dipole_is_in_debye():
    # GFN2-xTB gives 2.2 D for gas-phase water and experiment 1.85 D: in e*angstrom it would be 0.46
    assert GAS.single_point(WATER).dipole_debye == pytest.approx(2.2, abs=0.15)


def test_the_dipole_of_an_ion_does_not_depend_on_where_it_lies():
    hydroxide = Species(Atoms("OH", [[0, 0, 0], [0, 0, 0.96]]), -1)
    moved = hydroxide.moved(hydroxide.atoms.positions + [3.0, -2.0, 7.0])
    assert SOLUTION.single_point(moved).dipole_debye == pytest.approx(
        SOLUTION.single_point(hydroxide).dipole_debye, abs=1e-3
    )


def test_forces_are_minus_the_slope_of_the_energy():
    session = Session(SOLUTION, WATER)
    x = WATER.atoms.positions
    _, forces = session.compute(x)
    step = np.zeros_like(x)
    step[1, 2] = 1e-3
    slope = (session.compute(x + step)[0] - session.compute(x - step)[0]) / 2e-3
    assert forces[1, 2] == pytest.approx(-slope, abs=2e-3)


def test_energies_do_not_change_under_rotation_and_translation():
    turned = WATER.atoms.copy()
    turned.rotate(37, (1, 2, 3))
    turned.translate((5, -1, 2))
    assert GAS.energy(Species(turned, 0)) == pytest.approx(GAS.energy(WATER), abs=1e-5)


def test_a_restarted_calculation_agrees_with_a_fresh_one():
    session = Session(SOLUTION, WATER)
    session.compute()
    x = WATER.atoms.positions * 1.02
    assert session.compute(x)[0] == pytest.approx(SOLUTION.energy(WATER.moved(x)), abs=1e-4)


def test_every_knob_reaches_the_library():
    assert SOLUTION.energy(WATER) < GAS.energy(WATER) - 0.1
    assert Tblite(method="GFN1-xTB").energy(WATER) != pytest.approx(SOLUTION.energy(WATER), abs=1)
    bar = Tblite(solution_state="bar1mol").energy(WATER)
    assert abs(bar - SOLUTION.energy(WATER)) > 0.01
    hot = Tblite(electronic_temperature_k=20000.0).energy(WATER)
    assert abs(hot - SOLUTION.energy(WATER)) > 0.01
    with pytest.raises(OracleError) as error:
        Tblite(max_iterations=1).energy(WATER)
    assert error.value.status is Status.SCF_FAILED


def test_triplet_oxygen_lies_below_singlet_with_spin_polarization():
    engine = Tblite(solvent=None, spin_polarization=1.0)
    oxygen = g2("O2")
    assert engine.energy(Species(oxygen, 0, 2)) < engine.energy(Species(oxygen, 0, 0))


def test_spin_polarization_changes_no_orbital_of_a_closed_shell():
    polarized = Tblite(solvent=None, spin_polarization=1.0).single_point(WATER)
    plain = GAS.single_point(WATER)
    assert polarized.homo_ev == pytest.approx(plain.homo_ev, abs=1e-3)
    assert polarized.lumo_ev == pytest.approx(plain.lumo_ev, abs=1e-3)


def test_the_energy_falls_by_dipole_times_field():
    field = np.array([0.0, 0.0, 1e-3])
    up, down = (Session(GAS, WATER, sign * field).compute()[0] for sign in (1, -1))
    slope = (up - down) / Hartree / 2e-3
    assert GAS.dipole_in_field(WATER, np.zeros(3))[2] == pytest.approx(-slope, rel=1e-3)
    # oxygen lies at positive z here, so the dipole (towards the hydrogens) is negative: the sign
    assert slope > 0.5


@pytest.mark.parametrize(
    ("species", "status", "named"),
    [
        (Species(Atoms(), 0), Status.UNSUPPORTED, "0 atoms"),
        (Species(Atoms("Pu2", [[0, 0, 0], [0, 0, 3]]), 0), Status.UNSUPPORTED, "94"),
        (Species(Atoms("X", [[0, 0, 0]]), 0), Status.UNSUPPORTED, "atomic number"),
        (Species(Atoms("H2", [[0, 0, 0], [0, 0, 0.05]]), 0), Status.CRASHED, "0.05"),
        (Species(Atoms("H2", [[0, 0, 0], [0, 0, np.nan]]), 0), Status.CRASHED, "finite"),
        (Species(g2("H2O"), 1), Status.UNSUPPORTED, "charge"),
        (Species(g2("H2O"), 0, 1), Status.UNSUPPORTED, "1 unpaired"),
        (Species(Atoms("He"), 6), Status.UNSUPPORTED, "-4 electrons"),
        (
            Species(Atoms("He121", [[3.0 * k, 0, 0] for k in range(121)]), 0),
            Status.UNSUPPORTED,
            "121 atoms",
        ),
    ],
)
def test_what_would_crash_or_mislead_the_library_is_refused(species, status, named):
    with pytest.raises(OracleError, match=named) as error:
        SOLUTION.energy(species)
    assert error.value.status is status


def test_an_unknown_solvent_is_refused_and_not_ignored():
    with pytest.raises(OracleError) as error:
        Tblite(solvent="custard").energy(WATER)
    assert error.value.status is Status.UNSUPPORTED


def test_a_species_without_empty_orbitals_has_no_lumo():
    with pytest.raises(OracleError) as error:
        SOLUTION.single_point(Species(Atoms("F"), -1))
    assert error.value.status is Status.UNSUPPORTED


def test_an_optimisation_that_runs_out_of_steps_says_so():
    stretched = WATER.moved(WATER.atoms.positions * 1.3)
    ended = GAS.optimise(stretched, fmax=0.001, steps=1)
    assert not ended.has_converged and ended.largest_force > 0.001


def test_lengths_are_in_angstrom():
    relaxed = GAS.optimise(WATER, fmax=0.001).species.atoms
    assert relaxed.get_distance(0, 1) == pytest.approx(0.96, abs=0.01)
    assert relaxed.get_distance(0, 1) > 1.5 * Bohr
