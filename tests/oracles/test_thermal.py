"""Thermal parts and Hessians against statistical mechanics that is known."""

import numpy as np
import pytest
from ase import Atoms
from ase.units import kcal, mol
from scipy.constants import R, calorie

from molecules import Molecule, Status
from molecules.protonation import TEMPERATURE_KELVIN
from oracles.base import OracleError
from oracles.engines.base import Species
from oracles.engines.hessian import hessian
from oracles.engines.tblite import Tblite
from oracles.recipes.ground import GroundState
from oracles.recipes.thermal import thermal_energy

GAS = Tblite(solvent=None, accuracy=0.2)
ONE_BAR = 100.0 / (R * TEMPERATURE_KELVIN)
"""mol/l of an ideal gas at 1 bar."""


def test_a_saddle_point_has_no_free_energy():
    flat = Atoms("NH3", [[0, 0, 0], [1.0, 0, 0], [-0.5, 0.866, 0], [-0.5, -0.866, 0]])
    with pytest.raises(OracleError, match="no minimum: a vibration of [0-9]+i") as error:
        thermal_energy(GAS, Species(flat, 0), 1.0)
    assert error.value.status is Status.NOT_CONVERGED


def in_kcal(species, molar=ONE_BAR):
    return thermal_energy(GAS, species, molar) * mol / kcal


def test_the_hessian_of_a_quadratic_form_is_its_matrix():
    random = np.random.default_rng(0)
    half = random.normal(size=(9, 9))
    matrix = half + half.T

    def surface(positions):
        x = positions.ravel()
        return 0.5 * x @ matrix @ x, -(matrix @ x).reshape(-1, 3)

    assert np.allclose(hessian(surface, random.normal(size=(3, 3))), matrix, atol=1e-9)


def test_an_atom_has_the_entropy_of_sackur_and_tetrode():
    # helium, 298.15 K, 1 bar: S = 126.153 J/(mol K) (CODATA); G - E = 5/2 RT - T S
    expected = (2.5 * R - 126.153) * TEMPERATURE_KELVIN / calorie / 1000
    assert in_kcal(Species(Atoms("He"), 0)) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    ("smiles", "entropy", "heat", "zero_point", "symmetry"),
    [
        # CODATA: S (J/(mol K)) and H(298.15) - H(0) (kJ/mol) at 1 bar; zero point (kJ/mol) of the
        # harmonic frequencies of experiment (recalled); symmetry number, which is left at 1 here
        ("O", 188.835, 9.905, 56.5, 2),
        ("O=C=O", 213.785, 9.365, 30.4, 2),
    ],
)
def test_small_molecules_have_their_measured_thermal_part(
    smiles, entropy, heat, zero_point, symmetry
):
    ground = GroundState(GAS, n_conformers=1, fmax=0.005).relax(Molecule.from_smiles(smiles), 0)
    free = zero_point + heat - TEMPERATURE_KELVIN * (entropy + R * np.log(symmetry)) / 1000
    assert in_kcal(ground[0].species) == pytest.approx(free / calorie, abs=1.0)


def test_a_tenth_of_the_concentration_gains_its_logarithm():
    water = GroundState(GAS, n_conformers=1).relax(Molecule("O"), 0)[0].species
    gain = in_kcal(water, 1.0) - in_kcal(water, 0.1)
    assert gain == pytest.approx(1.364, abs=0.001)
