"""Composite: a sum that is exact where its parts are, and an exchange whose energies it decides."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from ase.units import kcal, mol
from engine_contract import WATER, EngineContract

from molecules import Molecule, Status
from molecules.geometry import conformers
from oracles.base import OracleError
from oracles.engines.base import Optimised, Species
from oracles.engines.composite import Composite
from oracles.engines.tblite import Tblite
from oracles.recipes.base import Subject
from oracles.recipes.donors import find_donors, partial_charges
from oracles.recipes.exchange import Exchange
from oracles.recipes.shell_search import Complex, ShellSearch
from oracles.recipes.start import build, free_direction

SOLUTION, GAS = Tblite(), Tblite(solvent=None)
GFN1 = Tblite(method="GFN1-xTB", solvent=None)


class TestContract(EngineContract):
    tolerance_ev = 1e-3  # three self-consistencies, each to its own threshold

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls):
        return Composite(GFN1, SOLUTION, GAS)


def test_the_same_method_everywhere_is_that_method_in_solution():
    assert Composite(GAS, SOLUTION, GAS).energy(WATER) == pytest.approx(
        SOLUTION.energy(WATER), abs=1e-9
    )


def test_the_sum_is_the_gas_phase_plus_the_solvent():
    solvation = SOLUTION.energy(WATER) - GAS.energy(WATER)
    assert Composite(GFN1, SOLUTION, GAS).energy(WATER) == pytest.approx(
        GFN1.energy(WATER) + solvation, abs=1e-9
    )


def test_a_composite_has_neither_orbitals_nor_forces():
    engine = Composite(GFN1, SOLUTION, GAS)
    for ask in (engine.single_point, lambda species: engine.optimise(species, 0.02, 10)):
        with pytest.raises(OracleError) as error:
            ask(WATER)
        assert error.value.status is Status.UNSUPPORTED


def test_name_and_version_tell_of_all_three():
    engine = Composite(GFN1, SOLUTION, GAS)
    assert engine.name == "GFN1-xTB + [GFN2-xTB/ALPB(water) - GFN2-xTB]"
    assert engine.version == SOLUTION.version


UREA = Molecule.from_smiles("NC(N)=O")
REFERENCE = {"aqua_ev": -800.0, "water_ev": -140.0}


@dataclass(frozen=True)
class Finished(ShellSearch):
    """A search that has found a few complexes already, not relaxed, lowest first."""

    n_found: int = 6

    def complexes(self, subject, effort=1):
        (donor, *_) = find_donors(subject.molecule)
        ligand, charges = subject.ground.species.atoms, partial_charges(subject.molecule)
        found = []
        for seed in range(self.n_found):
            random = np.random.default_rng(seed)
            direction = free_direction(ligand, donor.atom, 0.1, random)
            shell = build("Zn", ligand, donor.atom, direction, charges, 4, random)
            found.append(Complex(shell, self.surface.energy(self.species(subject, shell))))
        return sorted(found, key=lambda c: c.energy_ev), {}


class Contrary:
    """A refiner that finds the higher structure lower, and counts what it is asked."""

    name, version = "contrary", "1"

    def __init__(self):
        self.asked = []

    def energy(self, species):
        self.asked.append(species)
        return -SOLUTION.energy(species)


def subject():
    (atoms,) = conformers(UREA, 1, seed=0)
    species = Species(atoms, 0)
    return Subject(UREA, (Optimised(species, SOLUTION.energy(species), 0.0, 0, True),), 0)


def exchange(**knobs):
    return Exchange(SOLUTION, Finished(SOLUTION), n_stripped=0, **knobs)


def test_a_refiner_that_agrees_with_the_engine_changes_nothing():
    alone = exchange().answer(subject(), REFERENCE)
    agreed = exchange(refiner=Composite(GAS, SOLUTION, GAS)).answer(subject(), REFERENCE)
    value, std = agreed.values["zn_exchange_energy"]
    assert (value, std) == pytest.approx(alone.values["zn_exchange_energy"], abs=1e-4)
    assert agreed.details["complex"] == alone.details["complex"]
    assert agreed.details["accepted"] == pytest.approx(alone.details["accepted"], abs=1e-4)


def test_of_the_ground_state_the_geometries_count_and_not_the_energies():
    alone = exchange().answer(subject(), REFERENCE)
    (one,) = subject().conformers
    other = replace(subject(), conformers=(replace(one, energy_ev=one.energy_ev - 3.0),))
    found = exchange().answer(other, REFERENCE).values["zn_exchange_energy"]
    assert found == pytest.approx(alone.values["zn_exchange_energy"])


@dataclass(frozen=True)
class Picky:
    """The engine, but it has no energy of one structure."""

    without: Species
    name, version = "picky", "1"

    def energy(self, species):
        if species.atoms == self.without.atoms:
            raise OracleError(Status.SCF_FAILED, "picky")
        return SOLUTION.energy(species)


def test_a_complex_without_an_energy_leaves_the_others():
    recipe = exchange()
    first, *others = [c.shell for c in recipe.search.complexes(subject())[0]]
    picky = replace(recipe, engine=Picky(recipe.search.species(subject(), first)))
    found, _ = picky.lowest(subject(), REFERENCE)
    assert len(found.accepted) == len(others) and found.best.atoms == others[0].atoms


@pytest.mark.parametrize("n_refined", [1, 2, 3])
def test_the_refiner_decides_among_the_lowest_and_is_asked_about_no_others(n_refined):
    refiner = Contrary()
    recipe = exchange(refiner=refiner, n_refined=n_refined)
    answered = recipe.answer(subject(), REFERENCE)
    found, _ = recipe.search.complexes(subject())
    assert len(refiner.asked) == n_refined + 1  # and the one conformer of the ligand
    chosen = found[n_refined - 1]
    assert answered.details["complex"]["positions"] == chosen.shell.atoms.positions.tolist()
    ligand_ev = subject().ground.energy_ev
    expected_ev = -chosen.energy_ev + ligand_ev + REFERENCE["water_ev"] - REFERENCE["aqua_ev"]
    value, std = answered.values["zn_exchange_energy"]
    assert value == pytest.approx(expected_ev * mol / kcal, abs=1e-2)
    assert min(answered.details["accepted"]) == pytest.approx(value) and 0.5 <= std < 100


def test_a_structure_found_twice_is_refined_once_and_another_of_the_same_energy_is_not_dropped():
    refiner = Contrary()
    recipe = exchange(refiner=refiner, n_refined=4)
    turned, bent = WATER.atoms.copy(), WATER.atoms.copy()
    turned.rotate(90, (1, 1, 0))
    bent.set_angle(1, 0, 2, 95)
    recipe._lowest([WATER, Species(turned, 0), Species(bent, 0)], [-3.0, -3.0 + 1e-5, -3.0 + 2e-5])
    assert [s.atoms.get_angle(1, 0, 2) for s in refiner.asked] == pytest.approx(
        [104.0, 95.0], abs=1
    )


class Failing(Contrary):
    """The same, which has no energy of the structures at some places."""

    def __init__(self, *places):
        super().__init__()
        self.places = places

    def energy(self, species):
        place = len(self.asked)
        energy_ev = super().energy(species)
        if place in self.places:
            raise OracleError(Status.SCF_FAILED, f"no self-consistency at {place}")
        return energy_ev


def stretched(*lengths):
    """Waters of these lengths of a bond in angstrom."""
    found = []
    for length in lengths:
        atoms = WATER.atoms.copy()
        atoms.set_distance(0, 1, length, fix=0)
        found.append(Species(atoms, 0))
    return found


def test_a_structure_that_the_refiner_fails_at_is_left_out_while_another_is_left():
    waters = stretched(1.0, 1.2, 1.4, 1.6)
    energies = [SOLUTION.energy(water) for water in waters]
    assert exchange(refiner=Failing())._lowest(waters, energies)[0] == 2
    assert exchange(refiner=Failing(0, 2))._lowest(waters, energies)[0] == 1
    with pytest.raises(OracleError, match="at 0") as error:
        exchange(refiner=Failing(0, 1, 2))._lowest(waters, energies)
    assert error.value.status is Status.SCF_FAILED


def test_an_exchange_that_refines_nothing_is_refused():
    with pytest.raises(ValueError, match="n_refined"):
        exchange(n_refined=0)


def test_the_method_says_who_refined():
    recipe = exchange(refiner=Composite(GFN1, SOLUTION, GAS))
    assert recipe.method.startswith("GFN1-xTB + [") and "lowest 3" in recipe.method
