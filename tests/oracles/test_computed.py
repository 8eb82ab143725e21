"""Computed: one outcome a molecule and quantity, whatever the recipes do; nothing twice."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import MemoryCalculations
from hydra import compose, initialize_config_module
from hydra.utils import instantiate
from omegaconf import OmegaConf
from oracle_contract import ETHANOL, UREA, WATER, OracleContract
from worker_recipes import Doubtful, Partial, Referenced

import conf
from molecules import Label, Molecule, Status
from oracles.base import Answer, Cost, OracleUnavailableError
from oracles.computed import Computed
from oracles.engines.tblite import Tblite
from oracles.recipes.ground import GroundState
from oracles.recipes.hydration import Hydration
from oracles.recipes.orbitals import Orbitals
from oracles.workers.local import LocalWorkers

GROUND = GroundState(Tblite(), n_conformers=2)
ORBITALS = Orbitals(Tblite())
HYDRATION = Hydration(Tblite(method="GFN1-xTB"), Tblite(method="GFN1-xTB", solvent=None))
ACETATE = Molecule.from_smiles("CC(=O)[O-]")
SALT = Molecule.from_smiles("[Na+].[Cl-]")
N_ORBITALS = 4


@dataclass(frozen=True)
class Missing:
    """An engine whose program is not installed."""

    name: str = "missing"

    @property
    def version(self):
        raise ImportError("pip install missing")


def computed(workers, calculations, timeout_s=60.0, **recipes):
    oracle = Computed(
        recipes, GROUND, Cost(1.0, 0.1, 2.0), Cost(timeout_s), name="xtb", tier=1, seed=3
    )
    oracle.open(workers, calculations)
    return oracle


class TestContract(OracleContract):
    @pytest.fixture(scope="class")
    @classmethod
    def oracle(cls, workers):
        return computed(workers, MemoryCalculations(), orbitals=ORBITALS, hydration=HYDRATION)

    @pytest.fixture(scope="class")
    @classmethod
    def molecules(cls):
        return [WATER, ETHANOL, ACETATE, SALT]


def by_quantity(outcomes):
    return {o.quantity.name if isinstance(o, Label) else o.quantity: o for o in outcomes}


def test_what_does_not_apply_leaves_the_rest(workers, calculations):
    oracle = computed(workers, calculations, orbitals=ORBITALS, hydration=HYDRATION)
    found = by_quantity(oracle.query([ACETATE]))
    assert isinstance(found["gap"], Label)
    assert found["hydration_free_energy"].status == Status.NOT_APPLICABLE


def test_a_charge_class_that_it_is_not_good_for_is_declined_and_costs_nothing(calculations):
    neutral = ["neutral"]
    oracle = Computed({"orbitals": ORBITALS}, GROUND, Cost(1.0), Cost(60.0), charge_classes=neutral)
    oracle.open(Told((), Status.OK, 0.0), calculations)
    assert oracle.can_answer(ETHANOL) and not oracle.can_answer(ACETATE)
    found = list(oracle.query([ACETATE]))
    assert len(found) == N_ORBITALS
    assert {o.status for o in found} == {Status.NOT_APPLICABLE}
    assert all("is anion" in o.reason and o.provenance.cpu_seconds == 0 for o in found)
    with pytest.raises(ValueError, match="neutrals"):
        Computed({"orbitals": ORBITALS}, GROUND, Cost(), Cost(), charge_classes=["neutrals"])


def test_a_molecule_without_a_ground_state_fails_in_every_quantity(workers, calculations):
    oracle = computed(workers, calculations, orbitals=ORBITALS, hydration=HYDRATION)
    found = list(oracle.query([SALT]))
    assert len(found) == len(oracle.quantities)
    assert {o.status for o in found} == {Status.UNSUPPORTED}


@pytest.mark.parametrize(
    ("trouble", "status", "named"),
    [
        ("segfault", Status.CRASHED, "SIGSEGV"),
        ("hang", Status.TIMEOUT, "4 s"),
        ("raise", Status.CRASHED, "ValueError"),
        ("refuse", Status.DONOR_LOST, "as told"),
    ],
)
def test_trouble_in_one_recipe_keeps_what_came_before(
    workers, calculations, trouble, status, named
):
    oracle = computed(workers, calculations, 4.0, orbitals=ORBITALS, doubtful=Doubtful(trouble))
    found = by_quantity(oracle.query([WATER]))
    assert isinstance(found["gap"], Label)
    assert found["doubt"].status == status and named in found["doubt"].reason


def test_a_recipe_may_refuse_one_quantity_and_name_the_calibration_of_another(
    workers, calculations
):
    found = by_quantity(computed(workers, calculations, partial=Partial()).query([WATER]))
    assert found["told"].value == 1.0 and found["told"].provenance.calibration == "line-1: water"
    assert found["untold"].status == Status.NOT_CONVERGED and found["untold"].reason == "as told"


def test_the_ground_state_is_computed_once_and_remembered(workers, calculations):
    oracle = computed(workers, calculations, orbitals=ORBITALS)
    first = by_quantity(oracle.query([ETHANOL]))
    (remembered,) = (c for c in calculations.known.values() if "conformers" in c.payload)
    assert len(remembered.payload["conformers"]) >= 1 and "GFN2" in remembered.method
    n_known = len(calculations.known)
    again = by_quantity(oracle.query([ETHANOL]))
    assert len(calculations.known) == n_known
    assert again["gap"].value == pytest.approx(first["gap"].value, abs=1e-6)


class Recorded:
    """Real workers whose tasks are looked at."""

    def __init__(self, workers):
        self.workers = workers
        self.tasks = []

    def run(self, tasks):
        self.tasks += tasks
        yield from self.workers.run(tasks)


def test_two_tiers_share_one_ground_state(workers, calculations):
    recorded = Recorded(workers)
    first = computed(recorded, calculations, orbitals=ORBITALS)
    better = Orbitals(Tblite(method="GFN1-xTB"))
    second = Computed(
        {"orbitals": better}, GROUND, Cost(9.0), Cost(60.0), name="dft", tier=2, seed=3
    )
    second.open(recorded, calculations)
    gaps = [by_quantity(tier.query([ETHANOL]))["gap"].value for tier in (first, second)]
    assert len([c for c in calculations.known.values() if "conformers" in c.payload]) == 1
    alone, shared = (t.payload["known"] for t in recorded.tasks if "smiles" in t.payload)
    assert alone is None and len(shared["conformers"]) >= 1
    assert gaps[0] != pytest.approx(gaps[1], abs=0.1)


def test_every_task_has_the_time_limit_of_its_own_molecule(workers, calculations):
    recorded = Recorded(workers)
    oracle = Computed({"orbitals": ORBITALS}, GROUND, Cost(1.0), Cost(100.0, 20.0))
    oracle.open(recorded, calculations)
    list(oracle.query([WATER, UREA]))
    limits = {t.payload["smiles"]: t.timeout_s for t in recorded.tasks if "smiles" in t.payload}
    assert limits == {WATER.smiles: 120.0, UREA.smiles: 180.0}


def test_a_molecule_of_hydrogen_alone_has_a_cost_and_a_negative_one_is_refused():
    assert Cost(5.0, 2.0, 2.2)(Molecule.from_smiles("[H][H]")) == 5.0
    for wrong in ({"constant": -1.0}, {"scale": -0.1}, {"power": -1.0}):
        with pytest.raises(ValueError, match="below 0"):
            Cost(**wrong)


class Told:
    """Workers that have one answer about every molecule: parts, an end and its seconds."""

    def __init__(self, parts, status, seconds):
        self.parts, self.status, self.seconds = parts, status, seconds

    def run(self, tasks):
        for task in tasks:
            if "smiles" in task.payload:
                yield Answer(task.key, self.parts, self.status, "as told", self.seconds)
            else:
                yield Answer(task.key, [{"reference": None}], Status.OK)


def spent(seconds):
    return {"host": "h", "started": "s", "seconds": seconds, "cpu_seconds": seconds / 2}


RELAXED = {"ground": {"conformers": []}, "spent": spent(4.0)}
REFUSED = {"recipe": "orbitals", "status": "scf_failed", "reason": "no", "spent": spent(2.0)}


@pytest.mark.parametrize(
    ("parts", "cpu_seconds"),
    [([], 0.0), ([RELAXED], 2.0), ([RELAXED, REFUSED], 3.0), ([REFUSED], 1.0)],
    ids=["nothing", "the ground state", "one recipe", "one recipe on a known ground state"],
)
def test_what_a_molecule_took_is_the_sum_over_its_outcomes_wherever_it_ended(
    calculations, parts, cpu_seconds
):
    told = Told(parts, Status.TIMEOUT, 10.0)
    oracle = computed(told, calculations, orbitals=ORBITALS, hydration=HYDRATION)
    records = [outcome.provenance for outcome in oracle.query([WATER])]
    assert sum(r.seconds for r in records) == pytest.approx(10.0)
    assert sum(r.cpu_seconds for r in records) == pytest.approx(cpu_seconds)


def test_a_missing_program_is_named_before_any_work(workers, calculations):
    oracle = Computed({"orbitals": Orbitals(Missing())}, GROUND, Cost(1.0), Cost(60.0))
    with pytest.raises(ImportError, match="pip install"):
        oracle.open(workers, calculations)


def test_a_reference_is_computed_once_for_all_molecules(workers, calculations):
    oracle = computed(workers, calculations, referenced=Referenced(10.0))
    values = [o.value for o in oracle.query([WATER, ETHANOL])]
    assert values == [10.0, 10.0]
    references = [c for c in calculations.known.values() if "reference" in c.method]
    assert len(references) == 1
    list(oracle.query([UREA]))
    assert len([c for c in calculations.known.values() if "reference" in c.method]) == 1


def test_a_reference_that_fails_is_no_molecules_fault(workers, calculations):
    oracle = computed(workers, calculations, referenced=Referenced(-1.0))
    with pytest.raises(OracleUnavailableError, match="reference of referenced"):
        list(oracle.query([WATER]))


def test_every_number_says_where_it_comes_from(workers, calculations):
    oracle = computed(workers, calculations, orbitals=ORBITALS, hydration=HYDRATION)
    found = list(oracle.query([ETHANOL]))
    for outcome in found:
        record = outcome.provenance
        assert "GFN" in record.method and "tblite" in record.versions and record.host
        assert record.seed == 3 and len(record.settings_hash) == 32
        assert record.started.endswith("+00:00")
        assert record.seconds > 0 and record.cpu_seconds > 0
    orbitals = {o.provenance.settings_hash for o in found[:N_ORBITALS]}
    assert len(orbitals) == 1 and found[-1].provenance.settings_hash not in orbitals


def test_numbers_do_not_depend_on_the_number_of_workers(workers):
    molecules = [WATER, ETHANOL, UREA, ACETATE]

    def numbers(pool):
        oracle = computed(pool, MemoryCalculations(), orbitals=ORBITALS, hydration=HYDRATION)
        return {
            (o.molecule, o.quantity): o.value
            for o in oracle.query(molecules)
            if isinstance(o, Label)
        }

    with LocalWorkers(count=1) as one:
        assert numbers(one) == numbers(workers)


def test_a_finished_molecule_is_not_computed_again_after_a_kill(tmp_path):
    calculations = MemoryCalculations()
    with LocalWorkers(count=1, folder=tmp_path) as pool:
        outcomes = computed(pool, calculations, orbitals=ORBITALS).query([ETHANOL])
        first = next(outcomes)
        outcomes.close()  # killed after one of four labels was committed
    with LocalWorkers(count=1, folder=tmp_path) as pool:
        again = list(computed(pool, calculations, orbitals=ORBITALS).query([ETHANOL]))
    assert len(again) == N_ORBITALS
    assert again[0] == first and again[0].provenance == first.provenance
    assert list(tmp_path.iterdir()) == []


def test_the_same_quantity_twice_is_refused():
    with pytest.raises(ValueError, match="once"):
        Computed({"a": ORBITALS, "b": ORBITALS}, GROUND, Cost(1.0), Cost(60.0))


def test_asking_before_open_is_refused():
    oracle = Computed({"orbitals": ORBITALS}, GROUND, Cost(1.0), Cost(60.0))
    with pytest.raises(RuntimeError, match="open"):
        next(oracle.query([WATER]))


def shipped(name):
    return instantiate(OmegaConf.load(Path(conf.__path__[0]) / "oracle" / f"{name}.yaml"))


def composed(name):
    """The same by Hydra, which reads what an option inherits as well."""
    with initialize_config_module("conf", version_base="1.3"):
        return instantiate(compose(f"oracle/{name}").oracle)


QUANTITIES = {
    "homo",
    "lumo",
    "gap",
    "dipole",
    "hydration_free_energy",
    "hydration_per_heavy_atom",
    "zn_exchange_energy",
}


def test_the_shipped_tier_can_be_built():
    oracle = shipped("xtb")
    assert oracle.name == "xtb"
    assert {q.name for q in oracle.quantities} == QUANTITIES
    assert oracle.recipes["hydration"].gas.solvent is None
    assert 1 < oracle.cost(UREA) < 60 and oracle.timeout(UREA) > 10 * oracle.cost(UREA)


def test_the_second_tier_stands_on_the_geometries_of_the_first(workers, calculations):
    xtb, dft = shipped("xtb"), shipped("dft")
    assert dft.tier > xtb.tier and {q.name for q in dft.quantities} == QUANTITIES
    assert dft._key(UREA, "ground") == xtb._key(UREA, "ground")
    assert dft._key(UREA, "orbitals") != xtb._key(UREA, "orbitals")
    exchange = dft.recipes["exchange"]
    assert (exchange.engine, exchange.search) == (
        xtb.recipes["exchange"].engine,
        xtb.recipes["exchange"].search,
    )
    assert exchange.refiner.vacuum.solvent is None and exchange.refiner.gas.solvent is None
    assert dft.recipes["hydration"].gas.solvent is None
    assert 20 * xtb.cost(UREA) < dft.cost(UREA) < dft.timeout(UREA) / 5
    dft.open(workers, calculations)  # its programs are installed


@pytest.mark.parametrize("tier", ["xtb", "dft"])
def test_the_redox_option_of_a_tier_answers_all_of_it_and_in_the_same_way(tier):
    plain, redox = shipped(tier), shipped(f"{tier}_redox")
    assert (redox.name, redox.tier, redox.seed) == (plain.name, plain.tier, plain.seed)
    assert redox.ground == plain.ground
    assert {name: redox.recipes[name] for name in plain.recipes} == plain.recipes
    assert {"reduction", "oxidation"} <= set(redox.recipes)


OPTIONS = sorted(path.stem for path in Path(conf.__path__[0]).glob("oracle/*.yaml"))
OPTIONS.remove("zn_cells")  # the laboratory, which computes nothing


def is_of_zinc(recipe):
    return any(quantity.name.startswith("zn_") for quantity in recipe.quantities)


@pytest.mark.parametrize("option", OPTIONS)
def test_the_search_of_the_zinc_shell_is_the_last_recipe_of_every_option(option):
    # it is the slowest and the least safe: a timeout or a crash in it leaves what came before
    *others, last = composed(option).recipes.values()
    assert not any(map(is_of_zinc, others))
    assert is_of_zinc(last) or option == "xtb_quick"


@pytest.mark.parametrize("option", [option for option in OPTIONS if option.startswith("dft")])
def test_density_functionals_are_asked_about_one_conformer(option):
    # the costs of these options were estimated so; a spread costs as much again a conformer
    recipes = composed(option).recipes.values()
    assert {recipe.n_conformers for recipe in recipes if not is_of_zinc(recipe)} == {1}
