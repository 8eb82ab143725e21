"""Tblite: units, knobs and the door that guards the native library."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule as g2
from ase.units import Bohr, Hartree
from engine_contract import WATER, EngineContract
from tblite.interface import Calculator

from molecules import Status
from oracles.base import OracleError
from oracles.engines.base import Species
from oracles.engines.tblite import Session, Tblite, valence_electrons

GAS = Tblite(solvent=None)
SOLUTION = Tblite()


class TestContract(EngineContract):
    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls):
        return GAS


class TestContractInWater(EngineContract):
    tolerance_ev = 2e-3  # the grid of the solvent's surface does not turn with the molecule

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls):
        return SOLUTION


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


def test_a_restarted_calculation_agrees_with_a_fresh_one():
    session = Session(SOLUTION, WATER)
    session.compute()
    x = WATER.atoms.positions * 1.02
    assert session.compute(x)[0] == pytest.approx(SOLUTION.energy(WATER.moved(x)), abs=1e-4)


def test_nothing_is_printed(capfd):
    SOLUTION.optimise(WATER, steps=2)
    assert capfd.readouterr() == ("", "")


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
    ("species", "named"),
    [
        (Species(Atoms("Pu2", [[0, 0, 0], [0, 0, 3]]), 0), "94"),
        (Species(Atoms("He121", [[3.0 * k, 0, 0] for k in range(121)]), 0), "121 atoms"),
        (Species(Atoms("Zn"), 3, 1), "-1 valence"),  # its 27 electrons are the method's core
        (Species(Atoms("Zn"), 2, 2), "0 valence"),
        (Species(Atoms("H"), -1, 2), "1 orbitals"),  # the library gives the energy of H
        (Species(Atoms("F"), -1, 2), "4 orbitals"),
        (Species(Atoms("Zn", cell=[3, 3, 3], pbc=True), 0), "periodic"),
    ],
)
def test_what_the_method_has_no_right_answer_for_is_unsupported(species, named):
    with pytest.raises(OracleError, match=named) as error:
        SOLUTION.energy(species)
    assert error.value.status is Status.UNSUPPORTED


def test_atoms_that_a_relaxation_throws_together_are_refused():
    with pytest.raises(OracleError, match="angstrom apart") as error:
        Session(SOLUTION, WATER).compute(WATER.atoms.positions * 0.3)
    assert error.value.status is Status.CRASHED


@pytest.mark.parametrize(
    "knobs",
    [
        {"method": "GFN3-xTB"},
        {"solution_state": "gsol"},
        {"accuracy": 0.0},
        {"max_iterations": 0},
    ],
)
def test_impossible_knobs_are_refused_at_once(knobs):
    with pytest.raises(ValueError, match="expected"):
        Tblite(**knobs)


@pytest.mark.parametrize("method", ["GFN2-xTB", "GFN1-xTB"])
def test_the_valence_electrons_are_those_that_the_library_fills_in(method):
    numbers = np.arange(1, 87)
    for number, expected in zip(numbers, valence_electrons(numbers), strict=True):
        atom = Calculator(method, np.array([number]), np.zeros((1, 3)), 0.0, int(number) % 2)
        atom.set("verbosity", 0)
        filled = np.sum(atom.singlepoint().get("orbital-occupations"))
        assert filled == pytest.approx(expected, abs=1e-6), number


def test_a_misspelt_knob_is_refused_and_not_ignored():
    with pytest.raises(TypeError, match="solvatoin"):
        Tblite(solvatoin="water")


def test_charge_and_unpaired_electrons_reach_the_library():
    # water: ionization 12.6 eV, lowest triplet about 7 eV up in the gas phase (experiment)
    neutral = GAS.energy(WATER)
    assert GAS.energy(Species(WATER.atoms, 1, 1)) > neutral + 8
    assert GAS.energy(Species(WATER.atoms, 0, 2)) > neutral + 3


def test_an_unknown_solvent_is_refused_and_not_ignored():
    with pytest.raises(OracleError) as error:
        Tblite(solvent="custard").energy(WATER)
    assert error.value.status is Status.UNSUPPORTED


def test_an_orbital_that_the_basis_lacks_is_infinitely_far():
    fluoride = SOLUTION.single_point(Species(Atoms("F"), -1))
    assert fluoride.lumo_ev == np.inf and fluoride.homo_ev < 0 and fluoride.dipole_debye < 1e-6
    zinc = SOLUTION.single_point(Species(Atoms("Zn"), 2))
    assert zinc.homo_ev == -np.inf and np.isfinite(zinc.lumo_ev)


def test_an_optimisation_that_runs_out_of_steps_says_so():
    stretched = WATER.moved(WATER.atoms.positions * 1.3)
    ended = GAS.optimise(stretched, fmax=0.001, steps=1)
    assert not ended.has_converged and ended.largest_force > 0.001


def test_lengths_are_in_angstrom():
    relaxed = GAS.optimise(WATER, fmax=0.001).species.atoms
    assert relaxed.get_distance(0, 1) == pytest.approx(0.96, abs=0.01)
    assert relaxed.get_distance(0, 1) > 1.5 * Bohr
