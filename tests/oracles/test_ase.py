"""AseCalculator: any calculator of ASE by configuration, with its charge taken seriously."""

import pytest
from ase import Atoms
from ase.build import molecule as g2
from engine_contract import WATER, EngineContract
from hydra.utils import instantiate
from omegaconf import OmegaConf

from molecules import Status
from oracles.base import OracleError
from oracles.engines.ase import AseCalculator
from oracles.engines.base import Species
from oracles.engines.tblite import Tblite

GFN2 = AseCalculator(
    {"_target_": "tblite.ase.TBLite", "method": "GFN2-xTB", "verbosity": 0},
    charge_argument="charge",
    multiplicity_argument="multiplicity",
    heaviest=86,
)
EMT = AseCalculator({"_target_": "ase.calculators.emt.EMT"})
LENNARD_JONES = AseCalculator(
    {"_target_": "ase.calculators.lj.LennardJones", "sigma": 3.4, "epsilon": 0.0103, "rc": 50.0}
)


class TestContractOfTblite(EngineContract):
    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls):
        return GFN2


class TestContractOfEmt(EngineContract):
    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls):
        return EMT


def test_the_calculator_of_a_program_gives_what_the_program_gives():
    own = Tblite(solvent=None)
    assert GFN2.energy(WATER) == pytest.approx(own.energy(WATER), abs=1e-4)
    hydroxide = Species(Atoms("OH", [[0, 0, 0], [0, 0, 0.96]]), -1)
    assert GFN2.energy(hydroxide) == pytest.approx(own.energy(hydroxide), abs=1e-4)
    oxygen = Species(g2("O2"), 0, 2)
    assert GFN2.energy(oxygen) == pytest.approx(own.energy(oxygen), abs=1e-4)


def test_argon_relaxes_to_the_minimum_of_its_pair_potential():
    # r = 2^(1/6) sigma, E = -epsilon
    found = LENNARD_JONES.optimise(Species(Atoms("Ar2", [[0, 0, 0], [0, 0, 4.5]]), 0), 1e-4, 200)
    assert found.has_converged
    assert found.species.atoms.get_distance(0, 1) == pytest.approx(2 ** (1 / 6) * 3.4, abs=0.01)
    assert found.energy_ev == pytest.approx(-0.0103, abs=1e-5)


@pytest.mark.parametrize(
    ("species", "named"),
    [
        (Species(Atoms("OH", [[0, 0, 0], [0, 0, 0.96]]), -1), "charge_argument"),
        (Species(g2("O2"), 0, 2), "multiplicity_argument"),
        (Species(Atoms("U", [[0, 0, 0]]), 0), "U"),
    ],
)
def test_what_a_calculator_cannot_take_is_unsupported(species, named):
    with pytest.raises(OracleError, match=named) as error:
        EMT.energy(species)
    assert error.value.status is Status.UNSUPPORTED


@pytest.mark.parametrize(
    "calculator",
    [
        {**GFN2.calculator, "solvatoin": ("alpb", "water")},
        {"_target_": "ase.calculators.lj.LennardJones", "sigmma": 3.4},
    ],
)
def test_a_misspelt_option_is_refused_where_the_calculator_would_ignore_it(calculator):
    with pytest.raises(OracleError, match="expected some of") as error:
        AseCalculator(calculator).energy(WATER)
    assert error.value.status is Status.UNSUPPORTED


def test_a_solvent_reaches_the_calculator_and_is_that_of_the_own_engine():
    solution = AseCalculator({**GFN2.calculator, "solvation": ("alpb", "water", "gsolv")})
    assert solution.energy(WATER) == pytest.approx(Tblite().energy(WATER), abs=1e-4)


def test_orbitals_are_unsupported():
    with pytest.raises(OracleError, match="orbitals") as error:
        GFN2.single_point(WATER)
    assert error.value.status is Status.UNSUPPORTED


def test_a_failed_self_consistency_has_its_status():
    hasty = AseCalculator({**GFN2.calculator, "max_iterations": 1})
    with pytest.raises(OracleError) as error:
        hasty.energy(WATER)
    assert error.value.status in (Status.SCF_FAILED, Status.CRASHED)


def test_the_configuration_names_the_calculator_and_does_not_build_it():
    built = instantiate(
        OmegaConf.create(
            {
                "_target_": "oracles.engines.ase.AseCalculator",
                "_convert_": "all",
                "_recursive_": False,
                "calculator": {"_target_": "ase.calculators.emt.EMT"},
            }
        )
    )
    assert built == EMT and built.energy(WATER) == EMT.energy(WATER)


@pytest.mark.parametrize("calculator", [None, {}, {"_target_": "EMT"}])
def test_a_calculator_without_a_class_is_refused(calculator):
    with pytest.raises(ValueError, match="_target_"):
        AseCalculator(calculator)


def test_the_versions_of_ase_and_of_the_program_are_told():
    assert "tblite" in GFN2.version and "ase" in GFN2.version
    assert EMT.version.startswith("ase")
