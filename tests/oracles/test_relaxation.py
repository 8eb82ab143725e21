"""The minimiser and its model Hessian: known minima, invariance, fewer steps than a plain start."""

import numpy as np
import pytest
from ase.build import molecule as g2

from oracles.engines.base import Species
from oracles.engines.model_hessian import model_hessian
from oracles.engines.relaxation import minimise
from oracles.engines.tblite import Session, Tblite


def morse_chain(positions):
    """Three atoms on springs of Morse shape, minimum at neighbour distances of 1.5 angstrom."""
    energy, forces = 0.0, np.zeros_like(positions)
    for i, j in ((0, 1), (1, 2)):
        d = positions[j] - positions[i]
        r = np.linalg.norm(d)
        decay = np.exp(-1.5 * (r - 1.5))
        energy += 4.0 * (1 - decay) ** 2
        slope = 4.0 * 2 * (1 - decay) * 1.5 * decay
        forces[i] += slope * d / r
        forces[j] -= slope * d / r
    return energy, forces


def test_a_known_minimum_is_found():
    start = np.array([[0, 0, 0], [1.8, 0.2, 0], [3.1, 0.1, 0.4]])
    found = minimise(morse_chain, start, np.array([6, 6, 6]), fmax=1e-4, steps=200)
    assert found.largest_force <= 1e-4
    assert found.energy == pytest.approx(0.0, abs=1e-6)
    distances = np.linalg.norm(np.diff(found.positions, axis=0), axis=1)
    assert distances == pytest.approx([1.5, 1.5], abs=1e-4)


def test_a_minimum_is_left_where_it_is():
    start = np.array([[0, 0, 0], [1.5, 0, 0], [3.0, 0, 0]])
    found = minimise(morse_chain, start, np.array([6, 6, 6]), fmax=1e-4, steps=200)
    assert found.steps == 0 and np.array_equal(found.positions, start)


def test_no_step_raises_the_energy_of_where_it_ends():
    species = Species(g2("CH3CH2OH"), 0)
    session = Session(Tblite(), species)
    energies = []

    def recorded(x):
        energy, forces = session.compute(x)
        energies.append(energy)
        return energy, forces

    start = species.atoms.positions + np.random.default_rng(0).normal(0, 0.05, (9, 3))
    found = minimise(recorded, start, species.atoms.numbers, fmax=0.02, steps=100)
    assert found.largest_force <= 0.02
    assert found.energy <= min(energies) + 1e-3


@pytest.mark.parametrize("name", ["CH3CH2OH", "C6H6", "H2O", "CH3CN", "CO2"])
def test_the_model_hessian_is_symmetric_positive_and_blind_to_translation(name):
    atoms = g2(name)
    hessian = model_hessian(atoms.positions, atoms.numbers)
    assert hessian == pytest.approx(hessian.T)
    assert np.linalg.eigvalsh(hessian).min() > -1e-8
    for axis in range(3):
        shift = np.tile(np.eye(3)[axis], len(atoms))
        assert hessian @ shift == pytest.approx(np.zeros(len(shift)), abs=1e-8)


@pytest.mark.parametrize("name", ["CH3CH2OH", "C6H6", "CH3CN"])
def test_the_model_hessian_is_blind_to_rotation(name):
    atoms = g2(name)
    hessian = model_hessian(atoms.positions, atoms.numbers)
    for axis in np.eye(3):
        turn = np.cross(axis, atoms.positions).ravel()
        assert hessian @ turn == pytest.approx(np.zeros(len(turn)), abs=1e-6)


def test_the_model_hessian_is_as_stiff_as_a_bond():
    # C-O stretch of ethanol: 4 to 6 mdyn/angstrom = 25 to 37 eV/angstrom^2, bends on top of it
    atoms = g2("CH3CH2OH")
    carbon, oxygen = 0, 2
    direction = np.zeros((9, 3))
    unit = atoms.positions[oxygen] - atoms.positions[carbon]
    direction[oxygen] = unit / np.linalg.norm(unit)
    stiffness = (
        direction.ravel() @ model_hessian(atoms.positions, atoms.numbers) @ direction.ravel()
    )
    assert 20 < stiffness < 120  # the model is known to be stiff; a wrong unit is a factor 27 off
