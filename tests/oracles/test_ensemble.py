"""The thermal ensemble: Boltzmann's weights, and what they make of different conformers."""

import math

import numpy as np
import pytest
from ase import Atoms
from ase.units import kB

from molecules import Molecule, Status
from molecules.protonation import TEMPERATURE_KELVIN
from oracles.base import OracleError
from oracles.engines.base import Optimised, Species
from oracles.recipes.base import Subject
from oracles.recipes.ensemble import spread

KT = kB * TEMPERATURE_KELVIN


def hydrogen(*energies_ev):
    """Conformers of H2 that differ in energy and, so that they can be told apart, in length."""
    molecules = [Atoms("H2", [[0, 0, 0], [0, 0, 1.0 + k]]) for k in range(len(energies_ev))]
    relaxed = [
        Optimised(Species(atoms, 0), energy, 0.0, 0, True)
        for atoms, energy in zip(molecules, energies_ev, strict=True)
    ]
    return Subject(Molecule.from_smiles("[H][H]"), tuple(relaxed), 0)


def length(species):
    return np.array(species.atoms.get_distance(0, 1))


def test_one_conformer_has_no_spread():
    assert spread(hydrogen(0.0), 3, length, np.array(1.0)) == 0


def test_two_equal_conformers_weigh_one_half_each():
    assert spread(hydrogen(0.0, 0.0), 3, length, np.array(1.0)) == pytest.approx(math.sqrt(0.5))


def test_a_conformer_counts_by_its_boltzmann_weight():
    found = spread(hydrogen(-5.0, -5.0 + KT), 3, length, np.array(1.0))
    assert found == pytest.approx(math.sqrt(1 / (1 + math.e)))


def test_rare_conformers_and_those_beyond_n_are_not_computed():
    asked = []

    def noted(species):
        asked.append(float(length(species)))
        return length(species)

    spread(hydrogen(0.0, 0.001, 0.002, 0.003), 3, noted, np.array(1.0))
    assert asked == [2.0, 3.0]
    assert spread(hydrogen(0.0, 4 * KT), 3, noted, np.array(1.0)) == 0
    assert asked == [2.0, 3.0]


def test_several_quantities_have_a_spread_each():
    def both(species):
        return np.array([0.0, 2.0]) * length(species)

    found = spread(hydrogen(0.0, 0.0), 2, both, np.array([0.0, 2.0]))
    assert found == pytest.approx([0.0, math.sqrt(2)])


def test_a_conformer_that_cannot_be_computed_is_left_out():
    def fails_on_the_second(species):
        if length(species) == 2.0:
            raise OracleError(Status.SCF_FAILED, "as told")
        return length(species)

    found = spread(hydrogen(0.0, 0.0, 0.0), 3, fails_on_the_second, np.array(1.0))
    assert found == pytest.approx(math.sqrt(2.0))  # half of them are 2 angstrom longer
