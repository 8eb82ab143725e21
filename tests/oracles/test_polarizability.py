"""Polarizability: symmetry, units and the linear regime; and how far the method is from truth."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule as g2
from ase.units import Hartree

from molecules import Molecule
from oracles.base import Json
from oracles.engines.base import Optimised, Species
from oracles.engines.tblite import Session, Tblite
from oracles.recipes.base import Subject
from oracles.recipes.polarizability import Polarizability

GAS = Tblite(solvent=None)
RECIPE = Polarizability(GAS)
WATER, BENZENE = Species(g2("H2O"), 0), Species(g2("C6H6"), 0)
HELIUM = Species(Atoms("He", [[0, 0, 0]]), 0)


def mean(species):
    return float(np.trace(RECIPE.tensor(species))) / 3


def test_the_slope_of_the_dipole_is_the_curvature_of_the_energy():
    h = 2e-3
    tensor = RECIPE.tensor(WATER)
    for axis, field in enumerate(h * np.eye(3)):
        up, middle, down = (Session(GAS, WATER, k * field).compute()[0] for k in (1, 0, -1))
        curvature = -(up + down - 2 * middle) / Hartree / h**2
        assert tensor[axis, axis] == pytest.approx(curvature, abs=0.02)


def test_the_tensor_turns_with_the_molecule_and_stays_symmetric():
    turned = WATER.atoms.copy()
    turned.rotate(50, (1, 2, 3))
    found = RECIPE.tensor(Species(turned, 0))
    assert found == pytest.approx(found.T)
    assert np.linalg.eigvalsh(found) == pytest.approx(
        np.linalg.eigvalsh(RECIPE.tensor(WATER)), abs=0.01
    )


@pytest.mark.parametrize("field_au", [0.001, 0.005])
def test_the_field_is_weak_enough(field_au):
    other = Polarizability(GAS, field_au).tensor(BENZENE)
    assert other == pytest.approx(RECIPE.tensor(BENZENE), rel=1e-3, abs=0.02)


def test_benzene_is_most_polarizable_in_its_plane_and_an_atom_alike_in_all_directions():
    x, y, z = RECIPE.tensor(BENZENE).diagonal()
    assert x == pytest.approx(y, rel=1e-3) and x > 2 * z
    assert RECIPE.tensor(HELIUM) == pytest.approx(mean(HELIUM) * np.eye(3), abs=1e-3)


def test_the_minimal_basis_answers_too_little():
    # measured, bohr^3: water 9.9, benzene 67.5 (CRC Handbook, recalled). GFN2's valence basis has
    # no polarization functions on first-row atoms, so what it misses is part of the method
    assert 0.2 < mean(WATER) / 9.9 < 0.5
    assert 0.5 < mean(BENZENE) / 67.5 < 0.8


def test_longer_chains_are_more_polarizable():
    values = [mean(Species(g2(name), 0)) for name in ("CH4", "C2H6", "C3H8", "isobutane")]
    assert values == sorted(values)


def test_the_answer_is_the_mean_of_the_diagonal():
    subject = Subject(Molecule("O"), (Optimised(WATER, 0.0, 0.0, 0, True),), 0)
    answered = RECIPE.answer(subject, None)
    details: Json = answered.details
    value, _ = answered.values["polarizability"]
    assert value == pytest.approx(np.trace(details["tensor"]) / 3)


@pytest.mark.parametrize("field_au", [0.0, -0.001, 0.1])
def test_a_field_that_is_none_or_too_strong_is_refused(field_au):
    with pytest.raises(ValueError, match="atomic units"):
        Polarizability(GAS, field_au)
