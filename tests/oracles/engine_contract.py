"""The contract suite of engines: laws that every one obeys, and nonsense that every one refuses."""

import json

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule as g2

from molecules import Status
from oracles.base import OracleError
from oracles.engines.base import Species
from oracles.recipes.packing import pack, unpack

WATER = Species(g2("H2O"), 0)


class EngineContract:
    """Give `engine`; inherit the laws. `tolerance_ev` is the noise of its energies."""

    tolerance_ev = 1e-4

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls):
        raise NotImplementedError

    @pytest.fixture(scope="class")
    @classmethod
    def energy(cls, engine):
        return engine.energy(WATER)

    def test_energies_do_not_change_under_rotation_and_translation(self, engine, energy):
        turned = WATER.atoms.copy()
        turned.rotate(37, (1, 2, 3))
        turned.translate((5, -1, 2))
        assert engine.energy(Species(turned, 0)) == pytest.approx(energy, abs=self.tolerance_ev)

    def test_an_energy_is_one_plain_number(self, energy):
        assert type(energy) is float  # a dispersion library returns its energy as an array

    def test_the_same_species_has_the_same_energy_again(self, engine, energy):
        assert engine.energy(WATER) == pytest.approx(energy, abs=1e-6)

    def test_a_travelled_engine_gives_the_same_energy(self, engine, energy):
        travelled = unpack(json.loads(json.dumps(pack(engine))))
        assert travelled == engine and travelled.settings == engine.settings
        assert travelled.energy(WATER) == pytest.approx(energy, abs=1e-6)

    def test_the_energy_of_a_single_point_is_the_energy(self, engine, energy):
        try:
            point = engine.single_point(WATER)
        except OracleError as error:
            assert error.status is Status.UNSUPPORTED
        else:
            assert point.energy_ev == pytest.approx(energy, abs=1e-6)
            assert point.homo_ev < point.lumo_ev and point.dipole_debye > 0

    def test_an_optimisation_descends_and_leaves_its_start_alone(self, engine):
        stretched = WATER.moved(WATER.atoms.positions * 1.1)
        before = stretched.atoms.positions.copy()
        try:
            found = engine.optimise(stretched, fmax=0.05, steps=40)
        except OracleError as error:
            assert error.status is Status.UNSUPPORTED
        else:
            assert found.has_converged and found.largest_force <= 0.05
            assert found.energy_ev < engine.energy(stretched)
            assert np.array_equal(stretched.atoms.positions, before)

    def test_name_and_version_are_told(self, engine):
        assert engine.name and any(c.isdigit() for c in engine.version)

    @pytest.mark.parametrize(
        ("species", "status", "named"),
        [
            (Species(Atoms(), 0), Status.UNSUPPORTED, "0 atoms"),
            (Species(Atoms("X", [[0, 0, 0]]), 0), Status.UNSUPPORTED, "atomic number"),
            (Species(Atoms("H2", [[0, 0, 0], [0, 0, 0.05]]), 0), Status.CRASHED, "0.05"),
            (Species(Atoms("H2", [[0, 0, 0], [0, 0, np.nan]]), 0), Status.CRASHED, "finite"),
            (Species(g2("H2O"), 1), Status.UNSUPPORTED, "charge"),
            (Species(g2("H2O"), 0, 1), Status.UNSUPPORTED, "1 unpaired"),
            (Species(Atoms("He"), 6), Status.UNSUPPORTED, "-4 electrons"),
            (Species(Atoms("He"), -6), Status.UNSUPPORTED, "8 electrons"),
        ],
    )
    def test_what_would_crash_or_mislead_is_refused(self, engine, species, status, named):
        with pytest.raises(OracleError, match=named) as error:
            engine.energy(species)
        assert error.value.status is status
