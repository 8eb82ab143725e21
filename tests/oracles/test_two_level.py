"""TwoLevel: energies are those of one engine, structures those of the other."""

import json

import numpy as np
import pytest
from engine_contract import WATER, EngineContract

from oracles.engines.base import Species
from oracles.engines.tblite import Tblite
from oracles.engines.two_level import TwoLevel
from oracles.recipes.packing import pack, unpack
from oracles.recipes.redox import Redox

GFN1, GFN2 = Tblite(method="GFN1-xTB"), Tblite(spin_polarization=1.0)
BOTH = TwoLevel(GFN1, GFN2)
STRETCHED = WATER.moved(WATER.atoms.positions * 1.1)
CATION = Species(STRETCHED.atoms, 1, 1)


class TestContract(EngineContract):
    tolerance_ev = 1e-3  # the grid of the solvent does not turn with the molecule

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls):
        return BOTH


def test_energies_and_orbitals_are_those_of_the_first():
    assert BOTH.energy(WATER) == GFN1.energy(WATER)
    assert BOTH.single_point(WATER) == GFN1.single_point(WATER)


@pytest.mark.parametrize("species", [STRETCHED, CATION], ids=["molecule", "cation"])
def test_a_relaxed_structure_is_that_of_the_second_at_the_energy_of_the_first(species):
    found, alone = (engine.optimise(species, 0.02, 100) for engine in (BOTH, GFN2))
    assert found.has_converged
    assert np.allclose(found.species.atoms.positions, alone.species.atoms.positions, atol=1e-6)
    assert found.energy_ev == pytest.approx(GFN1.energy(alone.species), abs=1e-6)
    # its own minimum lies lower, but not far away
    assert 0 <= found.energy_ev - GFN1.optimise(species, 0.02, 100).energy_ev < 0.2


def test_what_did_not_converge_says_so():
    assert not BOTH.optimise(STRETCHED, 1e-4, 1).has_converged


def test_twice_the_same_engine_is_that_engine():
    twice = TwoLevel(GFN2, GFN2).optimise(STRETCHED, 0.02, 100)
    assert twice.energy_ev == pytest.approx(GFN2.optimise(STRETCHED, 0.02, 100).energy_ev, abs=1e-6)


def test_it_names_both_and_a_recipe_takes_it_to_a_worker():
    assert BOTH.name == "GFN1-xTB/ALPB(water)//GFN2-xTB/ALPB(water)"
    recipe = Redox("oxidation", BOTH)
    assert unpack(json.loads(json.dumps(pack(recipe)))) == recipe
    assert BOTH.settings["energies"] == GFN1.settings
