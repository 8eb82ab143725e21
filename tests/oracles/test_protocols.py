"""The shipped tiers keep the protocols that were measured to work, and none that misleads."""

from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import pytest
from hydra import compose, initialize_config_module
from hydra.utils import instantiate

import conf
from molecules import Molecule, Status
from oracles.base import OracleError
from oracles.engines.composite import Composite
from oracles.engines.tblite import Tblite
from oracles.recipes.ground import GroundState
from oracles.recipes.hydration import Hydration
from oracles.recipes.redox import Redox

TIERS = sorted(path.stem for path in (Path(next(iter(conf.__path__))) / "oracle").glob("*.yaml"))
TIERS.remove("zn_cells")  # the laboratory, which computes nothing
SMALL = [Molecule.from_smiles(s) for s in ("[H][H]", "O", "CCO", "OCC(O)C(O)C(O)C(O)CO")]


def tier(name):
    with initialize_config_module("conf", version_base="1.3"):
        return instantiate(compose(f"oracle/{name}").oracle)


def within(value, kind):
    """Every dataclass of this kind in a recipe, however deep."""
    if isinstance(value, kind):
        yield value
    if is_dataclass(value):
        for field in fields(value):
            yield from within(getattr(value, field.name), kind)


@pytest.fixture(scope="module", params=TIERS)
def oracle(request):
    return tier(request.param)


def test_geometries_are_relaxed_in_water(oracle):
    # in the gas phase a zwitterion hands its proton over
    assert oracle.ground.engine.solvent == "water"


def test_electrons_are_added_and_taken_with_spin_polarization(oracle):
    for recipe in oracle.recipes.values():
        for redox in within(recipe, Redox):
            for engine in within(redox, Tblite):
                assert engine.spin_polarization == 1.0


def test_zinc_is_treated_by_gfn2_in_water_and_never_in_the_gas_phase_alone(oracle):
    for name in {"exchange", "chelation", "conditional"} & set(oracle.recipes):
        recipe = oracle.recipes[name]
        inside_a_sum = {id(e) for c in within(recipe, Composite) for e in within(c, Tblite)}
        for engine in within(recipe, Tblite):
            assert engine.method == "GFN2-xTB"  # acetate is at -53 kcal/mol by GFN1
            assert engine.solvent == "water" or id(engine) in inside_a_sum
        for composite in within(recipe, Composite):
            assert composite.vacuum.solvent is None and composite.gas.solvent is None
            assert replace(composite.gas, solvent="water") == composite.solution


def test_the_two_levels_of_hydration_differ_in_the_solvent_alone(oracle):
    for recipe in oracle.recipes.values():
        for hydration in within(recipe, Hydration):
            assert hydration.gas.solvent is None and hydration.solution.solvent == "water"
            assert replace(hydration.gas, solvent="water") == hydration.solution
            if isinstance(hydration.solution, Tblite):
                assert hydration.solution.method == "GFN1-xTB"
                assert hydration.solution.solution_state == "gsolv"


def test_costs_and_time_limits_grow_with_the_molecule(oracle):
    costs, limits = ([f(m) for m in SMALL] for f in (oracle.cost, oracle.timeout))
    assert costs == sorted(costs) and limits == sorted(limits) and costs[0] < costs[-1]
    assert all(limit > 5 * cost for cost, limit in zip(costs, limits, strict=True))


def test_a_zwitterion_that_lost_its_proton_in_the_gas_phase_is_refused():
    gas = GroundState(Tblite(solvent=None), n_conformers=2)
    with pytest.raises(OracleError, match="changed their bonds") as error:
        gas.relax(Molecule.from_smiles("[NH3+]CC(=O)[O-]"), 0)
    assert error.value.status is Status.REARRANGED
